"""Messages through a pipe: msgpack, each after its length in four bytes."""

import struct
from collections.abc import Generator
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

_LENGTH = struct.Struct("<I")
T = TypeVar("T")


def _encode_path(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(f"{type(value)} does not cross the wire")


def _decode_path(wanted: type, value: object) -> object:
    if wanted is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(f"{wanted} does not cross the wire")


class FrameEncoder:
    def __init__(self) -> None:
        self._encoder = msgspec.msgpack.Encoder(enc_hook=_encode_path)

    def encode(self, message: msgspec.Struct) -> bytes:
        frame = bytearray(_LENGTH.size)
        self._encoder.encode_into(message, frame, _LENGTH.size)
        _LENGTH.pack_into(frame, 0, len(frame) - _LENGTH.size)
        return bytes(frame)


class FrameDecoder(Generic[T]):
    """Cuts a stream of bytes, however it comes in pieces, into messages of one type, or of a union of types."""

    def __init__(self, kind: Any) -> None:
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(kind, dec_hook=_decode_path)
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Generator[T, None, None]:
        """The messages that ``data`` completes, after those that the caller did not come to the last time.

        Each is given out once, also when the caller stops in the middle.
        """
        self._buffer += data
        start = 0
        try:
            while (message := self._cut(start)) is not None:
                start += _LENGTH.size + len(message)
                yield self._decoder.decode(message)
        finally:
            del self._buffer[:start]

    def _cut(self, start: int) -> bytes | None:
        body = start + _LENGTH.size
        if len(self._buffer) < body:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer, start)
        if len(self._buffer) < body + length:
            return None
        return bytes(self._buffer[body : body + length])
