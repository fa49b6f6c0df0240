"""Tells which dead letters a ``Match`` means."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, TypeAlias

import msgspec
from jsonpath import CompoundJSONPath, JSONPath, JSONPathError

from wqstudio.brokers.letters import Held
from wqstudio.domain.letter import Letter
from wqstudio.domain.redrive import Match
from wqstudio.domain.subjects import covers
from wqstudio.engine.letters.bodies import Form, form_of, innermost
from wqstudio.engine.letters.body_text import tamed
from wqstudio.engine.letters.json_escapes import unescaped
from wqstudio.engine.letters.patterns import MatchError, Paths, Pattern, names_in

__all__ = ["MatchError", "Sieve", "Test", "compiled", "needs_reading"]

Test: TypeAlias = Callable[[Letter], bool]
BodyTest: TypeAlias = Callable[[bytes], bool]
MOST_UNPACKED = 8_000_000
"""Bytes that are unpacked of one body: a filter looks at every letter, and a few kB can unpack to any number."""
_paths = Paths()


def compiled(match: Match, at: float | None = None) -> Test:
    """A test for one letter after the other. Raises MatchError, as the test does where a pattern takes too long.

    ``at`` (unix seconds) is when ages are measured; None: now, for all of them, however long that takes.
    """
    tests = tuple(_tests(match, time.time() if at is None else at))
    return lambda letter: all(test(letter) for test in tests)


class Readable(Protocol):
    def read(self, held: Held) -> Letter: ...


class Sieve:
    """Reads the letters that a filter means.

    Where it is of bodies alone, no other is read: to make out what headers tell takes longer than most conditions.
    Raises MatchError, as ``meant`` does where a pattern takes too long.
    """

    def __init__(self, match: Match) -> None:
        by_body = tuple(_body_tests(match))
        alone = bool(by_body) and match == Match(
            regex=match.regex, json_path=match.json_path, json_value=match.json_value
        )
        self._by_body = by_body if alone else ()
        self._means = compiled(Match() if alone else match)

    def meant(self, letters: Readable, held: Held) -> Letter | None:
        """None: it does not mean that one."""
        if not all(test(held.body) for test in self._by_body):
            return None
        letter = letters.read(held)
        return letter if self._means(letter) else None


def needs_reading(match: Match) -> bool:
    """False: it means every letter, so none has to be decoded for it."""
    return match != Match()


def _tests(match: Match, at: float) -> Iterator[Test]:
    """The cheap ones first."""
    if match.reason:
        yield lambda letter: letter.reason.casefold() == match.reason.casefold()
    if match.origin:
        yield lambda letter: match.origin in (letter.origin, letter.source)
    if match.route:
        yield lambda letter: bool(letter.route) and covers(match.route, letter.route)
    if match.has_ages:
        yield _age(match.older_than, match.younger_than, at)
    if match.header:
        yield _header(match.header, match.header_value)
    if match.text:
        yield _text(match.text)
    for test in _body_tests(match):
        yield partial(_of_body, test)


def _body_tests(match: Match) -> Iterator[BodyTest]:
    if match.regex:
        yield _regex(match.regex)
    if match.json_path:
        yield _json(match.json_path, match.json_value)


def _of_body(test: BodyTest, letter: Letter) -> bool:
    return test(letter.body)


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
        return any(_says(_as_text(body), wanted) for body in _forms(letter.body)) or any(
            wanted in header.name.casefold() or wanted in _shown(header.value).casefold() for header in letter.headers
        )

    return agrees


def _says(text: str, wanted: str) -> bool:
    """Also as JSON is shown."""
    return wanted in text.casefold() or ("\\u" in text and wanted in unescaped(text).casefold())


def _regex(pattern: str) -> BodyTest:
    wanted = Pattern(pattern)
    return lambda body: any(wanted.found_in(_as_text(each)) for each in _forms(body))


def _json(path: str, value: str) -> BodyTest:
    try:
        query = _paths.compile(path)
    except JSONPathError as error:
        why = str(error).splitlines()[0]
        raise MatchError(f"The JSON path {path!r} makes no sense: {why}; one looks like $.order.id.") from error
    names = names_in(query)
    found_in = partial(_queried, query) if names is None else partial(_named, names)
    wanted = _json_value(value) if value else None

    def agrees(body: bytes) -> bool:
        document = _document(innermost(body, MOST_UNPACKED))
        if not isinstance(document, dict | list):
            return False
        found = found_in(document)
        return bool(found) if not value else any(_same(each, wanted) for each in found)

    return agrees


def _queried(query: JSONPath | CompoundJSONPath, document: Any) -> Sequence[Any]:
    _paths.begin()
    try:
        return query.findall(document)
    except JSONPathError:
        return ()  # the path compares what cannot be compared in this document


def _named(names: Sequence[str], document: Any) -> Sequence[Any]:
    """As ``_queried`` for a path of names alone, which most are, in a tenth of the time."""
    for name in names:
        if not isinstance(document, dict) or name not in document:
            return ()
        document = document[name]
    return (document,)


def _forms(body: bytes) -> Iterator[bytes]:
    """As it came and, where that is wrapped, as it is shown."""
    yield body
    inside = innermost(body, MOST_UNPACKED)
    if inside is not body:
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
