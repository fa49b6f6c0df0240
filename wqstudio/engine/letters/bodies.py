"""What the body of a message is: recognised by itself from its first bytes, within bounds whatever they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import msgspec

from wqstudio.engine.letters.json_escapes import unescaped
from wqstudio.engine.letters.wraps import Inside, Wrap, WrapError, base64_of, compression_of, inside

FIRST = 262_144
"""Bytes that are looked at unless somebody asks for all."""
MOST = 67_108_864
"""Bytes that are unpacked at most: a few kB can unpack to any number."""
_MOST_WRAPS = 6
_TEXT_IN_BASE64 = 12
"""Bytes from which decoded text is no accident: any word of four letters is base64 of something."""
_PREVIEW = 160
_HEAD = 640
"""Bytes that hold the characters of a preview, whatever their length in UTF-8."""
_TRUNCATED = "Input data was truncated"
"""How msgspec says that all was well up to the end."""
_OPENERS = ("{", "[", '"', " ", "\n", "\r", "\t")
"""What JSON begins with that is more than a number or a word, which are text as well."""
_OPENING = re.compile(rb'[ \n\r\t]*+[{\["]')
_GLANCE = 64
_CODED = re.compile(rb"[A-Za-z0-9+/_=\r\n-]*+")
"""What base64 of any kind begins with, and few texts do."""
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SPACES = re.compile(r'("(?:[^"\\]++|\\.)*+"?)|\s++')
_UNSEEN = {code: chr(0x2400 + code) for code in range(32)} | {0x7F: "␡", 0x0A: "↵", 0x09: " "}

_KINDS = (
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "LZ4"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy"),
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "zip"),
    (b"Obj\x01", "Avro"),
    (b"PAR1", "Parquet"),
    (b"\xac\xed\x00\x05", "Java object"),
)


class Form(Enum):
    """What the bytes are read as; the value is its name to a person."""

    JSON = "JSON"
    TEXT = "Text"
    MSGPACK = "MessagePack"
    HEX = "Hex"


@dataclass(frozen=True, slots=True)
class Content:
    """What is inside the wraps of a body."""

    data: bytes
    form: Form
    """What it was recognised as; it can be read as any other."""
    whole: bool
    """False: ``data`` is the beginning."""
    wraps: tuple[Wrap, ...] = ()
    """The outermost first."""
    problem: str = ""
    """What is wrong with a wrap."""


def opened(body: bytes, wraps: Sequence[Wrap] | None = None, limit: int = FIRST) -> Content:
    """The first ``limit`` bytes inside ``wraps``, or else inside those that are recognised.

    Raises WrapError where ``wraps`` are given and it is not wrapped in them.
    """
    within = Inside(body, whole=True)
    if wraps is None:
        return _recognised(within, limit)
    for wrap in wraps:
        within = inside(within.data, wrap, limit, whole=within.whole)
    return _content(within, limit, wraps)


def innermost(body: bytes, limit: int) -> bytes:
    """The first ``limit`` bytes inside the wraps that are recognised; ``body`` itself, whole, where there is none.

    As ``opened``, without finding out what it is: plain JSON and most plain text are told at a glance.
    """
    head = body[:_GLANCE]
    if _CODED.fullmatch(head) is None and compression_of(head) is None:
        return body
    within, taken = _unwrapped(Inside(body, whole=True), limit)
    return within.data[:limit] if taken else body


def form_of(data: bytes, *, whole: bool = True) -> Form:
    """``whole`` False: judged as a beginning that may end in the midst of anything."""
    text = _as_text(data, whole=whole)
    if text is not None:
        return Form.JSON if text[:1] in _OPENERS and _is_json(data, whole=whole) else _text_form(text)
    return Form.MSGPACK if _is_msgpack(data, whole=whole) else Form.HEX


def kind_of(data: bytes) -> str:
    """The name of what is no text; empty: not known."""
    wrap = compression_of(data)
    if wrap is not None and (wrap is not Wrap.ZLIB or _unpacks(data)):
        return wrap.value
    return next((kind for magic, kind in _KINDS if data.startswith(magic)), "")


def preview(body: bytes) -> str:
    """Its beginning as one line of at most 160 characters, or what it is; of text in base64, the text, of JSON its
    letters. Looks at the first 640 bytes alone.
    """
    if not body:
        return "empty"
    decoded = _text_in_base64(body)
    head, whole = (body[:_HEAD], len(body) <= _HEAD) if decoded is None else (decoded.data[:_HEAD], decoded.whole)
    text = _as_text(head, whole=whole)
    if text is None or _CONTROLS.search(text):
        return _said(body, head, whole=whole)
    if text[:1] in _OPENERS and ("\n" in text or "\\u" in text) and _is_json(head, whole=whole):
        if "\n" in text:  # of one line, the spaces may stay: this takes ten times the rest
            text = _SPACES.sub(_kept, text)
        text = unescaped(text)
    return _line(text, whole=whole)


def amount(size: int) -> str:
    """Bytes for a person, in powers of 1,000."""
    if size < 1000:
        return f"{size} B"
    value, unit = next(
        ((size / step, unit) for step, unit in ((10**9, "GB"), (10**6, "MB")) if size >= step), (size / 1000, "kB")
    )
    return f"{value:.1f} {unit}" if value < 10 and round(value, 1) != round(value) else f"{value:.0f} {unit}"


def _content(within: Inside, limit: int, wraps: Sequence[Wrap]) -> Content:
    data, whole = within.data[:limit], within.whole and len(within.data) <= limit
    return Content(data, form_of(data, whole=whole), whole, tuple(wraps), within.problem)


def _recognised(within: Inside, limit: int) -> Content:
    within, taken = _unwrapped(within, limit)
    return _content(within, limit, taken)


def _unwrapped(within: Inside, limit: int) -> tuple[Inside, Sequence[Wrap]]:
    taken: list[Wrap] = []
    while len(taken) < _MOST_WRAPS and not within.problem:
        deeper = _peeled(within, limit)
        if deeper is None:
            break
        wrap, within = deeper
        taken.append(wrap)
    return within, taken


def _peeled(outer: Inside, limit: int) -> tuple[Wrap, Inside] | None:
    """The wrap that is next, and what is inside; one that does not open is none."""
    packed = compression_of(outer.data)
    wrap = packed or base64_of(outer.data, limit)
    if wrap is None:
        return None
    try:
        within = inside(outer.data, wrap, limit, whole=outer.whole)
    except WrapError:
        return None
    if packed is None:
        return (wrap, within) if _meant(within) else None
    sure = packed is not Wrap.ZLIB or not within.problem
    return (wrap, within) if sure and (within.data or within.whole) else None


def _text_in_base64(body: bytes) -> Inside | None:
    """Its first bytes; None: it is something else."""
    if _CODED.fullmatch(body[:_GLANCE]) is None:
        return None
    within, taken = _unwrapped(Inside(body, whole=True), _HEAD)
    whole = within.whole and len(within.data) <= _HEAD
    if not taken or form_of(within.data[:_HEAD], whole=whole) not in (Form.JSON, Form.TEXT):
        return None
    return Inside(within.data[:_HEAD], whole=whole)


def _meant(decoded: Inside) -> bool:
    """Whether somebody coded it, or it is a word that happens to be base64."""
    packed = compression_of(decoded.data)
    if packed is not None:
        return packed is not Wrap.ZLIB or _unpacks(decoded.data)
    form = form_of(decoded.data, whole=decoded.whole)
    if form is Form.TEXT:
        text = _as_text(decoded.data, whole=decoded.whole) or ""
        return len(decoded.data) >= _TEXT_IN_BASE64 and all(
            letter.isprintable() or letter in "\r\n\t" for letter in text[:_HEAD]
        )
    return form is Form.JSON or (form is Form.MSGPACK and len(decoded.data) >= _TEXT_IN_BASE64)


def _unpacks(data: bytes) -> bool:
    try:
        return not inside(data, Wrap.ZLIB, _HEAD, whole=False).problem
    except WrapError:
        return False


def _as_text(data: bytes, *, whole: bool) -> str | None:
    """None: it is no UTF-8. A character that a beginning cuts in two is left away."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if whole or error.start < len(data) - 3 or error.reason != "unexpected end of data":
            return None
        return data[: error.start].decode()


def _text_form(text: str) -> Form:
    return Form.HEX if _CONTROLS.search(text) else Form.TEXT


def _is_json(data: bytes, *, whole: bool) -> bool:
    if _OPENING.match(data) is None:
        return False
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        return not whole and str(error) == _TRUNCATED
    except RecursionError:
        return False
    return whole


def _is_msgpack(data: bytes, *, whole: bool) -> bool:
    """Of a map or a list alone: any byte is MessagePack of some number."""
    if not (data and (0x80 <= data[0] <= 0x9F or 0xDC <= data[0] <= 0xDF)):
        return False
    try:
        msgspec.msgpack.decode(data, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        return not whole and str(error) == _TRUNCATED
    except RecursionError:
        return False
    return whole


def _said(body: bytes, head: bytes, *, whole: bool) -> str:
    if _is_msgpack(head, whole=whole):
        return f"MessagePack {_msgpack_size(head)}"
    return f"{kind_of(head) or 'binary'}, {amount(len(body))}"


def _msgpack_size(data: bytes) -> str:
    first = data[0]
    if first < 0xA0:
        count = first & 0x0F
    else:
        count = int.from_bytes(data[1:3] if first in (0xDC, 0xDE) else data[1:5])
    what, unit = ("map", "key") if first & 0xF0 == 0x80 or first >= 0xDE else ("list", "item")
    return f"{what}, {count:,} {unit}{'' if count == 1 else 's'}"


def _kept(found: re.Match[str]) -> str:
    return found[1] or ""


def _line(text: str, *, whole: bool) -> str:
    text = text.strip() or "white space"
    cut = not whole or len(text) > _PREVIEW
    line = text[: _PREVIEW - 1] + "…" if cut else text
    return line if line.isprintable() else seen(line)


def seen(text: str) -> str:
    """With a letter for each that would not show, or would turn the line around."""
    return "".join(letter if letter.isprintable() else _UNSEEN.get(ord(letter), "�") for letter in text)
