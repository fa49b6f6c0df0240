"""Finds out what a virtual host's rules come to, and again only where something that they depend on is another."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import partial

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.rabbitmq.management.dead_letters import Routes, Target
from wqstudio.brokers.rabbitmq.management.naming import Names, Place
from wqstudio.brokers.rabbitmq.management.records import BindingRecord, ExchangeRecord, QueueRecord
from wqstudio.brokers.rabbitmq.management.sight import Rules, Topology
from wqstudio.domain.reading import Reading, Unknown

_NOTHING_IS_THERE = Routes((), ())


class RuleBook:
    def __init__(self, names: Names) -> None:
        self._names = names
        self._topology: Topology | None = None
        self._queues: Mapping[str, QueueRecord] = {}
        self._rules: Rules | None = None

    def knows(self, queues: Mapping[str, QueueRecord]) -> bool:
        """Whether there were just these when it was last read."""
        return self._rules is not None and self._queues.keys() == queues.keys()

    async def read(self, topology: Topology, queues: Mapping[str, QueueRecord]) -> Rules:
        """The same object while nothing in it can have changed."""
        if self._rules is None or self._topology is not topology or not _same_rules(self._queues, queues):
            followers, operator_followers = await _followers(queues)
            self._rules = Rules(await self._targets(topology, queues), followers, operator_followers)
            self._topology, self._queues = topology, queues
        return self._rules

    async def _targets(
        self, topology: Topology, queues: Mapping[str, QueueRecord]
    ) -> Reading[Mapping[str, Target | None]]:
        routes = await self._routes(topology)
        if isinstance(routes, Unknown):
            return routes
        return {
            queue.name: routes.get(queue.vhost, _NOTHING_IS_THERE).target(queue)
            async for queue in paced(queues.values())
        }

    async def _routes(self, topology: Topology) -> Reading[Mapping[str, Routes]]:
        """By virtual host."""
        if isinstance(topology.exchanges, Unknown):
            return topology.exchanges
        if isinstance(topology.bindings, Unknown):
            return topology.bindings
        exchanges: dict[str, list[ExchangeRecord]] = defaultdict(list)
        for exchange in topology.exchanges.values():
            exchanges[exchange.vhost].append(exchange)
        bindings: dict[str, list[BindingRecord]] = defaultdict(list)
        async for binding in paced(topology.bindings):
            bindings[binding.vhost].append(binding)
        return {vhost: Routes(its, bindings[vhost], partial(self._shown, vhost)) for vhost, its in exchanges.items()}

    def _shown(self, vhost: str, queue: str) -> str:
        return self._names.shown(Place(vhost, queue))


async def _followers(queues: Mapping[str, QueueRecord]) -> tuple[Counter[Place], Counter[Place]]:
    """Of policies, and of operator policies."""
    plain: Counter[Place] = Counter()
    operators: Counter[Place] = Counter()
    async for queue in paced(queues.values()):
        if queue.policy:
            plain[Place(queue.vhost, queue.policy)] += 1
        if queue.operator_policy:
            operators[Place(queue.vhost, queue.operator_policy)] += 1
    return plain, operators


def _same_rules(before: Mapping[str, QueueRecord], now: Mapping[str, QueueRecord]) -> bool:
    return before.keys() == now.keys() and all(
        _rules_of(old) == _rules_of(new) for old, new in zip(before.values(), now.values(), strict=True)
    )


def _rules_of(queue: QueueRecord) -> tuple[object, ...]:
    return queue.arguments, queue.effective_policy_definition, queue.policy, queue.operator_policy
