"""One poll of the management API: each listing as often as its cost and its use allow. Reads, and decides nothing."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import TypeVar

import msgspec

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.management.api import ManagementApi
from wqstudio.brokers.rabbitmq.management.decoding import Listing
from wqstudio.brokers.rabbitmq.management.kept import Kept
from wqstudio.brokers.rabbitmq.management.measuring import Measuring
from wqstudio.brokers.rabbitmq.management.naming import Names, Place
from wqstudio.brokers.rabbitmq.management.records import (
    BindingRecord,
    ChannelRecord,
    ConnectionRecord,
    ConsumerRecord,
    ExchangeRecord,
    NodeRecord,
    Overview,
    PolicyRecord,
    QueueRecord,
)
from wqstudio.brokers.rabbitmq.management.refusals import ManagementError
from wqstudio.brokers.rabbitmq.management.rules import RuleBook
from wqstudio.brokers.rabbitmq.management.sight import Consumers, Sight, Topology
from wqstudio.domain.reading import Reading, Unknown

TOPOLOGY_EVERY = 5.0
"""Seconds; bindings, exchanges, policies, connections and nodes change by hand or by deployment."""

T = TypeVar("T")


class Poller:
    """Asks one management API, poll after poll."""

    def __init__(self, api: ManagementApi, names: Names, overview: Overview) -> None:
        self._api = api
        self._names = names
        self._no_rates, self._has_statistics = _no_rates(overview), not overview.disable_stats
        self._consumers = Kept(self._read_consumers)
        self._channels = Kept(self._read_channels)
        self._topology = Kept(self._read_topology, every=TOPOLOGY_EVERY)
        self._rules = RuleBook(names)
        self._measuring = Measuring(api, names)

    async def poll(self, watched: Collection[str]) -> Sight:
        """``watched`` are on screen: their numbers are to be fresh.

        Raises ManagementError when the queues cannot be listed; other trouble is in the readings.
        """
        listing = await self._api.queues()
        await self._names.learn([*(Place(queue.vhost, queue.name) for queue in listing.items), *listing.unread])
        queues, retries = await self._apart(listing.items)
        totals = await self._measuring.lengths(queues, retries, watched)
        self._topology.expire_when(not self._rules.knows(queues))
        topology = await self._topology.get()
        consumers = await self._consumers.get()
        return Sight(
            names=self._names,
            queues=queues,
            retries=retries,
            unread={self._names.shown(place): why for place, why in listing.unread.items()},
            totals=totals,
            consumers=consumers if isinstance(consumers, Unknown) else consumers.by_queue,
            consumers_on={} if isinstance(consumers, Unknown) else consumers.on_channel,
            channels=await self._channels.get(),
            topology=topology,
            rules=await self._rules.read(topology, queues),
            no_rates=self._no_rates,
            has_statistics=self._has_statistics,
        )

    async def _apart(
        self, queues: Iterable[QueueRecord]
    ) -> tuple[dict[str, QueueRecord], Mapping[str, tuple[QueueRecord, ...]]]:
        """Retry queues that come and go are a queue's own business; one that was asked for is to be seen as well.
        Signs of looks are nobody's.
        """
        others: dict[str, QueueRecord] = {}
        retries: dict[str, tuple[QueueRecord, ...]] = {}
        async for queue in paced(queues):
            if marks.shows_a_look(queue.arguments):
                continue
            name = self._names.shown(Place(queue.vhost, queue.name))
            if home := marks.home_of(queue.arguments, queue.name):
                home = self._names.shown(Place(queue.vhost, home))
                retries[home] = (*retries.get(home, ()), _called(queue, name))
            if not home or marks.owned(queue.arguments):
                others[name] = _called(queue, name)
        return others, retries

    async def _read_consumers(self) -> Reading[Consumers]:
        listing = await _reading(self._api.consumers)
        if isinstance(listing, Unknown):
            return listing
        by_queue: dict[str, list[ConsumerRecord]] = defaultdict(list)
        on_channel: Counter[str] = Counter()
        async for consumer in paced(listing.items):
            by_queue[self._names.shown(Place(consumer.queue.vhost, consumer.queue.name))].append(consumer)
            on_channel[consumer.channel] += 1
        return Consumers({queue: tuple(consumers) for queue, consumers in by_queue.items()}, on_channel)

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
