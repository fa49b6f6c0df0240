"""Exchanges: where publishers send, and what they lead to."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.listings.table import Entry, Table, rate
from wqstudio.brokers.rabbitmq.management.naming import Place
from wqstudio.brokers.rabbitmq.management.records import ExchangeRecord, ExchangeStats
from wqstudio.brokers.rabbitmq.management.sight import Sight
from wqstudio.domain.listing import Cell, Column, Measure
from wqstudio.domain.reading import Reading, Unknown

_COLUMNS = (
    Column(
        "Exchange", tip="Publishers name an exchange and a routing key; it passes messages on to what is bound to it"
    ),
    Column(
        "Type",
        tip="direct: to bindings with the very same key; topic: to those whose pattern fits, * for a word and # for "
        "any number; fanout: to all; headers: by headers",
    ),
    Column(
        "Features", tip="A durable exchange outlives a restart of the node; an internal one takes nothing from clients"
    ),
    Column("Bindings", Measure.COUNT, "From it to queues and other exchanges; without one, what is published is lost"),
    Column("In", Measure.RATE, "Messages published to it, also by other exchanges"),
    Column(
        "Out", Measure.RATE, "Copies passed on to queues and other exchanges: a message may go to several, or to none"
    ),
    Column("Alternate exchange", tip="Where messages go that no binding takes, instead of being dropped"),
    Column("Policy", tip="The policy it follows"),
    Column("Made by", tip="RabbitMQ makes those that begin with amq. and the default exchange"),
)
_OWN = {marks.EXCHANGE, marks.DEAD_LETTER_EXCHANGE}


async def _entries(exchanges: Mapping[Place, ExchangeRecord], sight: Sight) -> AsyncIterator[Entry]:
    bindings = await _bindings(sight)
    async for exchange in paced(exchanges.values()):
        stats = exchange.message_stats or ExchangeStats()
        cells: tuple[Cell, ...] = (
            exchange.name or "(default exchange)",
            exchange.type,
            _features(exchange),
            bindings if isinstance(bindings, Unknown) else bindings[exchange.vhost, exchange.name],
            rate(stats.publish_in_details, sight),
            rate(stats.publish_out_details, sight),
            _alternate(exchange, sight),
            exchange.policy or "",
            _maker(exchange.name),
        )
        yield Entry((exchange.vhost, exchange.name), exchange.vhost, cells)


async def _bindings(sight: Sight) -> Reading[Counter[tuple[str, str]]]:
    """From each exchange, by virtual host and name."""
    if isinstance(sight.topology.bindings, Unknown):
        return sight.topology.bindings
    counted: Counter[tuple[str, str]] = Counter()
    async for binding in paced(sight.topology.bindings):
        counted[binding.vhost, binding.source] += 1
    return counted


def _features(exchange: ExchangeRecord) -> str:
    features = {"auto-delete": exchange.auto_delete, "internal": exchange.internal}
    kept = "durable" if exchange.durable else "transient"
    return ", ".join([kept, *(feature for feature, has in features.items() if has)])


def _alternate(exchange: ExchangeRecord, sight: Sight) -> str | Unknown:
    """An argument outweighs a policy."""
    argument = exchange.arguments.get("alternate-exchange")
    if argument is not None or not exchange.policy:
        return f"{argument or ''}"
    if isinstance(sight.topology.policies, Unknown):
        return sight.topology.policies
    policy = sight.topology.policies.get(Place(exchange.vhost, exchange.policy))
    return f"{policy.definition.get('alternate-exchange', '')}" if policy is not None else ""


def _maker(name: str) -> str:
    if name in _OWN:
        return "the studio"
    return "RabbitMQ" if not name or name.startswith("amq.") else ""


TABLE = Table(
    title="Exchanges",
    columns=_COLUMNS,
    empty="Publishers send to exchanges, which pass messages on to the queues bound to them. There are none here.",
    source=lambda sight: sight.topology.exchanges,
    beside=lambda sight: (sight.topology.bindings, sight.topology.policies),
    entries=_entries,
)
