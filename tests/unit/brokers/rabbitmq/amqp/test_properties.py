"""A message's properties on the wire, compared with pika's."""

import pytest
from hypothesis import given, strategies as st
from pika import spec

from wqstudio.brokers.rabbitmq.amqp.codec import MalformedTableError, encode_table
from wqstudio.brokers.rabbitmq.amqp.properties import Properties, decode_properties, headers_of

_TEXT = st.none() | st.text(max_size=40)
_OCTET = st.none() | st.integers(0, 255)
_PROPERTIES = st.builds(
    Properties,
    content_type=_TEXT,
    content_encoding=_TEXT,
    headers=st.none() | st.just(encode_table({"a": 1, "b": "c"})),
    delivery_mode=_OCTET,
    priority=_OCTET,
    correlation_id=_TEXT,
    reply_to=_TEXT,
    expiration=_TEXT,
    message_id=_TEXT,
    timestamp=st.none() | st.integers(0, (1 << 64) - 1),
    type=_TEXT,
    user_id=_TEXT,
    app_id=_TEXT,
    cluster_id=_TEXT,
)


@given(_PROPERTIES)
def test_what_is_written_is_read(properties: Properties) -> None:
    encoded = properties.encode()
    assert decode_properties(encoded) == properties
    assert headers_of(encoded) == properties.table


@given(_PROPERTIES)
def test_pika_reads_what_is_written(properties: Properties) -> None:
    theirs = spec.BasicProperties()
    theirs.decode(properties.encode())
    for name in ("content_type", "delivery_mode", "priority", "correlation_id", "timestamp", "user_id", "cluster_id"):
        assert getattr(theirs, name) == getattr(properties, name)
    assert (theirs.headers or {}) == properties.table


def test_bytes_that_are_no_text_are_kept() -> None:
    encoded = b"\x80\x00\x02\xff\xfe"
    assert decode_properties(encoded).encode() == encoded


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="message id is longer than 255 bytes"):
        Properties(message_id="x" * 256).encode()


def test_properties_cut_short_are_malformed() -> None:
    encoded = Properties(message_id="12345").encode()
    with pytest.raises(MalformedTableError):
        decode_properties(encoded[:-1])
