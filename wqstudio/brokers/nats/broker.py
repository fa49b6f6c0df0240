"""NATS JetStream behind the ``Broker`` protocol: control traffic on one connection that reconnects by itself."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

import nats.errors

from wqstudio.brokers.nats import census, client as nats_client, describe, errors, readings, topology
from wqstudio.brokers.nats.api import JetStreamApi
from wqstudio.brokers.nats.feed import Feed
from wqstudio.brokers.nats.poll import Observed, poll
from wqstudio.brokers.nats.reckoning import Reckoning
from wqstudio.brokers.nats.requests import Requests, TimedOutError
from wqstudio.brokers.port import BrokerError, Link, LinkState, UnreachableError, Words
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.events import Event
from wqstudio.domain.queue import QueueSpec, QueueState, SettingGroup
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
BUILT_AT_ONCE = 64
"""Streams turned into readings before the loop gets its turn: well under a millisecond."""


async def connect(connection: NatsConnection) -> "NatsBroker":
    """Connect and listen for advisories. Raises UnreachableError or DeniedError with the remedy."""
    watch = _LinkWatch()
    client = await nats_client.connect_client(connection, name="wqstudio monitor", on_link=watch.tell)
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

    def __init__(self, client: nats_client.StudioClient, watch: _LinkWatch) -> None:
        self._client = client
        self._watch = watch
        self._requests = Requests(client)
        self._api = JetStreamApi(self._requests)
        self._feed = Feed()
        self._reckoning = Reckoning(self._api)
        self._observed: Mapping[str, Observed] = {}

    @property
    def words(self) -> Words:
        return WORDS

    @property
    def link(self) -> Link:
        return self._watch.link

    async def open(self) -> None:
        self._feed.link(self._watch.link)
        self._watch.listeners += [self._requests.link, self._feed.link]
        self._client.on_denial = self._requests.denied
        try:
            await self._requests.open()
            await self._feed.open(self._client)
        except (nats.errors.Error, OSError) as error:
            raise errors.of_call(error, "Listening for answers") from error

    async def snapshot(self) -> Snapshot:
        """As ``Broker.snapshot``. A listing that the server refuses or leaves unanswered makes the queues unknown."""
        at, began = time.time(), time.perf_counter()
        queues: Reading[Mapping[str, QueueState]]
        try:
            observed = await poll(self._api)
            await self._reckoning.update(observed)
            queues = await self._readings(observed)
            self._observed = observed
        except BrokerError as error:
            if isinstance(error, UnreachableError) and not isinstance(error, TimedOutError):
                raise
            queues = Unknown(str(error))
        return Snapshot(at, time.perf_counter() - began, f"NATS {self._client.server_version}", queues)

    def describe(self, queue: str, consumer: str = "") -> Sequence[SettingGroup]:
        observed = self._observed.get(queue)
        if observed is None:
            return ()
        if not consumer:
            return () if isinstance(observed.stream, Unknown) else describe.stream(observed.stream)
        return next((describe.consumer(each) for each in known(observed.consumers, ()) if each.name == consumer), ())

    def events(self) -> AsyncIterator[Event]:
        return self._feed.events()

    async def ensure(self, spec: QueueSpec) -> None:
        await topology.ensure(self._api, spec)

    async def remove_owned(self) -> Sequence[str]:
        return await topology.remove_owned(self._api, self._feed.removing)

    async def remaining_tasks(self, queue: str, run: str) -> Sequence[int]:
        version = tuple(int(number) for number in re.findall(r"\d+", self._client.server_version)[:2])
        return await census.remaining_tasks(self._api, version, queue, run)

    async def close(self) -> None:
        self._feed.close()
        await self._client.close()

    async def _readings(self, observed: Mapping[str, Observed]) -> dict[str, QueueState]:
        queues: dict[str, QueueState] = {}
        for number, (name, each) in enumerate(observed.items(), 1):
            queues[name] = self._reading(each)
            if number % BUILT_AT_ONCE == 0:
                await asyncio.sleep(0)
        return queues

    def _reading(self, each: Observed) -> QueueState:
        if isinstance(each.stream, Unknown):
            return readings.unreadable_queue(each.name, each.stream)
        return readings.queue(each, each.stream, self._reckoning.split(each.name), self._reckoning.acked(each.name))
