"""Records into what the port promises. Pure.

What the numbers mean, and how old they are on a node with RabbitMQ's own intervals (measured on 3.10; see also
``measuring.py``):

=========== ============================================================ ==============================================
reading     what it is                                                   age
=========== ============================================================ ==============================================
waiting     ready                                                        none where the queue was asked (``freshest``),
                                                                         else that of the statistics, up to 10 s
in flight   unacked                                                      the same; quorum queues answer with their last
                                                                         count, up to 5 s ago
messages    ready and unacked of one instant, or more if more is ready   that of in flight
            by now: figures of different age are not added up
stuck       none: what is exhausted is dead-lettered or dropped
redelivered a queue's own count of them does not exist; it is known only
            where there are no messages
retrying    what is stored in the studio's retry queues of this queue    that of ready
published … counters of message_stats, played out smoothly               5 s, and at most 10 s
redeliver…  the same, and what was put into its retry queues             5 s, and at most 10 s
oldest      the ``timestamp`` that the publisher gave the first message  that of the statistics
=========== ============================================================ ==============================================
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.management.records import ChannelRecord, ConsumerRecord, QueueRecord, TotalsRecord
from wqstudio.brokers.rabbitmq.watching.counters import Count
from wqstudio.brokers.rabbitmq.watching.tags import named
from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.domain.reading import Reading, Unknown

_NO_STATISTICS = Unknown("the node has gathered no statistics of it yet")
_NO_GAUGE = Unknown("RabbitMQ counts redeliveries, but not which of the messages in a queue are redelivered ones")
_NO_TIMESTAMP = Unknown("its publisher gave the first message no timestamp")
_NO_HEAD = Unknown("RabbitMQ tells of no quorum queue or stream when its first message was published")
_NO_PULLS = Unknown("RabbitMQ delivers by itself; there are no pulls", by_nature=True)
_SHARED_CHANNEL = Unknown("its channel has several consumers, and RabbitMQ counts by channel")
_CHANNEL_NOT_SEEN = Unknown("its channel has no statistics yet")
_NOT_BY_CONSUMER = Unknown("RabbitMQ does not count that by consumer", by_nature=True)
_NOT_SHARED_OUT = Unknown("what is ready belongs to the queue: any of its consumers may be given it", by_nature=True)


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a queue is, from whichever source is freshest."""

    messages: Reading[int]
    ready: Reading[int]
    unacked: Reading[int]


def freshest(
    queue: QueueRecord, totals: TotalsRecord | None, ready_now: int | None, *, has_statistics: bool
) -> Lengths:
    """A passive declare (``ready_now``) is of this instant, so are totals of classic queues; statistics are late.

    What is ready now and what was unacked a while ago may be the same messages: they are not added up. By statistics,
    where the node gathers them, it is known whether it has counted.
    """
    if totals is not None and ready_now is None and has_statistics and _is_uncounted(queue, totals):
        totals = None
    source = queue if totals is None or totals.messages is None else totals
    messages = _first(source.messages)
    if ready_now is not None and not isinstance(messages, Unknown):
        messages = max(messages, ready_now)
    ready = _first(ready_now, source.messages_ready)
    return Lengths(messages, ready, _first(source.messages_unacknowledged))


def _is_uncounted(queue: QueueRecord, totals: TotalsRecord) -> bool:
    """A node that has just started tells 0 of a quorum queue, or a stream, that has not counted for the first time."""
    return totals.messages == 0 and queue.type != "classic" and not queue.has_statistics


def queue(
    record: QueueRecord,
    lengths: Lengths,
    count: Reading[Count],
    consumers: Reading[tuple[ConsumerState, ...]],
    *,
    retrying: Reading[int],
    keeps_dead_letters: bool,
    dead_letter_queues: tuple[str, ...],
    dead_end: str,
) -> QueueState:
    messages = lengths.messages
    return QueueState(
        name=record.name,
        kind=kind(record),
        messages=messages,
        bytes=_first(record.message_bytes),
        waiting=lengths.ready,
        in_flight=lengths.unacked,
        redelivered=0 if messages == 0 else _NO_GAUGE,
        stuck=0,
        oldest=_oldest(record, messages),
        published=count if isinstance(count, Unknown) else count.published,
        delivered=count if isinstance(count, Unknown) else count.delivered,
        acked=count if isinstance(count, Unknown) else count.acked,
        dead_letters=keeps_dead_letters or marks.keeps_dead_letters(record.arguments),
        owned=marks.owned(record.arguments),
        consumers=consumers,
        redeliveries=count if isinstance(count, Unknown) else count.redeliveries,
        dead_letter_queues=dead_letter_queues,
        dead_end=dead_end,
        retrying=retrying,
    )


def unreadable(name: str, why: Unknown, *, kind: str = "queue", ready: Reading[int] | None = None) -> QueueState:
    """A queue of which no more than the name, and perhaps the length, is known."""
    return QueueState(
        name=name,
        kind=kind,
        messages=why,
        bytes=why,
        waiting=why if ready is None else ready,
        in_flight=why,
        redelivered=why,
        stuck=0,
        oldest=why,
        published=why,
        delivered=why,
        acked=why,
        consumers=why,
        redeliveries=why,
        retrying=why,
    )


def kind(record: QueueRecord) -> str:
    if record.type == "stream":
        return "stream"
    return f"exclusive {record.type} queue" if record.exclusive else f"{record.type} queue"


def counts(record: QueueRecord, retried: int) -> Count | None:
    """None while there are no statistics. A queue that has them, but no counters, has not been used yet.

    ``retried`` messages were given back through a retry queue: their next delivery is of a copy, which RabbitMQ does
    not count as a redelivery.
    """
    if not record.has_statistics:
        return None
    stats = record.message_stats
    if stats is None:
        return Count(0, 0, 0, retried)
    return Count(stats.publish or 0, stats.deliver_get or 0, stats.settled, (stats.redeliver or 0) + retried)


def retried(retry_queues: Iterable[QueueRecord]) -> dict[str, int]:
    """Messages put into each retry queue, as far as the node has counted."""
    stats = {each.name: each.message_stats for each in retry_queues}
    return {name: its.publish for name, its in stats.items() if its is not None and its.publish is not None}


def consumers(
    queue_name: str,
    records: tuple[ConsumerRecord, ...],
    channels: Reading[Mapping[str, ChannelRecord]],
    consumers_on: Mapping[str, int],
) -> Iterator[ConsumerState]:
    """One after the other, for there may be thousands."""
    for name, record in named(records):
        yield _consumer(queue_name, name, record, _channel_of(record, channels, consumers_on))


def _consumer(queue_name: str, name: str, record: ConsumerRecord, channel: Reading[ChannelRecord]) -> ConsumerState:
    return ConsumerState(
        queue=queue_name,
        name=name,
        waiting=_NOT_SHARED_OUT,
        in_flight=channel if isinstance(channel, Unknown) else _first(channel.messages_unacknowledged),
        redelivered=_NOT_BY_CONSUMER,
        open_pulls=_NO_PULLS,
        delivered=channel if isinstance(channel, Unknown) else channel.delivered,
        acked=channel if isinstance(channel, Unknown) else channel.settled,
        last_active=_NOT_BY_CONSUMER,
        prefetch=record.prefetch_count,
    )


def _channel_of(
    record: ConsumerRecord, channels: Reading[Mapping[str, ChannelRecord]], consumers_on: Mapping[str, int]
) -> Reading[ChannelRecord]:
    """The consumer's channel, when it is on it alone. The channel's own count of them is up to 5 s late."""
    if isinstance(channels, Unknown):
        return channels
    channel = channels.get(record.channel)
    if channel is None or channel.consumer_count is None:
        return _CHANNEL_NOT_SEEN
    return channel if consumers_on[record.channel] == 1 else _SHARED_CHANNEL


def _oldest(record: QueueRecord, messages: Reading[int]) -> Reading[float | None]:
    if messages == 0:
        return None
    if record.head_message_timestamp is not None:
        return float(record.head_message_timestamp)
    return _NO_TIMESTAMP if record.type == "classic" else _NO_HEAD


def _first(*candidates: int | None) -> Reading[int]:
    return next((each for each in candidates if each is not None), _NO_STATISTICS)
