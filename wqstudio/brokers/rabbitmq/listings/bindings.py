"""Bindings: by which rule an exchange passes messages on, and whose dead letters take that way."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.rabbitmq.listings.table import Entry, Table
from wqstudio.brokers.rabbitmq.management.dead_letters import leads
from wqstudio.brokers.rabbitmq.management.naming import Place
from wqstudio.brokers.rabbitmq.management.records import BindingRecord, ExchangeRecord
from wqstudio.brokers.rabbitmq.management.sight import Sight
from wqstudio.brokers.rabbitmq.management.wording import some, table
from wqstudio.domain.listing import Cell, Column
from wqstudio.domain.reading import Reading, Unknown

_COLUMNS = (
    Column("Exchange", tip="Where messages come from"),
    Column("Type", tip="How the exchange reads routing keys"),
    Column(
        "Routing key", tip="What a message's own has to be (direct), or to fit (topic: * a word, # any number of them)"
    ),
    Column("Arguments", tip="What headers have to be (headers exchanges)"),
    Column("Destination", tip="The queue, or the next exchange, that gets a copy"),
    Column("Kind", tip="Whether the destination is a queue or an exchange"),
    Column(
        "Dead letters of",
        tip="Queues whose dead letters come this way: they are sent to the exchange, with a routing key that fits or, "
        "where none is set, with the one that they were published with",
    ),
)
_MATCHED_UP_TO = 50
"""Routing keys of dead letters in one topic exchange, up to which each is held against each binding."""


@dataclass(frozen=True, slots=True)
class _Senders:
    """Queues that send their dead letters to one exchange, by routing key; None: that of the message."""

    kind: str
    by_key: dict[str | None, list[str]]

    def through(self, pattern: str) -> str:
        """Those whose dead letters may take the binding of that routing key, in words."""
        if self.kind == "direct":
            return some([*self.by_key.get(pattern, ()), *self.by_key.get(None, ())])
        if len(self.by_key) > _MATCHED_UP_TO:
            return f"some of {sum(map(len, self.by_key.values())):,} queues"
        fitting = [key for key in self.by_key if key is None or leads(self.kind, pattern, key)]
        return some([queue for key in fitting for queue in self.by_key[key]])


async def _entries(bindings: tuple[BindingRecord, ...], sight: Sight) -> AsyncIterator[Entry]:
    exchanges = sight.topology.exchanges
    senders = await _senders(sight)
    async for binding in paced(bindings):
        if not binding.source:
            continue
        source = Place(binding.vhost, binding.source)
        exchange = exchanges if isinstance(exchanges, Unknown) else exchanges.get(source)
        cells: tuple[Cell, ...] = (
            binding.source,
            exchange.type if isinstance(exchange, ExchangeRecord) else exchange or "",
            binding.routing_key,
            table(binding.arguments),
            binding.destination,
            binding.destination_type,
            senders if isinstance(senders, Unknown) else _through(senders.get(source), binding),
        )
        key = (*source, binding.destination_type, binding.destination, binding.properties_key)
        yield Entry(key, binding.vhost, cells, _queue(binding, sight))


def _queue(binding: BindingRecord, sight: Sight) -> str:
    if binding.destination_type != "queue":
        return ""
    queue = sight.names.shown(Place(binding.vhost, binding.destination))
    return queue if queue in sight.queues else ""


async def _senders(sight: Sight) -> Reading[Mapping[Place, _Senders]]:
    """By exchange."""
    exchanges = sight.topology.exchanges
    if isinstance(sight.targets, Unknown):
        return sight.targets
    if isinstance(exchanges, Unknown):
        return exchanges
    found: dict[Place, _Senders] = {}
    async for queue, target in paced(sight.targets.items()):
        if target is None or queue not in sight.queues:
            continue
        place = Place(sight.queues[queue].vhost, target.exchange)
        if place not in found:
            exchange = exchanges.get(place)
            found[place] = _Senders(exchange.type if exchange is not None else "", defaultdict(list))
        found[place].by_key[target.routing_key].append(queue)
    return found


def _through(senders: _Senders | None, binding: BindingRecord) -> str:
    return senders.through(binding.routing_key) if senders is not None else ""


TABLE = Table(
    title="Bindings",
    columns=_COLUMNS,
    empty="A binding tells an exchange which messages to pass on to a queue, or to another exchange. There are none "
    "besides those of the default exchange, which leads to every queue by the queue's name.",
    source=lambda sight: sight.topology.bindings,
    beside=lambda sight: (sight.topology.exchanges, sight.rules),
    entries=_entries,
)
