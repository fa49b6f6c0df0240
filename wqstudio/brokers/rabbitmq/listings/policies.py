"""Policies in force, operators' ones among them, and how much follows each."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.rabbitmq.listings.table import Entry, Table
from wqstudio.brokers.rabbitmq.management.naming import Place
from wqstudio.brokers.rabbitmq.management.records import PolicyRecord
from wqstudio.brokers.rabbitmq.management.sight import Sight
from wqstudio.brokers.rabbitmq.management.wording import table
from wqstudio.domain.listing import Cell, Column, Measure
from wqstudio.domain.reading import Reading, Unknown

_PLAIN, _OPERATOR = "policy", "operator policy"
_COLUMNS = (
    Column("Policy", tip="Sets for many queues or exchanges at once what else each would need an argument for"),
    Column("Kind", tip="An operator policy adds to the policy that a queue follows, and limits what that may allow"),
    Column("Pattern", tip="A regular expression that the name has to match"),
    Column("Applies to", tip="Which kinds of things it is for"),
    Column("Priority", Measure.COUNT, "Of several policies that match, the one with the highest counts, and no other"),
    Column("Definition", tip="What it sets; an argument of the queue itself outweighs it", wraps=True),
    Column("Queues", Measure.COUNT, "How many follow it: those that match, and no policy of higher priority"),
    Column("Exchanges", Measure.COUNT, "How many follow it"),
)

_ByPlace = Mapping[Place, PolicyRecord]


async def _entries(policies: _ByPlace, sight: Sight) -> AsyncIterator[Entry]:
    exchanges = await _exchanges(sight)
    async for place, policy in paced(policies.items()):
        following = exchanges if isinstance(exchanges, Unknown) else exchanges[place]
        yield _entry(_PLAIN, policy, sight.rules.followers.get(place, 0), following)
    operators = sight.topology.operator_policies
    if isinstance(operators, Unknown):
        yield Entry((_OPERATOR,), "", ("(operator policies)", _OPERATOR, *(operators,) * 6))
        return
    async for place, policy in paced(operators.items()):
        yield _entry(_OPERATOR, policy, sight.rules.operator_followers.get(place, 0), "")


def _entry(kind: str, policy: PolicyRecord, queues: int, exchanges: Cell) -> Entry:
    cells: tuple[Cell, ...] = (
        policy.name,
        kind,
        policy.pattern,
        policy.apply_to.replace("_", " "),
        policy.priority,
        table(policy.definition),
        queues,
        exchanges,
    )
    return Entry((kind, policy.vhost, policy.name), policy.vhost, cells)


async def _exchanges(sight: Sight) -> Reading[Counter[Place]]:
    """How many follow each policy."""
    if isinstance(sight.topology.exchanges, Unknown):
        return sight.topology.exchanges
    following: Counter[Place] = Counter()
    async for exchange in paced(sight.topology.exchanges.values()):
        if exchange.policy:
            following[Place(exchange.vhost, exchange.policy)] += 1
    return following


TABLE = Table(
    title="Policies",
    columns=_COLUMNS,
    empty="A policy sets limits, dead-lettering and the like for all queues or exchanges whose name matches. "
    "There are none here.",
    source=lambda sight: sight.topology.policies,
    beside=lambda sight: (sight.topology.operator_policies, sight.topology.exchanges, sight.rules),
    entries=_entries,
)
