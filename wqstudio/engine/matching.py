"""Tells which dead letters a ``Match`` means."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import msgspec
from jsonpath import JSONPathError

from wqstudio.domain.letter import Letter
from wqstudio.domain.redrive import Match
from wqstudio.engine.bodies import Form, form_of, innermost
from wqstudio.engine.body_text import tamed
from wqstudio.engine.json_escapes import unescaped
from wqstudio.engine.patterns import MatchError, Paths, Pattern

__all__ = ["MatchError", "Test", "compiled", "needs_reading"]

Test: TypeAlias = Callable[[Letter], bool]
MOST_UNPACKED = 8_000_000
"""Bytes that are unpacked of one body: a filter looks at every letter, and a few kB can unpack to any number."""
_paths = Paths()


def compiled(match: Match, at: float | None = None) -> Test:
    """A test for one letter after the other. Raises MatchError, as the test does where a pattern takes too long.

    ``at`` (unix seconds) is when ages are measured; None: now, for all of them, however long that takes.
    """
    tests = tuple(_tests(match, time.time() if at is None else at))
    return lambda letter: all(test(letter) for test in tests)


def needs_reading(match: Match) -> bool:
    """False: it means every letter, so none has to be decoded for it."""
    return match != Match()


def _tests(match: Match, at: float) -> Iterator[Test]:
    """The cheap ones first."""
    if match.reason:
        yield lambda letter: letter.reason.casefold() == match.reason.casefold()
    if match.origin:
        yield lambda letter: letter.came_from == match.origin
    if match.older_than is not None or match.younger_than is not None:
        yield _age(match.older_than, match.younger_than, at)
    if match.header:
        yield _header(match.header, match.header_value)
    if match.text:
        yield _text(match.text)
    if match.regex:
        yield _regex(match.regex)
    if match.json_path:
        yield _json(match.json_path, match.json_value)


def _age(older: float | None, younger: float | None, at: float) -> Test:
    """A letter of which nobody knows when it died is neither older nor younger."""

    def agrees(letter: Letter) -> bool:
        if letter.died_at is None:
            return False
        age = at - letter.died_at
        return (older is None or age > older) and (younger is None or age < younger)

    return agrees


def _header(name: str, value: str | None) -> Test:
    """Header names differ in case from client to client."""
    wanted = name.casefold()
    return lambda letter: any(
        header.name.casefold() == wanted and (value is None or _shown(header.value) == value)
        for header in letter.headers
    )


def _text(text: str) -> Test:
    wanted = text.casefold()

    def agrees(letter: Letter) -> bool:
        return any(_says(_as_text(body), wanted) for body in _bodies(letter)) or any(
            wanted in header.name.casefold() or wanted in _shown(header.value).casefold() for header in letter.headers
        )

    return agrees


def _says(text: str, wanted: str) -> bool:
    """Also as JSON is shown."""
    return wanted in text.casefold() or ("\\u" in text and wanted in unescaped(text).casefold())


def _regex(pattern: str) -> Test:
    wanted = Pattern(pattern)
    return lambda letter: any(wanted.found_in(_as_text(body)) for body in _bodies(letter))


def _json(path: str, value: str) -> Test:
    try:
        query = _paths.compile(path)
    except JSONPathError as error:
        why = str(error).splitlines()[0]
        raise MatchError(f"The JSON path {path!r} makes no sense: {why}; one looks like $.order.id.") from error
    wanted = _json_value(value) if value else None

    def agrees(letter: Letter) -> bool:
        document = _document(innermost(letter.body, MOST_UNPACKED))
        if not isinstance(document, dict | list):
            return False
        _paths.begin()
        try:
            found = query.findall(document)
        except JSONPathError:
            return False  # the path compares what cannot be compared in this document
        return bool(found) if not value else any(_same(each, wanted) for each in found)

    return agrees


def _bodies(letter: Letter) -> Iterator[bytes]:
    """As it came and, where that is wrapped, as it is shown."""
    yield letter.body
    inside = innermost(letter.body, MOST_UNPACKED)
    if inside is not letter.body:
        yield inside


def _document(data: bytes) -> Any:
    """JSON, or MessagePack in what JSON knows, which is shown alike; None: neither."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        pass
    if data[:1] < b"\x80" or form_of(data) is not Form.MSGPACK:
        return None
    try:
        return tamed(msgspec.msgpack.decode(data))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def _json_value(text: str) -> Any:
    """What is no JSON is meant as a text, so that nobody has to type its quotation marks."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _same(one: Any, other: Any) -> bool:
    """In Python true equals 1; in JSON it does not."""
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def _shown(value: Any) -> str:
    match value:
        case str():
            return value
        case bytes():
            return _as_text(value)
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _as_text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
