"""AMQP field tables, so that one that is read and written again is the same byte for byte.

pika's own codec turns floats into integers, cannot write them, and forgets the width of integers; the messages that
the studio moves would arrive changed. Here a value that is read carries its type:

====  =========================  =====================================================
type  read as                    written from
====  =========================  =====================================================
t     bool                       bool
I     int                        int that 32 bits hold
l     int, ``Int64`` if small    int that they do not, ``Int64``
bBsU  ``Int8`` ``UInt8`` …       the same
d     float                      float
f     ``Float32``                the same
D     Decimal                    Decimal
S     str                        str (bytes that are no UTF-8 as lone surrogates)
x     bytes                      bytes
T     ``Timestamp``              ``Timestamp``, datetime
A     list                       list, tuple
F     dict                       dict
V     None                       None
====  =========================  =====================================================
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeAlias

Table: TypeAlias = dict[str, Any]

_LENGTH = struct.Struct(">I")
_DOUBLE = struct.Struct(">d")
_SINGLE = struct.Struct(">f")
_DECIMAL = struct.Struct(">Bi")
_INT = struct.Struct(">i")
_LONG = struct.Struct(">q")


class MalformedTableError(ValueError):
    """Bytes that are no field table."""


class TypedInt(int):
    """An integer that remembers the width it was sent with."""

    code: ClassVar[bytes]
    layout: ClassVar[struct.Struct]


class Int8(TypedInt):
    code, layout = b"b", struct.Struct(">b")


class UInt8(TypedInt):
    code, layout = b"B", struct.Struct(">B")


class Int16(TypedInt):
    code, layout = b"s", struct.Struct(">h")


class OtherInt16(TypedInt):
    """As the text of the specification has it, and no RabbitMQ client but a few."""

    code, layout = b"U", struct.Struct(">h")


class UInt16(TypedInt):
    code, layout = b"u", struct.Struct(">H")


class UInt32(TypedInt):
    code, layout = b"i", struct.Struct(">I")


class Int64(TypedInt):
    code, layout = b"l", _LONG


class OtherInt64(TypedInt):
    code, layout = b"L", _LONG


class Timestamp(TypedInt):
    """Unix time in seconds; by the protocol it may lie beyond what a datetime holds."""

    code, layout = b"T", struct.Struct(">Q")

    @property
    def moment(self) -> datetime:
        """OverflowError, or ValueError, where there is no such year."""
        return datetime.fromtimestamp(self, UTC)


class Float32(float):
    """Keeps its four bytes, since a NaN's do not survive the way through a double."""

    bits: bytes

    def __new__(cls, bits: bytes) -> Self:
        self = super().__new__(cls, _SINGLE.unpack(bits)[0])
        self.bits = bits
        return self


def encode_table(table: Mapping[str, Any]) -> bytes:
    """With its length before it. ValueError or TypeError for a name or value that AMQP has no place for."""
    pieces: list[bytes] = []
    for name, value in table.items():
        key = name.encode(errors="surrogateescape")
        if len(key) > 255:
            raise ValueError(f"the header name {name[:40]!r}… is longer than 255 bytes")
        pieces += (bytes((len(key),)), key, encode_value(value))
    return _with_length(b"".join(pieces))


def encode_value(value: Any) -> bytes:  # noqa: C901, PLR0911, PLR0912 - an arm for each type
    match value:
        case None:
            return b"V"
        case bool():
            return b"t\x01" if value else b"t\x00"
        case str():
            return b"S" + _with_length(value.encode(errors="surrogateescape"))
        case TypedInt():
            return value.code + value.layout.pack(value)
        case int():
            return _encode_int(value)
        case Float32():
            return b"f" + value.bits
        case float():
            return b"d" + _DOUBLE.pack(value)
        case bytes() | bytearray():
            return b"x" + _with_length(bytes(value))
        case Decimal():
            return b"D" + _encode_decimal(value)
        case datetime():
            return encode_value(Timestamp(value.timestamp()))
        case dict():
            return b"F" + encode_table(value)
        case list() | tuple():
            return b"A" + _with_length(b"".join(map(encode_value, value)))
        case _:
            raise TypeError(f"AMQP has no type for a {type(value).__name__}")


def decode_table(encoded: bytes, offset: int = 0) -> Table:
    """``encoded`` has the table's length at ``offset``. Of names that are there twice, the last one counts."""
    try:
        return _table(encoded, offset)[0]
    except (struct.error, IndexError, KeyError, RecursionError) as error:
        raise MalformedTableError("the message's headers are not an AMQP table") from error


def _encode_int(value: int) -> bytes:
    try:
        return b"I" + _INT.pack(value)
    except struct.error:
        pass
    try:
        return b"l" + _LONG.pack(value)
    except struct.error as error:
        raise ValueError(f"{value} is more than the 64 bits of an AMQP integer") from error


def _encode_decimal(value: Decimal) -> bytes:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise TypeError(f"AMQP has no decimal {value}")
    unscaled = int("".join(map(str, digits))) * 10 ** max(exponent, 0)
    try:
        return _DECIMAL.pack(max(-exponent, 0), -unscaled if sign else unscaled)
    except struct.error as error:
        raise ValueError(f"{value} has more digits than an AMQP decimal") from error


def _with_length(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data


_Decoded: TypeAlias = tuple[Any, int]
_Decoder: TypeAlias = Callable[[bytes, int], _Decoded]


def _table(data: bytes, offset: int) -> tuple[Table, int]:
    offset, end = _extent(data, offset)
    table: Table = {}
    while offset < end:
        start = offset + 1
        offset = start + data[offset]
        name = data[start:offset].decode(errors="surrogateescape")
        table[name], offset = _DECODERS[data[offset]](data, offset + 1)
    _check_end(offset, end)
    return table, end


def _array(data: bytes, offset: int) -> _Decoded:
    offset, end = _extent(data, offset)
    values = []
    while offset < end:
        value, offset = _DECODERS[data[offset]](data, offset + 1)
        values.append(value)
    _check_end(offset, end)
    return values, end


def _extent(data: bytes, offset: int) -> tuple[int, int]:
    start = offset + 4
    end = start + _LENGTH.unpack_from(data, offset)[0]
    if end > len(data):
        raise IndexError
    return start, end


def _check_end(offset: int, end: int) -> None:
    if offset != end:
        raise IndexError


def _bytes(data: bytes, offset: int) -> tuple[bytes, int]:
    start, end = _extent(data, offset)
    return data[start:end], end


def _text(data: bytes, offset: int) -> _Decoded:
    start, end = _extent(data, offset)
    return data[start:end].decode(errors="surrogateescape"), end


def _long(data: bytes, offset: int) -> _Decoded:
    value = _LONG.unpack_from(data, offset)[0]
    return (Int64(value) if -(1 << 31) <= value < 1 << 31 else value), offset + 8


def _decimal(data: bytes, offset: int) -> _Decoded:
    scale, unscaled = _DECIMAL.unpack_from(data, offset)
    digits = tuple(map(int, str(abs(unscaled))))
    return Decimal((int(unscaled < 0), digits, -scale)), offset + _DECIMAL.size


def _single(data: bytes, offset: int) -> _Decoded:
    return Float32(data[offset : offset + 4]), offset + 4


def _typed(kind: type[TypedInt]) -> _Decoder:
    layout = kind.layout

    def decode(data: bytes, offset: int) -> _Decoded:
        return kind(layout.unpack_from(data, offset)[0]), offset + layout.size

    return decode


def _plain(layout: struct.Struct) -> _Decoder:
    def decode(data: bytes, offset: int) -> _Decoded:
        return layout.unpack_from(data, offset)[0], offset + layout.size

    return decode


_TYPED: Sequence[type[TypedInt]] = (Int8, UInt8, Int16, OtherInt16, UInt16, UInt32, OtherInt64, Timestamp)
_DECODERS: Mapping[int, _Decoder] = {
    ord("t"): _plain(struct.Struct(">?")),
    ord("I"): _plain(_INT),
    ord("l"): _long,
    ord("d"): _plain(_DOUBLE),
    ord("f"): _single,
    ord("D"): _decimal,
    ord("S"): _text,
    ord("x"): _bytes,
    ord("A"): _array,
    ord("F"): _table,
    ord("V"): lambda _, offset: (None, offset),
    **{ord(kind.code): _typed(kind) for kind in _TYPED},
}
