"""Connections: which programs are there, from where, and whether the node lets them publish."""

from collections.abc import AsyncIterator, Mapping

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.rabbitmq.listings.table import Entry, Table, given, short, yes
from wqstudio.brokers.rabbitmq.management.records import ClientRecord, ConnectionRecord
from wqstudio.brokers.rabbitmq.management.sight import Sight
from wqstudio.domain.listing import Cell, Column, Measure

_COLUMNS = (
    Column("Connection", tip="The address and port that the program connects from"),
    Column("Name", tip="The name that the program gave it, if it gave one"),
    Column("Client", tip="The library that the program uses"),
    Column("User", tip="As whom the program logged in"),
    Column("Protocol", tip="What is spoken on it"),
    Column("TLS", tip="Whether what is sent can be read on the way"),
    Column(
        "State",
        tip="blocked: it publishes, and the node takes nothing as memory or disk space is short; blocking: it will be "
        "with its next message; flow: it publishes faster than queues take",
    ),
    Column("Channels", Measure.COUNT, "Open on it; programs that only ever open more leak them"),
)


async def _entries(connections: Mapping[str, ConnectionRecord], _: Sight) -> AsyncIterator[Entry]:
    async for connection in paced(connections.values()):
        cells: tuple[Cell, ...] = (
            short(connection.name),
            connection.user_provided_name,
            _client(connection),
            connection.user,
            given(connection.protocol),
            given(None if connection.ssl is None else yes(connection.ssl)),
            given(connection.state),
            given(connection.channels),
        )
        yield Entry((connection.name,), connection.vhost, cells)


def _client(connection: ConnectionRecord) -> str:
    said = connection.client_properties
    return f"{said.product or ''} {said.version or ''}".strip() if isinstance(said, ClientRecord) else ""


TABLE = Table(
    title="Connections",
    columns=_COLUMNS,
    empty="Programs log in on a connection, and open channels on it. None is connected.",
    source=lambda sight: sight.topology.connections,
    beside=lambda _: (),
    entries=_entries,
)
