"""Any AMQP field table, as bytes, for property tests."""

import struct

from hypothesis import strategies as st

Encoded = st.SearchStrategy[bytes]


def with_length(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _number(code: bytes, bits: int, *, signed: bool) -> Encoded:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return st.integers(low, high).map(lambda n: code + n.to_bytes(bits // 8, signed=signed))


def _floats(code: bytes, width: int, layout: str) -> Encoded:
    finite = st.floats(allow_nan=False, allow_infinity=False, width=32 if width == 4 else 64)
    return finite.map(lambda number: code + struct.pack(layout, number))


KNOWN_TO_RABBITMQ: Encoded = st.one_of(
    st.just(b"V"),
    st.sampled_from([b"t\x00", b"t\x01"]),
    _number(b"b", 8, signed=True),
    _number(b"B", 8, signed=False),
    _number(b"s", 16, signed=True),
    _number(b"u", 16, signed=False),
    _number(b"I", 32, signed=True),
    _number(b"i", 32, signed=False),
    _number(b"l", 64, signed=True),
    _number(b"T", 64, signed=False),
    _floats(b"f", 4, ">f"),
    _floats(b"d", 8, ">d"),
    st.binary(min_size=5, max_size=5).map(lambda bits: b"D" + bits),
    st.binary(max_size=40).map(lambda data: b"S" + with_length(data)),
    st.binary(max_size=40).map(lambda data: b"x" + with_length(data)),
)
"""RabbitMQ ends the connection on the rest of the specification's, and on floats that Erlang has no value for."""

ANY_LEAF: Encoded = st.one_of(
    KNOWN_TO_RABBITMQ,
    _number(b"U", 16, signed=True),
    _number(b"L", 64, signed=True),
    st.binary(min_size=4, max_size=4).map(lambda bits: b"f" + bits),
    st.binary(min_size=8, max_size=8).map(lambda bits: b"d" + bits),
)


def table_of(pairs: dict[bytes, bytes]) -> bytes:
    return with_length(b"".join(bytes((len(name),)) + name + value for name, value in pairs.items()))


def tables(leaves: Encoded) -> Encoded:
    values = st.recursive(leaves, _containers, max_leaves=12)
    return st.dictionaries(st.binary(max_size=20), values, max_size=6).map(table_of)


def _containers(values: Encoded) -> Encoded:
    arrays = st.lists(values, max_size=4).map(lambda items: b"A" + with_length(b"".join(items)))
    nested = st.dictionaries(st.binary(max_size=12), values, max_size=4).map(lambda pairs: b"F" + table_of(pairs))
    return arrays | nested
