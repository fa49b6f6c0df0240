"""Whatever headers a message has, they come out as they went in, byte for byte."""

import math
import struct
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.unit.brokers.rabbitmq.field_tables import ANY_LEAF, tables, with_length
from wqstudio.brokers.rabbitmq.amqp import codec
from wqstudio.brokers.rabbitmq.amqp.codec import Float32, Int64, MalformedTableError, Timestamp, UInt32, decode_table

_TABLES = tables(ANY_LEAF)


@given(_TABLES)
def test_any_table_comes_out_as_it_went_in(encoded: bytes) -> None:
    assert codec.encode_table(decode_table(encoded)) == encoded


@given(_TABLES, st.integers(0, 400))
def test_a_table_cut_short_is_malformed(encoded: bytes, keep: int) -> None:
    if keep < len(encoded):
        with pytest.raises(MalformedTableError):
            decode_table(encoded[:keep])


@given(st.binary(max_size=60))
def test_garbage_is_malformed_or_a_table(data: bytes) -> None:
    encoded = with_length(data)
    try:
        table = decode_table(encoded)
    except MalformedTableError:
        return
    assert isinstance(table, dict)


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (12.75, b"d" + struct.pack(">d", 12.75)),
        (7, b"I\x00\x00\x00\x07"),
        (1 << 40, b"l" + (1 << 40).to_bytes(8)),
        (Int64(7), b"l" + (7).to_bytes(8)),
        (UInt32(7), b"i\x00\x00\x00\x07"),
        (Float32(struct.pack(">f", 0.5)), b"f" + struct.pack(">f", 0.5)),
        (True, b"t\x01"),
        ("ü", b"S\x00\x00\x00\x02\xc3\xbc"),
        (b"\x00\xff", b"x\x00\x00\x00\x02\x00\xff"),
        (Decimal("-1.50"), b"D\x02" + struct.pack(">i", -150)),
        (Decimal("12e2"), b"D\x00" + struct.pack(">i", 1200)),
        (datetime(2026, 1, 2, tzinfo=UTC), b"T" + (1_767_312_000).to_bytes(8)),
        ((1, None), b"A\x00\x00\x00\x06I\x00\x00\x00\x01V"),
    ],
)
def test_python_values_have_their_place(value: Any, encoded: bytes) -> None:
    assert codec.encode_value(value) == encoded


def test_what_is_read_can_be_worked_with() -> None:
    table = decode_table(
        codec.encode_table(
            {"f": Float32(struct.pack(">f", 0.25)), "t": Timestamp(0), "n": Int64(3), "d": Decimal("1.10")}
        )
    )
    assert table["f"] * 4 == 1.0
    assert table["t"].moment == datetime(1970, 1, 1, tzinfo=UTC)
    assert table["n"] + 1 == 4
    assert str(table["d"]) == "1.10"
    assert math.isnan(decode_table(codec.encode_table({"x": math.nan}))["x"])


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ({"x" * 256: 1}, ValueError),
        ({"x": 1 << 64}, ValueError),
        ({"x": object()}, TypeError),
        ({"x": Decimal(123456789012)}, ValueError),
        ({"x": Decimal("NaN")}, TypeError),
    ],
)
def test_what_has_no_place_is_refused(table: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        codec.encode_table(table)
