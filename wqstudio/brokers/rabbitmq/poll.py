"""One poll of the management API: each listing as often as its cost and its use allow. Reads, and decides nothing."""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Generic, TypeVar

import msgspec

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.rabbitmq import marks
from wqstudio.brokers.rabbitmq.decoding import Listing
from wqstudio.brokers.rabbitmq.management import ManagementApi
from wqstudio.brokers.rabbitmq.naming import Names, Place
from wqstudio.brokers.rabbitmq.records import (
    BindingRecord,
    ChannelRecord,
    ConnectionRecord,
    ConsumerRecord,
    ExchangeRecord,
    NodeRecord,
    Overview,
    PolicyRecord,
    QueueRecord,
    TotalsRecord,
)
from wqstudio.brokers.rabbitmq.refusals import ManagementError
from wqstudio.brokers.rabbitmq.rules import RuleBook
from wqstudio.brokers.rabbitmq.sight import Sight, Topology
from wqstudio.domain.reading import Reading, Unknown

MEASURED_UP_TO = 300
"""Queues in sight up to which each is asked for its lengths on each poll: 0.3 ms of the node for one."""
TOPOLOGY_EVERY = 5.0
"""Seconds; bindings, exchanges, policies, connections and nodes change by hand or by deployment."""
_AT_MOST_SHARE = 1 / 4
"""Of the time, that one listing but the queues' may take: a costly one is read less often."""

T = TypeVar("T")


class Poller:
    """Asks one management API, poll after poll."""

    def __init__(self, api: ManagementApi, names: Names, overview: Overview) -> None:
        self._api = api
        self._names = names
        self._no_rates = _no_rates(overview)
        self._consumers = _Kept(self._read_consumers)
        self._channels = _Kept(self._read_channels)
        self._topology = _Kept(self._read_topology, every=TOPOLOGY_EVERY)
        self._rules = RuleBook(names)

    async def poll(self) -> Sight:
        """Raises ManagementError when the queues cannot be listed; other trouble is in the readings."""
        listing = await self._api.queues()
        await self._names.learn([*(Place(queue.vhost, queue.name) for queue in listing.items), *listing.unread])
        queues, retries = await self._apart(listing.items)
        totals = await self._measure(queues)
        self._topology.expire_when(not self._rules.knows(queues))
        topology = await self._topology.get()
        return Sight(
            names=self._names,
            queues=queues,
            retries=retries,
            unread={self._names.shown(place): why for place, why in listing.unread.items()},
            totals=totals,
            consumers=await self._consumers.get(),
            channels=await self._channels.get(),
            topology=topology,
            rules=await self._rules.read(topology, queues),
            no_rates=self._no_rates,
        )

    async def _apart(
        self, queues: Iterable[QueueRecord]
    ) -> tuple[dict[str, QueueRecord], Mapping[str, tuple[QueueRecord, ...]]]:
        """Retry queues are a queue's own business: they come and go with its retries."""
        others: dict[str, QueueRecord] = {}
        retries: dict[str, tuple[QueueRecord, ...]] = {}
        async for queue in paced(queues):
            name = self._names.shown(Place(queue.vhost, queue.name))
            if home := marks.home_of(queue.arguments, queue.name):
                home = self._names.shown(Place(queue.vhost, home))
                retries[home] = (*retries.get(home, ()), _called(queue, name))
            else:
                others[name] = _called(queue, name)
        return others, retries

    async def _measure(self, queues: Mapping[str, QueueRecord]) -> Mapping[str, TotalsRecord]:
        if not 0 < len(queues) <= MEASURED_UP_TO:
            return {}
        measured = await _reading(self._api.totals)
        if isinstance(measured, Unknown):
            return {}
        return {self._names.shown(Place(each.vhost, each.name)): each for each in measured.items}

    async def _read_consumers(self) -> Reading[Mapping[str, tuple[ConsumerRecord, ...]]]:
        listing = await _reading(self._api.consumers)
        if isinstance(listing, Unknown):
            return listing
        by_queue: dict[str, list[ConsumerRecord]] = defaultdict(list)
        async for consumer in paced(listing.items):
            by_queue[self._names.shown(Place(consumer.queue.vhost, consumer.queue.name))].append(consumer)
        return {queue: tuple(consumers) for queue, consumers in by_queue.items()}

    async def _read_channels(self) -> Reading[Mapping[str, ChannelRecord]]:
        return _by_name(await _reading(self._api.channels))

    async def _read_topology(self) -> Topology:
        bindings = await _reading(self._api.bindings)
        return Topology(
            bindings=bindings if isinstance(bindings, Unknown) else bindings.items,
            bindings_to=bindings if isinstance(bindings, Unknown) else await self._by_queue(bindings.items),
            exchanges=_by_place(await _reading(self._api.exchanges)),
            policies=_by_place(await _reading(self._api.policies)),
            operator_policies=_by_place(await _reading(self._api.operator_policies)),
            connections=_by_name(await _reading(self._api.connections)),
            nodes=_by_name(await _reading(self._api.nodes)),
        )

    async def _by_queue(self, bindings: Iterable[BindingRecord]) -> Mapping[str, tuple[BindingRecord, ...]]:
        groups: dict[str, list[BindingRecord]] = defaultdict(list)
        async for binding in paced(bindings):
            if binding.destination_type == "queue":
                groups[self._names.shown(Place(binding.vhost, binding.destination))].append(binding)
        return {queue: tuple(group) for queue, group in groups.items()}


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


N = TypeVar("N", ChannelRecord, ConnectionRecord, NodeRecord)
P = TypeVar("P", ExchangeRecord, PolicyRecord)


async def _reading(read: Callable[[], Awaitable[T]]) -> Reading[T]:
    try:
        return await read()
    except ManagementError as error:
        return Unknown(str(error))


def _by_name(listing: Reading[Listing[N]]) -> Reading[Mapping[str, N]]:
    """Of what is named once in a cluster."""
    return listing if isinstance(listing, Unknown) else {each.name: each for each in listing.items}


def _by_place(listing: Reading[Listing[P]]) -> Reading[Mapping[Place, P]]:
    if isinstance(listing, Unknown):
        return listing
    return {Place(each.vhost, each.name): each for each in listing.items}


def _called(queue: QueueRecord, name: str) -> QueueRecord:
    return queue if queue.name == name else msgspec.structs.replace(queue, name=name)


def _no_rates(overview: Overview) -> Unknown | None:
    if overview.disable_stats or overview.rates_mode == "none":
        return Unknown("the node reckons no rates (its configuration says so)")
    return None
