"""Channels: on which programs publish and consume, and how far they are behind with acknowledging."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.rabbitmq.listings.table import Entry, Table, given, rate, short
from wqstudio.brokers.rabbitmq.management.records import ChannelRecord, ChannelStats, ConnectionName
from wqstudio.brokers.rabbitmq.management.sight import Sight
from wqstudio.domain.listing import Cell, Column, Measure
from wqstudio.domain.reading import Reading, Unknown

_COLUMNS = (
    Column("Channel", tip="A connection carries several; each acknowledges and confirms by itself"),
    Column("Connection", tip="The name that the program gave its connection, if it gave one"),
    Column("Consumers", Measure.COUNT, "On this channel; unacked is counted for all of them together"),
    Column("Prefetch", Measure.COUNT, "Messages that each new consumer may hold unacked"),
    Column("Unacked", Measure.COUNT, "Delivered on it, and not acknowledged yet"),
    Column("Unconfirmed", Measure.COUNT, "Published on it, and not confirmed yet"),
    Column("Publish", Measure.RATE, "Messages published on it"),
    Column("Deliver", Measure.RATE, "Messages delivered on it or fetched with get"),
    Column("Ack", Measure.RATE, "Messages acknowledged on it"),
    Column("State", tip="flow: it publishes faster than queues take, and is slowed down; idle: nothing happens on it"),
    Column(
        "Mode", tip="confirm: RabbitMQ confirms what is published; transactional: it waits for commits, which is slow"
    ),
    Column("User", tip="As whom the program logged in"),
    Column("Global prefetch", Measure.COUNT, "Messages that all consumers of the channel may hold unacked, together"),
    Column("Idle since", tip="When something last happened on it"),
)


async def _entries(channels: Mapping[str, ChannelRecord], sight: Sight) -> AsyncIterator[Entry]:
    queues = await _queues(sight)
    async for channel in paced(channels.values()):
        stats = channel.message_stats or ChannelStats()
        cells: tuple[Cell, ...] = (
            short(channel.name),
            _connection(channel, sight),
            given(channel.consumer_count),
            _prefetch(channel.prefetch_count),
            given(channel.messages_unacknowledged),
            given(channel.messages_unconfirmed),
            rate(stats.publish_details, sight),
            rate(stats.deliver_get_details, sight),
            rate(stats.ack_details, sight),
            _state(channel),
            _mode(channel),
            given(channel.user),
            _global_prefetch(channel),
            _moment(channel.idle_since or ""),
        )
        yield Entry((channel.name,), channel.vhost, cells, queues.get(channel.name, ""))


async def _queues(sight: Sight) -> Mapping[str, str]:
    """By channel, the queue that it consumes; empty where there are several."""
    if isinstance(sight.consumers, Unknown):
        return {}
    consumed: dict[str, str] = {}
    for queue, consumers in sight.consumers.items():
        async for consumer in paced(consumers):
            consumed[consumer.channel] = queue if consumed.get(consumer.channel, queue) == queue else ""
    return consumed


def _connection(channel: ChannelRecord, sight: Sight) -> str | Unknown:
    if isinstance(sight.topology.connections, Unknown):
        return sight.topology.connections
    name = channel.connection_details.name if isinstance(channel.connection_details, ConnectionName) else ""
    connection = sight.topology.connections.get(name)
    return connection.user_provided_name if connection is not None else ""


def _state(channel: ChannelRecord) -> str | Reading[int]:
    return "idle" if channel.state == "running" and channel.idle_since else given(channel.state)


def _mode(channel: ChannelRecord) -> str:
    return "transactional" if channel.transactional else "confirm" if channel.confirm else ""


def _prefetch(count: int | None) -> str | Reading[int]:
    return "no limit" if count == 0 else given(count)


def _global_prefetch(channel: ChannelRecord) -> str | Reading[int]:
    if channel.global_prefetch_count is None and channel.prefetch_count is not None:
        return Unknown("RabbitMQ does not tell it from version 4 on")
    return _prefetch(channel.global_prefetch_count)


def _moment(text: str) -> str:
    """In the time of this place; what has no offset, or cannot be read, stays as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if moment.tzinfo is None else f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


TABLE = Table(
    title="Channels",
    columns=_COLUMNS,
    empty="Programs publish and consume on channels, which share a connection. No program has one open here.",
    source=lambda sight: sight.channels,
    beside=lambda sight: (sight.topology.connections, sight.consumers),
    entries=_entries,
)
