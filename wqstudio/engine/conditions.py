"""Conditions on dead letters as people type them: for the command line, and for the window's filter. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from wqstudio.domain.redrive import Match

_UNITS: Mapping[str, float] = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_KIND = re.compile(r"([A-Za-z_]+):(?!//)\S")
"""As a condition begins; an address does not."""
_QUOTE = '"'


class ConditionError(ValueError):
    """What was typed makes no condition; the message is for a person."""


class Condition(NamedTuple):
    forms: tuple[str, ...]
    """Examples."""
    meaning: str


CONDITIONS = (
    Condition(("text:WORDS", "or just WORDS"), "somewhere in body or headers"),
    Condition(("regex:PATTERN",), "found in the body"),
    Condition(("json:$.order.id", "json:$.id=42"), "a JSON path that is there, or has that value"),
    Condition(("header:NAME", "header:NAME=VALUE"), "a header that is there, or has that value"),
    Condition(("reason:rejected", "origin:QUEUE"), "why it died, and where"),
    Condition(
        ("subject:orders.>", "key:orders.new"), "subject or routing key it was published under; * a token, > the rest"
    ),
    Condition(
        ("older:2h", "newer:10m"), "age since it died, or first died where it did so more than once (s, m, h, d)"
    ),
)


def read_terms(terms: Sequence[str]) -> Match:
    """One condition each; all have to agree. What begins with no known word is a text. Raises ConditionError, also for
    one that says nothing, as where a script's variable is empty: it must not come to mean every letter.
    """
    match = Match()
    for term in terms:
        if not term.strip():
            raise ConditionError("one of the conditions is empty; to mean every message leave it out")
        kind, colon, rest = term.partition(":")
        if colon and not rest and kind in _READERS:
            raise ConditionError(f"{term!r} says nothing after the colon; for those very words say text:{term}")
        reader = _READERS.get(kind) if colon else None
        match = reader(match, rest) if reader is not None else _text(match, term)
    return match


def check_kinds(terms: Iterable[str]) -> None:
    """Raises ConditionError for what looks like a condition and begins with no known word: that may be mistyped."""
    for term in terms:
        found = _KIND.match(term)
        if found is not None and found[1] not in _READERS:
            kinds = ", ".join(_READERS)
            raise ConditionError(f"{found[1]!r} is not one of {kinds}; for those very words say text:{term}")


def read_line(line: str) -> Match:
    """As ``read_terms``, several in a line. Words that follow each other are one text.

    A value with spaces stands in quotation marks: ``reason:"max deliveries"``.
    """
    terms: list[str] = []
    words: list[str] = []
    for term in _split(line):
        if _is_condition(term):
            terms.append(_unquoted(term))
        else:
            words.append(term[1:-1] if _is_quoted(term) else term)
    return read_terms([*terms, *([f"text:{' '.join(words)}"] if words else [])])


def narrowed(line: str, kind: str, value: str) -> str:
    """The line with that one condition of its kind; with none, where it has that very one already."""
    quoted = f"{_QUOTE}{value}{_QUOTE}" if re.search(r"\s", value) else value
    wanted = f"{kind}:{quoted}"
    before = list(_split(line))
    others = [term for term in before if not term.startswith(f"{kind}:")]
    return " ".join(others if wanted in before else [*others, wanted])


def _split(line: str) -> Iterator[str]:
    """At spaces outside of quotation marks. A mark that is not closed reaches to the end."""
    for found in re.finditer(r'(?:"[^"]*(?:"|$)|[^\s"])+', line):
        yield found[0]


def _is_condition(term: str) -> bool:
    kind, colon, rest = term.partition(":")
    return bool(colon and rest) and kind in _READERS


def _unquoted(term: str) -> str:
    """Marks around a whole value are the typist's; others are the JSON path's or the pattern's own."""
    kind, _, value = term.partition(":")
    name, equals, rest = value.partition("=")
    if _is_quoted(value):
        return f"{kind}:{value[1:-1]}"
    if equals and kind == "header" and _is_quoted(rest):
        return f"{kind}:{name}={rest[1:-1]}"
    return term


def _is_quoted(text: str) -> bool:
    return len(text) > 2 and text[0] == text[-1] == _QUOTE and _QUOTE not in text[1:-1]


# --- one reader for each kind


def _once(before: object, value: str) -> str:
    if before not in (None, ""):
        raise ConditionError(f"{value!r} comes after another condition of its kind, of which there can be one only")
    return value


def _seconds(before: float | None, text: str) -> float:
    _once(before, text)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text)
    if found is None:
        raise ConditionError(f"{text!r} is not a length of time; one looks like 30s, 10m, 2h or 7d")
    return float(found[1]) * _UNITS[found[2]]


def _text(match: Match, text: str) -> Match:
    return replace(match, text=_once(match.text, text))


def _json(match: Match, text: str) -> Match:
    end = _path_end(text)
    path, equals, value = text[:end], text[end : end + 1], text[end + 1 :]
    if equals and not value:
        raise ConditionError(f'{text!r} says nothing after the "="; for an empty text say {text}""')
    _check_named(path, text)
    return replace(match, json_path=_once(match.json_path, path), json_value=value)


def _header(match: Match, text: str) -> Match:
    name, equals, value = text.partition("=")
    _check_named(name, text)
    return replace(match, header=_once(match.header, name), header_value=value if equals else None)


def _path_end(text: str) -> int:
    """Where its value begins, or it ends: what stands in brackets, as in ``$[?@.a>=1]``, is the path's own."""
    depth = 0
    for at, sign in enumerate(text):
        if sign == "=" and not depth and text[at + 1 : at + 2] != "=":
            return at
        depth += (sign == "[") - (sign == "]")
    return len(text)


def _check_named(name: str, text: str) -> None:
    if not name:
        raise ConditionError(f'{text!r} says nothing before the "="; it has to name what has that value')


def _route(match: Match, text: str) -> Match:
    return replace(match, route=_once(match.route, text))


def _younger(match: Match, text: str) -> Match:
    return replace(match, younger_than=_seconds(match.younger_than, text))


_READERS: Mapping[str, Callable[[Match, str], Match]] = {
    "text": _text,
    "regex": lambda match, text: replace(match, regex=_once(match.regex, text)),
    "json": _json,
    "header": _header,
    "reason": lambda match, text: replace(match, reason=_once(match.reason, text)),
    "origin": lambda match, text: replace(match, origin=_once(match.origin, text)),
    "subject": _route,
    "key": _route,
    "older": lambda match, text: replace(match, older_than=_seconds(match.older_than, text)),
    "newer": _younger,
    "younger": _younger,
}
