"""AMQP frames of channels: what is sent often is written here, what comes often is read here, without pika's detours.

pika slices its whole buffer for every frame, and calls through a registry of callbacks for every message; at three
frames a message that is most of what a worker costs. Rare methods still go through ``pika.spec``.
"""

import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import msgspec
from pika import spec

_HEAD = struct.Struct(">BHI")
_CONTENT_HEAD = struct.Struct(">BHIHHQ")
_SETTLE = struct.Struct(">BHIHHQBB")
_DELIVERY_HEAD = struct.Struct(">Q?")
_METHOD, _HEADER, _BODY, _END = 1, 2, 3, 0xCE
_OVERHEAD = 8
"""Bytes of a frame beside its payload."""
_BASIC = 60
_DELIVERY = b"\x00\x3c\x00\x3c"
"""How the method before a delivery begins."""
_DELIVER, _RETURN, _ACK, _NACK = (_BASIC, 60), (_BASIC, 50), (_BASIC, 80), (_BASIC, 120)


class Delivered(msgspec.Struct, frozen=True, gc=False):
    """A struct, which takes half of what a tuple with names takes to make: these come by the thousand."""

    consumer: str
    tag: int
    redelivered: bool
    exchange: str
    routing_key: str
    properties: bytes
    """Encoded, see ``properties.py``."""
    body: bytes


class Returned(NamedTuple):
    """A message that no queue took."""

    code: int
    reason: str
    exchange: str
    routing_key: str
    properties: bytes
    body: bytes


class Confirmed(NamedTuple):
    tag: int
    multiple: bool
    stored: bool


class Method(NamedTuple):
    """Any other method, decoded by pika."""

    method: spec.amqp_object.Method


Item: TypeAlias = Delivered | Returned | Confirmed | Method


class FramingError(ValueError):
    """The other side does not speak AMQP, or we have lost our place in it."""


class Reader:
    """Frames in, in pieces of any size; what they mean out, channel by channel. Channel 0 is left to pika."""

    def __init__(self) -> None:
        self._rest = b""
        self._open: dict[int, _Content] = {}

    def feed(self, data: bytes) -> Iterator[tuple[int, Item | bytes]]:
        """Channel and item; for channel 0 the frame as it is."""
        if self._rest:
            data = self._rest + data
        offset, end = 0, len(data)
        while end - offset >= _OVERHEAD:
            kind, channel, size = _HEAD.unpack_from(data, offset)
            start = offset + 7
            stop = start + size
            if stop >= end:
                break
            if data[stop] != _END:
                raise FramingError("a frame does not end where it should")
            if channel == 0:
                yield 0, data[offset : stop + 1]
            elif data[start : start + 4] == _DELIVERY and kind == _METHOD and (whole := _whole(data, channel, stop)):
                properties, body, after = whole
                yield channel, _delivered(data[start + 4 : stop], properties, body)
                offset = after
                continue
            elif (item := self._item(kind, channel, data, start, stop)) is not None:
                yield channel, item
            offset = stop + 1
        self._rest = data[offset:]

    def _item(self, kind: int, channel: int, data: bytes, start: int, stop: int) -> Item | None:
        if kind == _METHOD:
            return self._method(channel, data, start, stop)
        content = self._open.get(channel)
        if content is None:
            raise FramingError("content came without its method")
        if kind == _HEADER:
            content.missing = int.from_bytes(data[start + 4 : start + 12])
            content.properties = data[start + 12 : stop]
        elif kind == _BODY:
            content.chunks.append(data[start:stop])
            content.missing -= stop - start
        if content.missing > 0:
            return None
        del self._open[channel]
        return content.item()

    def _method(self, channel: int, data: bytes, start: int, stop: int) -> Item | None:
        class_, number = data[start + 1], data[start + 3]
        if class_ == _BASIC:
            if number in {_DELIVER[1], _RETURN[1]}:
                self._open[channel] = _Content(number, data[start + 4 : stop])
                return None
            if number in {_ACK[1], _NACK[1]}:
                tag = int.from_bytes(data[start + 4 : start + 12])
                return Confirmed(tag, bool(data[start + 12] & 1), number == _ACK[1])
        method = spec.methods[(class_ << 16) | number]()
        method.decode(data[start:stop], 4)
        return Method(method)


class _Content:
    """A message of which not all frames have come."""

    __slots__ = ("chunks", "head", "missing", "number", "properties")

    def __init__(self, number: int, head: bytes) -> None:
        self.number = number
        self.head = head
        self.properties = b""
        self.missing = 1
        self.chunks: list[bytes] = []

    def item(self) -> Delivered | Returned:
        body = self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks)
        if self.number == _DELIVER[1]:
            return _delivered(self.head, self.properties, body)
        code = int.from_bytes(self.head[:2])
        reason, offset = _short(self.head, 2)
        exchange, offset = _short(self.head, offset)
        return Returned(code, reason, exchange, _short(self.head, offset)[0], self.properties, body)


def _whole(data: bytes, channel: int, stop: int) -> tuple[bytes, bytes, int] | None:
    """Properties and body where all of a message's content is there, in one frame or none, and what comes after it.

    ``stop`` is where its method's frame ends. None: it has to be put together bit by bit.
    """
    at, end = stop + 1, len(data)
    if end - at < _CONTENT_HEAD.size:
        return None
    kind, number, size, _, _, length = _CONTENT_HEAD.unpack_from(data, at)
    start = at + 7 + size + 1
    if kind != _HEADER or number != channel or start > end or data[start - 1] != _END:
        return None
    properties = data[at + _CONTENT_HEAD.size : start - 1]
    if not length:
        return properties, b"", start
    after = start + length + _OVERHEAD
    if after > end or _HEAD.unpack_from(data, start) != (_BODY, channel, length) or data[after - 1] != _END:
        return None
    return properties, data[start + 7 : after - 1], after


def _delivered(head: bytes, properties: bytes, body: bytes) -> Delivered:
    at = 1 + head[0]
    tag, redelivered = _DELIVERY_HEAD.unpack_from(head, at)
    exchange, routing_key = _address(head[at + _DELIVERY_HEAD.size :])
    return Delivered(_text(head[1:at]), tag, redelivered, exchange, routing_key, properties, body)


@lru_cache(maxsize=1_000)
def _address(data: bytes) -> tuple[str, str]:
    """Exchange and routing key, mostly those of the message before."""
    exchange, offset = _short(data, 0)
    return exchange, _short(data, offset)[0]


@lru_cache(maxsize=1_000)
def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")


def ack(channel: int, tag: int, *, multiple: bool = False) -> bytes:
    return _SETTLE.pack(_METHOD, channel, 13, *_ACK, tag, multiple, _END)


def nack(channel: int, tag: int, *, requeue: bool, multiple: bool = False) -> bytes:
    return _SETTLE.pack(_METHOD, channel, 13, *_NACK, tag, multiple | requeue << 1, _END)


def reject(channel: int, tag: int, *, requeue: bool) -> bytes:
    return _SETTLE.pack(_METHOD, channel, 13, _BASIC, 90, tag, requeue, _END)


def method(channel: int, what: spec.amqp_object.Method) -> bytes:
    """Any method that carries no content."""
    payload = struct.pack(">I", what.INDEX) + b"".join(what.encode())
    return _frame(_METHOD, channel, payload)


def publishing(channel: int, address: tuple[bytes, bytes]) -> bytes:
    """The frame before each message to that address, exchange and routing key.

    Mandatory: one that no queue takes comes back.
    """
    exchange, routing_key = address
    return _frame(
        _METHOD,
        channel,
        b"\x00\x3c\x00\x28\x00\x00%c%b%c%b\x01" % (len(exchange), exchange, len(routing_key), routing_key),
    )


def content(channel: int, properties: bytes, body: bytes, frame_max: int) -> bytes:
    """The frames after it."""
    size = len(body)
    head = _CONTENT_HEAD.pack(_HEADER, channel, 12 + len(properties), _BASIC, 0, size)
    step = frame_max - _OVERHEAD
    if 0 < size <= step:
        return b"%b%b\xce%b%b\xce" % (head, properties, _HEAD.pack(_BODY, channel, size), body)
    pieces = [head, properties, b"\xce"]
    pieces += [_frame(_BODY, channel, body[start : start + step]) for start in range(0, size, step)]
    return b"".join(pieces)


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return b"%b%b\xce" % (_HEAD.pack(kind, channel, len(payload)), payload)


def _short(data: bytes, offset: int) -> tuple[str, int]:
    start = offset + 1
    end = start + data[offset]
    return data[start:end].decode(errors="surrogateescape"), end
