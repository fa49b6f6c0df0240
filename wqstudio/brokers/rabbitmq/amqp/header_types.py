"""What AMQP's types of header values are called, and headers written in the types that a person left or chose."""

import struct
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from wqstudio.brokers.rabbitmq.amqp.codec import (
    Float32,
    Int8,
    Int16,
    Int64,
    OtherInt16,
    OtherInt64,
    Timestamp,
    TypedInt,
    UInt8,
    UInt16,
    UInt32,
    encode_table,
)
from wqstudio.domain import moments
from wqstudio.domain.letter import Header

_SINGLE = struct.Struct(">f")
_INTEGERS: Mapping[str, type[TypedInt]] = {
    "byte": Int8,
    "unsigned byte": UInt8,
    "short": Int16,
    "short (U)": OtherInt16,
    "unsigned short": UInt16,
    "unsigned int": UInt32,
    "long": Int64,
    "long (L)": OtherInt64,
    "timestamp": Timestamp,
}
_NAMES = {kind: name for name, kind in _INTEGERS.items()}
_OTHERS: Mapping[type, str] = {
    type(None): "void",
    bool: "bool",
    Float32: "float",
    float: "double",
    Decimal: "decimal",
    str: "string",
    bytes: "binary",
    list: "array",
    dict: "table",
}
_MADE: Mapping[str, Callable[[Any], Any]] = {
    **_INTEGERS,
    "int": int,
    "float": lambda value: value if isinstance(value, Float32) else Float32(_SINGLE.pack(value)),
    "double": float,
    "decimal": Decimal,
}
"""From what a person may have typed. A value of any other type is written as what it is."""


def type_name(value: Any) -> str:
    """Of a value as ``codec.decode_table`` gives it."""
    if isinstance(value, TypedInt):
        return _NAMES[type(value)]
    if type(value) is int:
        return "int" if -(1 << 31) <= value < 1 << 31 else "long"
    return _OTHERS[type(value)]


def shown(table: Mapping[str, Any]) -> tuple[Header, ...]:
    return tuple(Header(name, value, type_name(value)) for name, value in table.items())


def encode_headers(headers: Iterable[Header]) -> bytes:
    """The table, with its length before it. ValueError for a value that its type has no place for, naming it."""
    table = {}
    for header in headers:
        try:
            table[header.name] = _MADE[header.type](header.value) if header.type in _MADE else header.value
            encode_table({header.name: table[header.name]})
        except (ValueError, TypeError, ArithmeticError, struct.error, UnicodeEncodeError) as error:
            raise ValueError(f"the header {header.name} holds no {header.type or 'value'} that AMQP knows") from error
    return encode_table(table)


def moment(value: Any) -> float | None:
    """Unix seconds of a header that is a timestamp, or a number of seconds. None: it is no time."""
    return moments.told(float(value)) if isinstance(value, int) and not isinstance(value, bool) else None
