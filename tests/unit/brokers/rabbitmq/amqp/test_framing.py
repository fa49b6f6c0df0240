"""Frames in pieces of any size, and frames as pika would write them."""

import itertools

import pytest
from hypothesis import given, strategies as st
from pika import frame, spec

from wqstudio.brokers.rabbitmq.amqp import framing
from wqstudio.brokers.rabbitmq.amqp.framing import Confirmed, Delivered, FramingError, Item, Method, Reader, Returned

_PROPERTIES = spec.BasicProperties(message_id="7", delivery_mode=2)
_ENCODED = b"".join(_PROPERTIES.encode())


def _message(channel: int, method: spec.amqp_object.Method, body: bytes, step: int = 7) -> bytes:
    frames = [frame.Method(channel, method), frame.Header(channel, len(body), _PROPERTIES)]
    frames += [frame.Body(channel, body[start : start + step]) for start in range(0, len(body), step)]
    return b"".join(each.marshal() for each in frames)


_STREAM = b"".join(
    [
        _message(
            1, spec.Basic.Deliver("tag", 5, redelivered=True, exchange="e", routing_key="k"), b"twenty bytes or more"
        ),
        frame.Method(2, spec.Queue.DeclareOk("q", 3, 4)).marshal(),
        frame.Heartbeat().marshal(),
        _message(2, spec.Basic.Return(312, "NO_ROUTE", "", "gone"), b""),
        frame.Method(2, spec.Basic.Ack(9, multiple=True)).marshal(),
        frame.Method(1, spec.Basic.Nack(10)).marshal(),
    ]
)


def _read(chunks: list[bytes]) -> list[tuple[int, Item | bytes]]:
    reader = Reader()
    return [item for chunk in chunks for item in reader.feed(chunk)]


@given(st.lists(st.integers(0, len(_STREAM)), max_size=30))
def test_frames_are_understood_however_they_are_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(_STREAM)]
    items = _read([_STREAM[start:end] for start, end in itertools.pairwise(edges)])
    delivered, declared, heartbeat, returned, acked, nacked = items
    assert delivered == (1, Delivered("tag", 5, True, "e", "k", _ENCODED, b"twenty bytes or more"))
    assert isinstance(declared[1], Method)
    assert (declared[0], declared[1].method.message_count) == (2, 3)
    assert heartbeat == (0, frame.Heartbeat().marshal())
    assert returned == (2, Returned(312, "NO_ROUTE", "", "gone", _ENCODED, b""))
    assert acked == (2, Confirmed(9, multiple=True, stored=True))
    assert nacked == (1, Confirmed(10, multiple=False, stored=False))


def test_a_lost_place_is_noticed() -> None:
    with pytest.raises(FramingError, match="does not end"):
        _read([_STREAM[:-1] + b"x"])
    with pytest.raises(FramingError, match="without its method"):
        _read([frame.Body(1, b"x").marshal()])


@given(st.integers(1, 65_535), st.integers(0, (1 << 64) - 1), st.booleans(), st.booleans())
def test_settlements_are_written_as_pika_writes_them(channel: int, tag: int, multiple: bool, requeue: bool) -> None:
    assert (
        framing.ack(channel, tag, multiple=multiple) == frame.Method(channel, spec.Basic.Ack(tag, multiple)).marshal()
    )
    theirs = frame.Method(channel, spec.Basic.Nack(tag, multiple, requeue)).marshal()
    assert framing.nack(channel, tag, requeue=requeue, multiple=multiple) == theirs
    theirs = frame.Method(channel, spec.Basic.Reject(tag, requeue=requeue)).marshal()
    assert framing.reject(channel, tag, requeue=requeue) == theirs


@pytest.mark.parametrize("size", [0, 1, 4_088, 4_089, 9_000])
def test_a_message_is_written_as_pika_writes_it(size: int) -> None:
    body = b"x" * size
    theirs = _message(3, spec.Basic.Publish(exchange="e", routing_key="k", mandatory=True), body, 4_096 - 8)
    assert framing.publishing(3, (b"e", b"k")) + framing.content(3, _ENCODED, body, 4_096) == theirs


def test_a_method_is_written_as_pika_writes_it() -> None:
    method = spec.Queue.Declare(queue="q", durable=True, arguments={"x": 1})
    assert framing.method(4, method) == frame.Method(4, method).marshal()
