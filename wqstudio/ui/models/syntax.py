"""Which letters of a line of text are what, so that they can be coloured."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from wqstudio.engine.letters.bodies import Form

_MOST = 4096
"""Characters of a line that are coloured: nobody reads more of one at once."""
_JSON = re.compile(r'("(?:[^"\\]++|\\.)*+"?)(\s*+:)?|(-?\d[\d.eE+-]*+)|\b(true|false|null)\b|([{}\[\]]++)')
_OFFSET = 10
"""Columns of a hex dump before its bytes, which take three each; then come the letters, after two more spaces."""


class Part(Enum):
    NAME = "name"
    NUMBER = "number"
    WORD = "word"
    MARK = "mark"


class Span(NamedTuple):
    start: int
    """In UTF-16 code units, as Qt counts."""
    length: int
    part: Part


def spans(line: str, form: Form) -> Iterator[Span]:
    """Strings have the colour of text, and so no span."""
    if form in (Form.JSON, Form.MSGPACK):
        yield from _of_json(line[:_MOST])
    elif form is Form.HEX:
        yield from _of_dump(line)


def units(text: str, index: int) -> int:
    """What Qt calls the place that Python calls ``index``."""
    return index if text.isascii() else len(text[:index].encode("utf-16-le", "surrogatepass")) // 2


def _of_json(line: str) -> Iterator[Span]:
    for found in _JSON.finditer(line):
        string, colon, number, word, mark = found.groups()
        if string is not None:
            if colon:
                yield _span(line, *found.span(1), Part.NAME)
        elif number:
            yield _span(line, *found.span(), Part.NUMBER)
        elif word:
            yield _span(line, *found.span(), Part.WORD)
        elif mark:
            yield _span(line, *found.span(), Part.MARK)


def _of_dump(line: str) -> Iterator[Span]:
    """The offset, and the letters beside the bytes."""
    if len(line) < _OFFSET:
        return
    columns = 16 if len(line) > 45 else 8
    letters = _OFFSET + columns * 3 + 1
    yield Span(0, _OFFSET - 2, Part.MARK)
    yield Span(min(letters, len(line)), max(0, len(line) - letters), Part.NUMBER)


def _span(line: str, start: int, end: int, part: Part) -> Span:
    first = units(line, start)
    return Span(first, units(line, end) - first, part)
