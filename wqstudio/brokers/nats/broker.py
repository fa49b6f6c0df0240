"""NATS JetStream behind the ``Broker`` protocol: control traffic on one connection that reconnects by itself."""

import re
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import nats.errors

from wqstudio.brokers.nats import topology
from wqstudio.brokers.nats.jetstream import census
from wqstudio.brokers.nats.jetstream.accounting import Split
from wqstudio.brokers.nats.jetstream.api import STREAM_NOT_FOUND, ApiError, JetStreamApi
from wqstudio.brokers.nats.jetstream.poll import Observed, poll
from wqstudio.brokers.nats.jetstream.requests import Requests, TimedOutError
from wqstudio.brokers.nats.link import errors
from wqstudio.brokers.nats.link.client import StudioClient
from wqstudio.brokers.nats.link.connecting import connect_client
from wqstudio.brokers.nats.watching import describe, held_subjects, readings
from wqstudio.brokers.nats.watching.death_signs import DeathSigns
from wqstudio.brokers.nats.watching.feed import Feed
from wqstudio.brokers.nats.watching.in_use import in_use
from wqstudio.brokers.nats.watching.reckoning import Reckoning
from wqstudio.brokers.pacing import paced
from wqstudio.brokers.port import BrokerError, Link, LinkState, UnreachableError, Words
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.events import Event
from wqstudio.domain.listing import Listing
from wqstudio.domain.queue import HeldRoutes, QueueSpec, QueueState, SettingGroup
from wqstudio.domain.reading import Reading, Unknown, known
from wqstudio.domain.snapshot import Snapshot

WORDS = Words(
    product="NATS JetStream",
    queue="stream",
    queues="streams",
    consumer="consumer",
    waiting="pending",
    in_flight="ack pending",
    prefetch="pull size",
)


async def connect(connection: NatsConnection) -> "NatsBroker":
    """Connect and listen for advisories. Raises UnreachableError or DeniedError with the remedy."""
    watch = _LinkWatch()
    client = await connect_client(connection, name="wqstudio monitor", on_link=watch.tell)
    broker = NatsBroker(client, watch)
    try:
        await broker.open()
    except BaseException:
        await client.close()
        raise
    return broker


class _LinkWatch:
    """Keeps the link's state from before there is a broker to tell."""

    def __init__(self) -> None:
        self.link = Link(LinkState.RECONNECTING, time.time())
        self.listeners: list[Callable[[Link], None]] = []

    def tell(self, link: Link) -> None:
        self.link = link
        for listener in self.listeners:
            listener(link)


class NatsBroker:
    """See ``Broker``; ``connect`` makes one."""

    def __init__(self, client: StudioClient, watch: _LinkWatch) -> None:
        self._client = client
        self._watch = watch
        self._requests = Requests(client)
        self._api = JetStreamApi(self._requests)
        self._feed = Feed()
        self._reckoning = Reckoning(self._api)
        self._signs = DeathSigns(self._api)
        self._built: Mapping[str, _Built] = {}
        self._in_memory: set[str] = set()
        """Streams that were asked for here and go with their server."""

    @property
    def words(self) -> Words:
        return WORDS

    @property
    def serves_from_queues(self) -> bool:
        return False

    @property
    def counts_redeliveries(self) -> bool:
        return False

    @property
    def sees_by_name(self) -> bool:
        return False

    @property
    def link(self) -> Link:
        return self._watch.link

    async def open(self) -> None:
        self._feed.link(self._watch.link)
        self._watch.listeners += [self._requests.link, self._feed.link]
        self._client.on_denial = self._denied
        try:
            await self._requests.open()
            await self._feed.open(self._client)
            await self._client.settle()  # from here on nothing that happens is missed
        except (nats.errors.Error, OSError) as error:
            raise errors.of_call(error, "Listening for answers") from error

    async def snapshot(self) -> Snapshot:
        """As ``Broker.snapshot``. A listing that the server refuses or leaves unanswered makes the queues unknown."""
        at, began = time.time(), time.perf_counter()
        queues: Reading[Mapping[str, QueueState]]
        try:
            observed = await poll(self._api)
            await self._reckoning.update(observed)
            await self._signs.update(observed)
            queues = await self._readings(observed)
        except BrokerError as error:
            if isinstance(error, UnreachableError) and not isinstance(error, TimedOutError):
                raise
            queues = Unknown(str(error))
        return Snapshot(at, time.perf_counter() - began, f"NATS {self._client.server_version}", queues)

    def watch(self, queues: Collection[str]) -> None:
        """Every poll is fresh already."""

    def describe(self, queue: str, consumer: str = "") -> Sequence[SettingGroup]:
        if queue not in self._built:
            return ()
        observed = self._built[queue].source.observed
        if not consumer:
            return () if isinstance(observed.stream, Unknown) else describe.stream(observed.stream)
        return next((describe.consumer(each) for each in known(observed.consumers, ()) if each.name == consumer), ())

    async def held_routes(self, queue: str, most: int) -> HeldRoutes:
        return await held_subjects.read(self._api, queue, most)

    @property
    def listings(self) -> Sequence[str]:
        return ()

    def listing(self, title: str) -> Listing:
        raise KeyError(title)

    def events(self) -> AsyncIterator[Event]:
        return self._feed.events()

    def check_work(self, queue: str) -> None:
        """What an account sees, it may work on as far as its permissions go, which the server tells when asked."""

    def expect_retries(self, queue: str, delays: Collection[float]) -> None:
        """What is given back stays in its stream."""

    def check_prior(self, prior: str, queue: str) -> None:
        """A worker pulls from whichever it likes."""

    async def ensure(self, spec: QueueSpec) -> bool:
        made = await topology.ensure(self._api, self._feed.removing, spec)
        if spec.in_memory:
            self._in_memory.add(spec.name)
        return made

    async def in_use(self, names: Collection[str]) -> Collection[str]:
        return await in_use(self._api, names)

    async def remove_owned(self, names: Collection[str] | None = None) -> Sequence[str]:
        return await topology.remove_owned(self._api, self._feed.removing, names)

    async def remaining_tasks(self, queue: str, run: str) -> Sequence[int]:
        version = tuple(int(number) for number in re.findall(r"\d+", self._client.server_version)[:2])
        try:
            return await census.remaining_tasks(self._api, version, queue, run)
        except ApiError as error:
            if error.err_code == STREAM_NOT_FOUND and queue in self._in_memory:
                return []  # it went with its server, and all that was in it
            raise

    async def close(self) -> None:
        self._feed.close()
        await self._client.close()

    def _denied(self, violation: str) -> None:
        self._requests.denied(violation)
        self._feed.denied(violation)

    async def _readings(self, observed: Mapping[str, Observed]) -> dict[str, QueueState]:
        built: dict[str, _Built] = {}
        async for each in paced(observed.values()):
            built[each.name] = self._build(each)
        self._built = built
        return {name: each.state for name, each in built.items()}

    def _build(self, each: Observed) -> "_Built":
        name = each.name
        source = _Source(each, self._reckoning.split(name), self._reckoning.acked(name), self._signs.found(name))
        before = self._built.get(name)
        if before is not None and before.source == source:
            return before
        if isinstance(each.stream, Unknown):
            return _Built(source, readings.unreadable_queue(name, each.stream))
        return _Built(source, readings.queue(each, each.stream, source.split, source.acked, told=source.told))


class _Source(NamedTuple):
    observed: Observed
    split: Reading[Split]
    acked: int
    told: bool


class _Built(NamedTuple):
    """Readings, and what they were made from: while that is the same, they are not made again."""

    source: _Source
    state: QueueState
