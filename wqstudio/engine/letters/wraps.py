"""What a body may be wrapped in: base64 and the compressions of the standard library, opened within bounds."""

import base64
import binascii
import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, Protocol

_CHUNK = 65_536
"""Bytes that are unpacked in one go: what came before a damaged place is kept."""
_FAILURES = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)


class Wrap(Enum):
    """The value is its name to a person."""

    BASE64 = "base64"
    BASE64_URL = "base64url"
    BASE64_BARE = "base64, unpadded"
    GZIP = "gzip"
    ZLIB = "zlib"
    DEFLATE = "deflate"
    """Without header, so never recognised by itself."""
    BZIP2 = "bzip2"
    XZ = "xz"


class WrapError(ValueError):
    """It is not wrapped in that. The text says why."""


class Inside(NamedTuple):
    data: bytes
    whole: bool
    """False: only the beginning of it."""
    problem: str = ""
    """What is wrong with the wrap; wrapping the data again would not give what was there."""


class _Stream(Protocol):
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


_STREAMS: dict[Wrap, Callable[[], _Stream]] = {
    Wrap.GZIP: lambda: zlib.decompressobj(31),
    Wrap.ZLIB: zlib.decompressobj,
    Wrap.DEFLATE: lambda: zlib.decompressobj(-15),
    Wrap.BZIP2: bz2.BZ2Decompressor,
    Wrap.XZ: lzma.LZMADecompressor,
}
_PACKERS: dict[Wrap, Callable[[bytes], bytes]] = {
    Wrap.BASE64: base64.b64encode,
    Wrap.BASE64_URL: base64.urlsafe_b64encode,
    Wrap.BASE64_BARE: lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
    Wrap.GZIP: lambda data: gzip.compress(data, mtime=0),
    Wrap.ZLIB: zlib.compress,
    Wrap.DEFLATE: lambda data: zlib.compress(data, wbits=-15),
    Wrap.BZIP2: bz2.compress,
    Wrap.XZ: lzma.compress,
}
_MAGIC = {Wrap.GZIP: b"\x1f\x8b\x08", Wrap.BZIP2: b"BZh", Wrap.XZ: b"\xfd7zXZ\x00"}
_STANDARD = re.compile(rb"[A-Za-z0-9+/]*+={0,2}")
_URL = re.compile(rb"[A-Za-z0-9_-]*+={0,2}")


def compression_of(data: bytes) -> Wrap | None:
    """By its first bytes; of zlib they are two, so it has to unpack as well."""
    for wrap, magic in _MAGIC.items():
        if data.startswith(magic):
            return wrap
    zlib_header = len(data) > 2 and data[0] == 0x78 and int.from_bytes(data[:2]) % 31 == 0
    return Wrap.ZLIB if zlib_header else None


def base64_of(data: bytes, limit: int) -> Wrap | None:
    """Which base64 it may be, by its letters; whether it is, only what is inside can tell."""
    text, whole = _one_line(data, limit)
    odd = len(text) % 4 if whole else 0
    if len(text) < 4 or odd == 1:
        return None
    if not odd and _STANDARD.fullmatch(text):
        return Wrap.BASE64
    if _URL.fullmatch(text) and not (odd and text.endswith(b"=")):
        return Wrap.BASE64_BARE if odd else Wrap.BASE64_URL
    return None


def inside(data: bytes, wrap: Wrap, limit: int, *, whole: bool = True) -> Inside:
    """The first ``limit`` bytes of what is inside. ``whole``: ``data`` is all there is. Raises WrapError."""
    if wrap in _STREAMS:
        return _unpacked(data, wrap, limit, whole=whole)
    return _decoded(data, wrap, limit, whole=whole)


def wrapped(data: bytes, wrap: Wrap) -> bytes:
    return _PACKERS[wrap](data)


def _unpacked(data: bytes, wrap: Wrap, limit: int, *, whole: bool) -> Inside:
    """Several packed pieces in a row are one, as the tools for them have it."""
    out, at, stream = bytearray(), 0, _STREAMS[wrap]()
    try:
        while at < len(data) and len(out) <= limit:
            if stream.eof:
                if not data.startswith(_MAGIC.get(wrap, b"\0never"), at):
                    break
                stream = _STREAMS[wrap]()
            chunk = data[at : at + _CHUNK]
            out += stream.decompress(chunk, limit + 1 - len(out))
            at += len(chunk) - len(stream.unused_data)
    except _FAILURES as error:
        if not out:
            raise WrapError(f"it is not {wrap.value}: {error}") from error
        return Inside(bytes(out[:limit]), whole=False, problem=f"The {wrap.value} is damaged: {error}.")
    if len(out) > limit:
        return Inside(bytes(out[:limit]), whole=False)
    return Inside(bytes(out), whole, _flaw(stream, data, at, wrap) if whole else "")


def _flaw(stream: _Stream, data: bytes, at: int, wrap: Wrap) -> str:
    if not stream.eof:
        return f"The {wrap.value} ends too early: this is what came before."
    after = len(data) - at
    return f"After the {wrap.value} come {after:,} bytes that do not belong to it." if after else ""


def _decoded(data: bytes, wrap: Wrap, limit: int, *, whole: bool) -> Inside:
    text, all_of_it = _one_line(data, limit)
    whole = whole and all_of_it
    if not whole:
        text = text[: len(text) // 4 * 4]
    if wrap is not Wrap.BASE64:
        text = text.replace(b"-", b"+").replace(b"_", b"/") + b"=" * (-len(text) % 4)
    try:
        return Inside(binascii.a2b_base64(text, strict_mode=True), whole)
    except binascii.Error as error:
        raise WrapError(f"it is not {wrap.value}: {error}") from error


def _one_line(data: bytes, limit: int) -> tuple[bytes, bool]:
    """As much base64 as holds ``limit`` bytes, without the line breaks it may be cut by; and whether it is all."""
    most = limit // 3 * 4 + 4
    head = data[: most * 2].translate(None, b"\r\n")
    whole = len(data) <= most * 2 and len(head) <= most
    return head if whole else head[:most], whole
