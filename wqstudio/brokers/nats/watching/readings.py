"""Records into what the port promises. Pure.

What the numbers mean, by retention:

========== =========================== ==================================== ===============================
reading    work queue stream           interest stream                      limits stream
========== =========================== ==================================== ===============================
waiting    delivered to nobody yet;    as work queue with one consumer;     what the slowest consumer has
           messages that no consumer's with several, the slowest            not been given (a message is
           filter matches are in it    consumer's                           counted once, not per consumer)
in flight  sum over the consumers      sum over the consumers: one message  the same
                                       may be in flight at several
stuck      stored, yet exhausted at    as work queue with one consumer;     unknown, for acknowledged
           its consumer (max_deliver)  with several, as limits              messages stay stored; 0 where
                                                                            deliveries are unlimited
acked      left by acknowledgement     the same                             deliveries settled, summed
========== =========================== ==================================== ===============================

A consumer that acknowledges nothing (``ack_policy`` none) has nothing in flight and settles what it is given; with
``all``, an acknowledgement settles all deliveries before it. Push and pull consumers count alike, but only
pull consumers have open pulls. With no consumers, everything stored is waiting. An exhausted message stays
stuck when ``max_deliver`` is raised later (measured on 2.15), so unlimited deliveries alone do not exclude it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from wqstudio.brokers.nats.jetstream import marks
from wqstudio.brokers.nats.jetstream.accounting import Split, is_countable
from wqstudio.brokers.nats.jetstream.poll import Observed
from wqstudio.brokers.nats.jetstream.records import ConsumerInfo, StreamInfo
from wqstudio.brokers.nats.letters.outlet_targets import unfit
from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.domain.reading import Reading, Unknown

_RETENTIONS: Mapping[str, str] = {"workqueue": "work queue", "interest": "interest", "limits": "limits"}
_CANNOT_TELL = Unknown("acknowledged messages stay stored here, so exhausted ones cannot be told apart by counting")


def unreadable_queue(name: str, why: Unknown) -> QueueState:
    return QueueState(
        name=name,
        kind="stream",
        messages=why,
        bytes=why,
        waiting=why,
        in_flight=why,
        redelivered=why,
        stuck=why,
        oldest=why,
        published=why,
        delivered=why,
        acked=why,
        consumers=why,
    )


def queue(each: Observed, stream: StreamInfo, split: Reading[Split], acked: int, *, told: bool = False) -> QueueState:
    """``split`` and ``acked`` as the reckoning has them; they are not looked at where they do not apply.

    ``told``: its messages say that they are dead letters.
    """
    state = stream.state
    totals = _totals(each, stream, split, acked)
    return QueueState(
        name=each.name,
        kind=f"{_RETENTIONS.get(stream.config.retention, stream.config.retention)} stream",
        messages=state.messages,
        bytes=state.bytes,
        waiting=totals.waiting,
        in_flight=totals.in_flight,
        redelivered=totals.redelivered,
        stuck=totals.stuck,
        oldest=_unix(state.first_ts) if state.messages else None,
        published=state.last_seq,
        delivered=totals.delivered,
        acked=totals.acked,
        dead_letters=told or marks.keeps_dead_letters(stream.config),
        points_to=marks.points_to(stream.config),
        owned=marks.owned(stream.config),
        closed=unfit(stream.config),
        routes=stream.config.subjects or (),
        created=stream.created,
        consumers=each.consumers if isinstance(each.consumers, Unknown) else _consumers(each, each.consumers),
    )


class _Totals(NamedTuple):
    """What takes every consumer of the stream to know."""

    waiting: Reading[int]
    in_flight: Reading[int]
    redelivered: Reading[int]
    stuck: Reading[int]
    delivered: Reading[int]
    acked: Reading[int]


def _totals(each: Observed, stream: StreamInfo, split: Reading[Split], acked: int) -> _Totals:
    consumers = each.consumers
    if isinstance(consumers, Unknown):
        return _Totals(*[consumers] * 6)
    for why in each.unread_consumers.values():
        return _Totals(*[why] * 6)
    in_flight = redelivered = delivered = 0
    for record in consumers:
        in_flight += record.num_ack_pending
        redelivered += record.num_redelivered
        delivered += record.delivered.consumer_seq
    return _Totals(
        _waiting(stream, consumers, split),
        in_flight,
        redelivered,
        _stuck(stream, consumers, split),
        delivered,
        _acked(stream, consumers, acked),
    )


def consumer(queue: str, record: ConsumerInfo) -> ConsumerState:
    return ConsumerState(
        queue=queue,
        name=record.name,
        waiting=record.num_pending,
        in_flight=record.num_ack_pending,
        redelivered=record.num_redelivered,
        open_pulls=record.num_waiting,
        delivered=record.delivered.consumer_seq,
        acked=record.settled,
        last_active=_later(_unix(record.delivered.last_active), _unix(record.ack_floor.last_active)),
    )


def _consumers(each: Observed, records: Iterable[ConsumerInfo]) -> tuple[ConsumerState, ...]:
    read = [consumer(each.name, record) for record in records]
    unread = [_unreadable_consumer(each.name, name, why) for name, why in each.unread_consumers.items()]
    return (*read, *unread)


def _unreadable_consumer(queue: str, name: str, why: Unknown) -> ConsumerState:
    return ConsumerState(queue, name, why, why, why, why, why, why, why)


def _waiting(stream: StreamInfo, consumers: tuple[ConsumerInfo, ...], split: Reading[Split]) -> Reading[int]:
    if not consumers:
        return stream.state.messages
    if not is_countable(stream, consumers):
        return max(record.num_pending for record in consumers)
    pending = sum(record.num_pending for record in consumers)
    return split if isinstance(split, Unknown) else pending + split.uncovered


def _stuck(stream: StreamInfo, consumers: tuple[ConsumerInfo, ...], split: Reading[Split]) -> Reading[int]:
    if not consumers or not stream.state.messages:
        return 0
    if is_countable(stream, consumers):
        return split if isinstance(split, Unknown) else split.stuck
    return _CANNOT_TELL if any(record.config.max_deliver > 0 for record in consumers) else 0


def _acked(stream: StreamInfo, consumers: tuple[ConsumerInfo, ...], acked: int) -> int:
    if stream.config.retention == "limits":
        return sum(record.settled for record in consumers)
    return acked


def _later(one: float | None, other: float | None) -> float | None:
    return max(one, other) if one is not None and other is not None else one if other is None else other


def _unix(at: datetime | None) -> float | None:
    """None for Go's zero time, which stands for never."""
    return at.timestamp() if at is not None and at.tzinfo is not None and at.year > 1 else None
