"""The content of a body as text to read, made piece by piece: a large one need never be there in full."""

import json
import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from wqstudio.engine.letters.bodies import FIRST, Content, Form, amount
from wqstudio.engine.letters.json_escapes import unescaped

PIECE = 32_768
"""Characters in a piece, about."""
_DEEPEST = 64
"""Levels that are indented; deeper ones would be more white space than text."""
_LINES = ["\n" + "  " * depth for depth in range(_DEEPEST + 1)]
_DUMPED = 4096
"""Bytes in a piece of a hex dump."""
_TOKENS = re.compile(
    r'("(?:[^"\\]++|\\.)*+"?|[^\s\[\]{}",:]++|\[\s*+\]|\{\s*+\})\s*+([,:]?)\s*+|([\[{])\s*+|([\]}])\s*+(,?)\s*+|([,:])|\s++',
    re.DOTALL,
)
"""A value or a name with what follows it; an opening; an ending with what follows it; what stands astray; space."""
_SHOWN = bytes(code if 32 <= code < 127 else 0x2E for code in range(256))
_UNREADABLE = (msgspec.DecodeError, ValueError, TypeError, RecursionError)


class BodyError(ValueError):
    """The text is no body of that form. The message says where and why."""


class Shown(NamedTuple):
    form: Form
    """As which it is really shown: what cannot be read as asked for is text, or hex."""
    pieces: Iterator[str]
    whole: bool
    """False: the pieces end before the content does."""
    remark: str = ""
    """What to know of it."""


def shown(content: Content, form: Form, columns: int = 16) -> Shown:
    """``columns``: bytes in a line of hex."""
    match form:
        case Form.JSON:
            return _json(content)
        case Form.TEXT:
            return _text(content)
        case Form.MSGPACK:
            return _msgpack(content, columns)
        case Form.HEX:
            return Shown(Form.HEX, dumped(content.data, columns), content.whole)


def json_fault(text: str) -> str:
    """Line, column and what is wrong; empty: it is JSON."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, ValueError) as error:
        return _located(text, str(error))
    except RecursionError:
        return "It is nested too deeply."
    return ""


def pretty(text: str) -> Iterator[str]:
    """JSON, or the beginning of it, a line for each item. What is no JSON comes out as some text, too."""
    out: list[str] = []
    size = depth = 0
    due = False
    for token in _TOKENS.finditer(text):
        word, after, opening, ending, comma, astray = token.groups()
        if ending:
            depth = max(0, depth - 1)
            out.append(f"{_LINES[min(depth, _DEEPEST)]}{ending}{comma}")
            due = comma == ","
        elif word or opening or astray:
            if due:
                out.append(_LINES[min(depth, _DEEPEST)])
            out.append(opening or astray or _value(word, after))
            due = not (after == ":" or astray == ":") and bool(opening or after or astray)
            depth += bool(opening)
        size += token.end() - token.start() + 2 * min(depth, _DEEPEST)
        if size > PIECE:
            yield from _cut("".join(out))
            out, size = [], 0
    yield from _cut("".join(out))


def dumped(data: bytes, columns: int) -> Iterator[str]:
    """Offset, bytes, and the letters they would be, ``columns`` bytes a line."""
    rows = _DUMPED // columns * columns
    for start in range(0, len(data), rows):
        lines = [_dump_line(data, at, columns) for at in range(start, min(start + rows, len(data)), columns)]
        yield "\n".join(lines) + ("\n" if start + rows < len(data) else "")


def as_hex(data: bytes) -> str:
    """Pairs of digits, 16 a line, as ``from_hex`` reads them."""
    return "\n".join(data[at : at + 16].hex(" ") for at in range(0, len(data), 16))


def from_hex(text: str) -> bytes:
    """Raises BodyError, naming the place."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        for number, line in enumerate(text.splitlines(), 1):
            if wrong := re.search(r"[^0-9a-fA-F\s]", line):
                raise BodyError(
                    f"Line {number}, column {wrong.start() + 1}: {wrong[0]!r} is not a hex digit."
                ) from None
        raise BodyError("A byte has two hex digits; one is missing.") from None


def tamed(value: Any) -> Any:
    """A MessagePack value in what JSON knows; equal to ``value`` where nothing of it was more than that."""
    match value:
        case None | bool() | int() | str():
            return value
        case list() | tuple():
            return [tamed(each) for each in value]
        case dict():
            return {_key(key): tamed(each) for key, each in value.items()}
        case _:
            return _tamed_one(value)


def _tamed_one(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else str(value)
        case bytes():
            return f"0x{value.hex()}"
        case datetime():
            return value.isoformat()
        case msgspec.msgpack.Ext():
            return f"extension {value.code}: 0x{bytes(value.data).hex()}"
        case _:
            return str(value)


def _json(content: Content) -> Shown:
    text = content.data.decode("utf-8", "replace")
    fault = json_fault(text) if content.whole else ""
    if fault:
        return Shown(Form.TEXT, _cut(text), whole=True, remark=f"This is not JSON. {fault}")
    return Shown(Form.JSON, pretty(unescaped(text)), content.whole)


def _text(content: Content) -> Shown:
    """Of what a beginning cuts in two, the last three bytes are left out of account."""
    try:
        content.data.decode()
        remark = ""
    except UnicodeDecodeError as error:
        cut = not content.whole and error.start >= len(content.data) - 3
        remark = "" if cut else f"This is not UTF-8: byte {error.start:,} is the first that has no letter (�)."
    return Shown(Form.TEXT, _cut(content.data.decode("utf-8", "replace")), content.whole, remark)


def _msgpack(content: Content, columns: int) -> Shown:
    if not content.whole:
        remark = f"MessagePack of more than {amount(FIRST)} is read once all of it is asked for."
        return Shown(Form.HEX, dumped(content.data, columns), whole=False, remark=remark)
    try:
        text = msgspec.json.encode(tamed(msgspec.msgpack.decode(content.data))).decode()
    except _UNREADABLE as error:
        remark = f"This is not MessagePack: {error}."
        return Shown(Form.HEX, dumped(content.data, columns), whole=True, remark=remark)
    return Shown(Form.MSGPACK, pretty(text), whole=True)


def _key(key: Any) -> str:
    return key if isinstance(key, str) else msgspec.json.encode(tamed(key)).decode()


def _value(word: str, after: str) -> str:
    if word[0] in "[{":
        word = word[0] + word[-1]
    return f"{word}: " if after == ":" else word + after


def _cut(text: str) -> Iterator[str]:
    for at in range(0, len(text), PIECE):
        yield text[at : at + PIECE]


def _dump_line(data: bytes, at: int, columns: int) -> str:
    part = data[at : at + columns]
    letters = part.translate(_SHOWN).decode("ascii")
    return f"{at:08x}  {part.hex(' '):<{columns * 3 - 1}}  {letters}"


def _located(text: str, otherwise: str) -> str:
    """The standard library tells lines, where msgspec, which is quick, counts bytes."""
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return f"Line {error.lineno}, column {error.colno}: {error.msg}."
    except (ValueError, RecursionError) as error:
        return f"{error}."
    return f"{otherwise}."


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number that JSON knows")
