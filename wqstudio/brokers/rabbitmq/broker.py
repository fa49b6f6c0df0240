"""RabbitMQ behind the ``Broker`` protocol: AMQP for what changes things, the management API for what is to be seen."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

from wqstudio.brokers.feed import EventFlow
from wqstudio.brokers.port import Link, LinkState, UnreachableError, Words
from wqstudio.brokers.rabbitmq import address, census, describe, marks, topology
from wqstudio.brokers.rabbitmq.assembly import Assembly, from_declares
from wqstudio.brokers.rabbitmq.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.declared import look
from wqstudio.brokers.rabbitmq.finding import Finder
from wqstudio.brokers.rabbitmq.happenings import Happenings
from wqstudio.brokers.rabbitmq.management import ManagementApi, ManagementError
from wqstudio.brokers.rabbitmq.poll import Poller, Sight
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.events import Event
from wqstudio.domain.listing import Listing
from wqstudio.domain.queue import QueueSpec, QueueState, SettingGroup
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.snapshot import Snapshot

WORDS = Words(
    product="RabbitMQ",
    queue="queue",
    queues="queues",
    consumer="consumer",
    waiting="ready",
    in_flight="unacked",
    prefetch="prefetch",
)
FIND_AGAIN = 5.0
"""Seconds between two searches for a management API that does not answer."""
LOOKED_AT = 32
"""Queues on screen that are asked for themselves at each poll, at most."""


async def connect(connection: RabbitConnection) -> "RabbitBroker":
    """Connect by AMQP. Raises UnreachableError or DeniedError with the remedy; of the management API, nothing."""
    flow = EventFlow()
    finder = Finder(connection, address.parse_all(connection))
    client = await connect_client(connection, name="wqstudio monitor", on_link=flow.link)
    return RabbitBroker(client, flow, finder)


class RabbitBroker:
    """See ``Broker``; ``connect`` makes one."""

    def __init__(self, client: RabbitClient, flow: EventFlow, finder: Finder) -> None:
        self._client = client
        self._flow = flow
        self._happenings = Happenings(flow)
        self._door = _ManagementDoor(finder)
        self._assembly = Assembly()
        self._made: dict[str, QueueSpec] = {}
        self._watched: tuple[str, ...] = ()
        self._sight: Sight | None = None
        self._states: Mapping[str, QueueState] = {}

    @property
    def words(self) -> Words:
        return WORDS

    @property
    def serves_from_queues(self) -> bool:
        return True

    @property
    def link(self) -> Link:
        return self._client.link

    @property
    def received(self) -> int:
        """Bytes of the management API's answers as they came over the network, so far."""
        return self._door.received

    async def snapshot(self) -> Snapshot:
        """As ``Broker.snapshot``. A management API that does not answer makes the queues unknown.

        Where none ever answered, the queues known by name are shown with what AMQP tells of them.
        """
        at, began = time.time(), time.perf_counter()
        self._require_link()
        queues: Reading[Mapping[str, QueueState]]
        try:
            queues = self._states = await self._poll(at)
        except ManagementError as error:
            self._require_link()
            queues = await self._without_management(Unknown(str(error)))
        return Snapshot(at, time.perf_counter() - began, self._server(), queues)

    def watch(self, queues: Collection[str]) -> None:
        self._watched = tuple(queues)[:LOOKED_AT]

    def describe(self, queue: str, consumer: str = "") -> Sequence[SettingGroup]:
        if self._sight is None or queue not in self._sight.queues:
            return ()
        if consumer:
            return describe.consumer(self._sight, queue, consumer)
        return describe.queue(self._sight, self._sight.queues[queue])

    @property
    def listings(self) -> Sequence[str]:
        return ()

    def listing(self, title: str) -> Listing:
        raise KeyError(title)

    def events(self) -> AsyncIterator[Event]:
        return self._flow.events()

    async def ensure(self, spec: QueueSpec) -> bool:
        made = await topology.ensure(self._client, spec, await self._arguments(spec.name))
        self._made[spec.name] = spec
        return made

    async def remove_owned(self, names: Collection[str] | None = None) -> Sequence[str]:
        removed = await topology.remove_owned(
            self._client, await self._all_arguments(), self._happenings.removing, names
        )
        for name in removed:
            self._made.pop(name, None)
        return removed

    async def remaining_tasks(self, queue: str, run: str) -> Sequence[int]:
        """As ``Broker.remaining_tasks``, save what workers hold. What is exhausted is not stuck but a dead letter.

        Without a management API, what waits for its next try cannot be found.
        """
        retries, dead = await self._retry_queues(queue), self._own_dead_letter_queues(queue)
        return await census.remaining_tasks(self._client, queue, run, before=retries, after=dead)

    async def close(self) -> None:
        self._door.close()
        await self._client.close()
        self._flow.close()

    async def _poll(self, at: float) -> Mapping[str, QueueState]:
        sight = await self._door.poll()
        looked = await look(self._client, _worth_a_look(sight, self._watched))
        states = await self._assembly.queues(sight, looked, at)
        self._happenings.saw(sight)
        self._sight = sight
        return states

    async def _without_management(self, why: Unknown) -> Reading[Mapping[str, QueueState]]:
        names = dict.fromkeys([*self._made, *self._watched])
        if self._door.was_open or not names:
            return why
        return from_declares(await look(self._client, names), why)

    async def _retry_queues(self, queue: str) -> list[str]:
        try:
            every = await self._all_arguments()
        except ManagementError:
            return []
        return [name for name, arguments in every.items() if marks.home_of(arguments, name) == queue]

    def _own_dead_letter_queues(self, queue: str) -> list[str]:
        """Looking into one that somebody else made would touch what is not ours."""
        made = [name for name, spec in self._made.items() if spec.dead_letters_of == queue]
        state = self._states.get(queue)
        seen = [self._states.get(name) for name in state.dead_letter_queues] if state is not None else []
        return list(dict.fromkeys([*made, *(each.name for each in seen if each is not None and each.owned)]))

    async def _arguments(self, queue: str) -> Reading[topology.Arguments | None]:
        """Of a queue that may be there; None: it is not."""
        if queue in self._made:
            return topology.queue_arguments(self._made[queue])
        try:
            record = await (await self._door.api()).queue(queue)
        except ManagementError as error:
            return Unknown(str(error))
        return None if record is None else record.arguments

    async def _all_arguments(self) -> Mapping[str, topology.Arguments]:
        try:
            return {each.name: each.arguments for each in (await (await self._door.api()).queues()).items}
        except ManagementError:
            if not self._made:
                raise
            return {name: topology.queue_arguments(spec) for name, spec in self._made.items()}

    def _require_link(self) -> None:
        if self.link.state is not LinkState.CONNECTED:
            raise UnreachableError(f"There is no connection to RabbitMQ ({self.link.reason or 'reconnecting'}).")

    def _server(self) -> str:
        server = self._client.server
        return f"{server.get('product', 'RabbitMQ')} {server.get('version', '')}".strip()


class _ManagementDoor:
    """The management API once it is found, looked for again where it ceased to answer."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._open: tuple[ManagementApi, Poller] | None = None
        self._failure: ManagementError | None = None
        self._again = 0.0
        self._finding = asyncio.Lock()
        self._received = 0
        self.was_open = False
        """It has listed queues at least once."""

    @property
    def received(self) -> int:
        return self._received + (self._open[0].received if self._open is not None else 0)

    async def api(self) -> ManagementApi:
        return (await self._opened())[0]

    async def poll(self) -> Sight:
        _, poller = await self._opened()
        try:
            sight = await poller.poll()
        except ManagementError as error:
            if not error.status:
                self._shut()  # it may be elsewhere by now: another node of the cluster
            raise
        self.was_open = True
        return sight

    def close(self) -> None:
        self._shut()

    async def _opened(self) -> tuple[ManagementApi, Poller]:
        async with self._finding:
            if self._open is None:
                self._open = await self._find()
            return self._open

    async def _find(self) -> tuple[ManagementApi, Poller]:
        if self._failure is not None and time.monotonic() < self._again:
            raise self._failure
        try:
            api, _ = await self._finder.find()
        except ManagementError as error:
            self._failure, self._again = error, time.monotonic() + (0.0 if self.was_open else FIND_AGAIN)
            raise
        return api, Poller(api)

    def _shut(self) -> None:
        if self._open is not None:
            self._received += self._open[0].received
            self._open[0].close()
            self._open = None


def _worth_a_look(sight: Sight, watched: Iterable[str]) -> list[str]:
    """Of the queues on screen, those whose length is not known of this instant, and that anyone may look at."""
    records = [sight.queues[name] for name in watched if name in sight.queues]
    return [
        record.name
        for record in records
        if not record.exclusive
        and record.type != "stream"
        and (record.type == "quorum" or record.name not in sight.totals)
    ]
