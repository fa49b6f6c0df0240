"""One poll of the management API: each listing as often as its cost and its use allow. Reads, and decides nothing."""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.rabbitmq import marks
from wqstudio.brokers.rabbitmq.dead_letters import Routes, Target
from wqstudio.brokers.rabbitmq.management import Listing, ManagementApi, ManagementError
from wqstudio.brokers.rabbitmq.records import (
    BindingRecord,
    ChannelRecord,
    ConnectionRecord,
    ConsumerRecord,
    ExchangeRecord,
    NodeRecord,
    PolicyRecord,
    QueueRecord,
    TotalsRecord,
)
from wqstudio.domain.reading import Reading, Unknown

MEASURED_UP_TO = 300
"""Queues in a virtual host up to which each is asked for its lengths on each poll: 0.3 ms of the node for one."""
TOPOLOGY_EVERY = 5.0
"""Seconds; bindings, exchanges, policies, connections and nodes change by hand or by deployment."""
_AT_MOST_SHARE = 1 / 4
"""Of the time, that one listing but the queues' may take: a costly one is read less often."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Topology:
    """``bindings`` by the queue they lead to. Each listing may have failed by itself."""

    bindings: Reading[Mapping[str, tuple[BindingRecord, ...]]]
    exchanges: Reading[Mapping[str, ExchangeRecord]]
    policies: Reading[Mapping[str, PolicyRecord]]
    connections: Reading[Mapping[str, ConnectionRecord]]
    nodes: Reading[Mapping[str, NodeRecord]]

    @property
    def routes(self) -> Reading[Routes]:
        if isinstance(self.exchanges, Unknown):
            return self.exchanges
        if isinstance(self.bindings, Unknown):
            return self.bindings
        return Routes(self.exchanges.values(), [each for group in self.bindings.values() for each in group])


@dataclass(frozen=True, slots=True)
class Sight:
    """A virtual host as one poll saw it, its parts read at different instants."""

    queues: Mapping[str, QueueRecord]
    """Without the studio's retry queues."""
    retries: Mapping[str, tuple[QueueRecord, ...]]
    """The studio's retry queues, by the queue that they give back to."""
    unread: Mapping[str, Unknown]
    """Queues of which only the name could be read, and why."""
    totals: Mapping[str, TotalsRecord]
    """Lengths of this instant, where they were asked for."""
    consumers: Reading[Mapping[str, tuple[ConsumerRecord, ...]]]
    """By queue."""
    channels: Reading[Mapping[str, ChannelRecord]]
    topology: Topology
    targets: Reading[Mapping[str, Target | None]]
    """Where each queue's dead letters go."""


class Poller:
    """Asks one management API, poll after poll."""

    def __init__(self, api: ManagementApi) -> None:
        self._api = api
        self._consumers = _Kept(self._read_consumers)
        self._channels = _Kept(self._read_channels)
        self._topology = _Kept(self._read_topology, every=TOPOLOGY_EVERY)
        self._targets: tuple[Topology, Mapping[str, QueueRecord], Reading[Mapping[str, Target | None]]] | None = None

    async def poll(self) -> Sight:
        """Raises ManagementError when the queues cannot be listed; other trouble is in the readings."""
        queues = await self._api.queues()
        records, retries = _apart(queues.items)
        totals = await self._measure(records)
        self._topology.expire_when(self._targets is None or self._targets[1].keys() != records.keys())
        topology = await self._topology.get()
        return Sight(
            queues=records,
            retries=retries,
            unread=queues.unread,
            totals=totals,
            consumers=await self._consumers.get(),
            channels=await self._channels.get(),
            topology=topology,
            targets=await self._find_targets(topology, records),
        )

    async def _measure(self, queues: Mapping[str, QueueRecord]) -> Mapping[str, TotalsRecord]:
        if not 0 < len(queues) <= MEASURED_UP_TO:
            return {}
        measured = await _reading(self._api.totals)
        return {} if isinstance(measured, Unknown) else {each.name: each for each in measured.items}

    async def _read_consumers(self) -> Reading[Mapping[str, tuple[ConsumerRecord, ...]]]:
        listing = await _reading(self._api.consumers)
        if isinstance(listing, Unknown):
            return listing
        by_queue: dict[str, list[ConsumerRecord]] = defaultdict(list)
        async for consumer in paced(listing.items):
            by_queue[consumer.queue.name].append(consumer)
        return {queue: tuple(consumers) for queue, consumers in by_queue.items()}

    async def _read_channels(self) -> Reading[Mapping[str, ChannelRecord]]:
        return _by_name(await _reading(self._api.channels))

    async def _read_topology(self) -> Topology:
        bindings = await _reading(self._api.bindings)
        by_queue: dict[str, list[BindingRecord]] = defaultdict(list)
        if not isinstance(bindings, Unknown):
            async for binding in paced(bindings.items):
                by_queue[binding.destination].append(binding)
        return Topology(
            bindings=bindings
            if isinstance(bindings, Unknown)
            else {queue: tuple(group) for queue, group in by_queue.items()},
            exchanges=_by_name(await _reading(self._api.exchanges)),
            policies=_by_name(await _reading(self._api.policies)),
            connections=_by_name(await _reading(self._api.connections)),
            nodes=_by_name(await _reading(self._api.nodes)),
        )

    async def _find_targets(
        self, topology: Topology, queues: Mapping[str, QueueRecord]
    ) -> Reading[Mapping[str, Target | None]]:
        """Found again only where something that they depend on is another."""
        before = self._targets
        if before is not None and before[0] is topology and _same_rules(before[1], queues):
            return before[2]
        routes = topology.routes
        targets: Reading[Mapping[str, Target | None]]
        if isinstance(routes, Unknown):
            targets = routes
        else:
            targets = {queue.name: routes.target(queue) async for queue in paced(queues.values())}
        self._targets = topology, queues, targets
        return targets


class _Kept(Generic[T]):
    """What a read gave, until it is due again."""

    def __init__(self, read: Callable[[], Awaitable[T]], every: float = 0.0) -> None:
        self._read = read
        self._every = every
        self._kept: T | None = None
        self._due = 0.0

    def expire_when(self, outdated: bool) -> None:
        if outdated:
            self._due = 0.0

    async def get(self) -> T:
        began = time.monotonic()
        if self._kept is None or began >= self._due:
            self._kept = await self._read()
            took = time.monotonic() - began
            self._due = began + max(self._every, took / _AT_MOST_SHARE)
        return self._kept


L = TypeVar("L", ChannelRecord, ExchangeRecord, PolicyRecord, ConnectionRecord, NodeRecord)


async def _reading(read: Callable[[], Awaitable[T]]) -> Reading[T]:
    try:
        return await read()
    except ManagementError as error:
        return Unknown(str(error))


def _by_name(listing: Reading[Listing[L]]) -> Reading[Mapping[str, L]]:
    return listing if isinstance(listing, Unknown) else {each.name: each for each in listing.items}


def _apart(queues: Iterable[QueueRecord]) -> tuple[dict[str, QueueRecord], Mapping[str, tuple[QueueRecord, ...]]]:
    """Retry queues are a queue's own business: they come and go with its retries."""
    others: dict[str, QueueRecord] = {}
    retries: dict[str, tuple[QueueRecord, ...]] = {}
    for queue in queues:
        if home := marks.home_of(queue.arguments, queue.name):
            retries[home] = (*retries.get(home, ()), queue)
        else:
            others[queue.name] = queue
    return others, retries


def _same_rules(before: Mapping[str, QueueRecord], now: Mapping[str, QueueRecord]) -> bool:
    return before.keys() == now.keys() and all(
        (old.arguments, old.effective_policy_definition) == (new.arguments, new.effective_policy_definition)
        for old, new in zip(before.values(), now.values(), strict=True)
    )
