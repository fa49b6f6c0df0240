"""A message's properties, as they are on the wire and as they are read."""

import struct
from dataclasses import dataclass, fields
from typing import Any

from wqstudio.brokers.rabbitmq.amqp.codec import MalformedTableError, Table, decode_table

TRANSIENT, PERSISTENT = 1, 2
"""Delivery modes."""
_FLAGS = struct.Struct(">H")
_TIME = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Properties:
    """The fourteen of AMQP, in the protocol's order; None: not sent.

    ``headers`` stays the encoded table it was sent as (``codec.encode_table``), so what nobody touches goes on
    unharmed.
    """

    content_type: str | None = None
    content_encoding: str | None = None
    headers: bytes | None = None
    delivery_mode: int | None = None
    priority: int | None = None
    correlation_id: str | None = None
    reply_to: str | None = None
    expiration: str | None = None
    message_id: str | None = None
    timestamp: int | None = None
    type: str | None = None
    user_id: str | None = None
    app_id: str | None = None
    cluster_id: str | None = None

    @property
    def table(self) -> Table:
        """The headers, read. MalformedTableError."""
        return decode_table(self.headers) if self.headers is not None else {}

    def encode(self) -> bytes:
        """As a content header has them after the body's size. ValueError: a text longer than 255 bytes."""
        flags = 0
        pieces = []
        for bit, name in _BITS:
            value = getattr(self, name)
            if value is not None:
                flags |= bit
                pieces.append(_encode(name, value))
        return _FLAGS.pack(flags) + b"".join(pieces)


_BITS = tuple((1 << (15 - place), field.name) for place, field in enumerate(fields(Properties)))
_OCTETS = frozenset({"delivery_mode", "priority"})


def decode_properties(encoded: bytes) -> Properties:
    """The reverse of ``Properties.encode``. MalformedTableError."""
    try:
        flags = _FLAGS.unpack_from(encoded)[0]
        offset = 2
        found: dict[str, Any] = {}
        for bit, name in _BITS:
            if flags & bit:
                found[name], offset = _decode(name, encoded, offset)
    except (struct.error, IndexError) as error:
        raise MalformedTableError("the message's properties are cut short") from error
    return Properties(**found)


def headers_of(encoded: bytes) -> Table:
    """The headers alone, which is what a worker needs of every message. MalformedTableError."""
    flags = _FLAGS.unpack_from(encoded)[0]
    if not flags & 0x2000:
        return {}
    offset = 2
    for bit in (0x8000, 0x4000):
        if flags & bit:
            offset += 1 + encoded[offset]
    return decode_table(encoded, offset)


def _encode(name: str, value: Any) -> bytes:
    if name == "headers":
        return bytes(value)
    if name in _OCTETS:
        return bytes((value,))
    if name == "timestamp":
        return _TIME.pack(value)
    text: bytes = value.encode(errors="surrogateescape")
    if len(text) > 255:
        raise ValueError(f"{name.replace('_', ' ')} is longer than 255 bytes")
    return bytes((len(text),)) + text


def _decode(name: str, encoded: bytes, offset: int) -> tuple[Any, int]:
    if name == "headers":
        end = offset + 4 + int.from_bytes(encoded[offset : offset + 4])
        return encoded[offset:end], end
    if name in _OCTETS:
        return encoded[offset], offset + 1
    if name == "timestamp":
        return _TIME.unpack_from(encoded, offset)[0], offset + 8
    start = offset + 1
    end = start + encoded[offset]
    if end > len(encoded):
        raise IndexError
    return encoded[start:end].decode(errors="surrogateescape"), end
