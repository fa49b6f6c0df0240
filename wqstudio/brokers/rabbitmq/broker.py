"""RabbitMQ behind the ``Broker`` protocol: AMQP for what changes things, the management API for what is to be seen."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

from wqstudio.brokers.feed import EventFlow
from wqstudio.brokers.port import Link, LinkState, RefusedError, UnreachableError, Words
from wqstudio.brokers.rabbitmq import census, topology
from wqstudio.brokers.rabbitmq.amqp import address, marks
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.amqp.declared import Declared, look
from wqstudio.brokers.rabbitmq.listings import Listings
from wqstudio.brokers.rabbitmq.management import wording
from wqstudio.brokers.rabbitmq.management.delivery_limit import version_of
from wqstudio.brokers.rabbitmq.management.door import ManagementDoor
from wqstudio.brokers.rabbitmq.management.finding import Finder
from wqstudio.brokers.rabbitmq.management.measuring import MEASURED_UP_TO
from wqstudio.brokers.rabbitmq.management.naming import Names
from wqstudio.brokers.rabbitmq.management.refusals import ManagementError
from wqstudio.brokers.rabbitmq.management.sight import Sight
from wqstudio.brokers.rabbitmq.sessions import retrying
from wqstudio.brokers.rabbitmq.watching import describe, unlisted
from wqstudio.brokers.rabbitmq.watching.assembly import Assembly
from wqstudio.brokers.rabbitmq.watching.happenings import Happenings
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.events import Event
from wqstudio.domain.listing import Listing
from wqstudio.domain.queue import HeldRoutes, QueueSpec, QueueState, SettingGroup
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
    no_prefetch_limit="unlimited",
)
LOOKED_AT = 32
"""Queues on screen that are asked for themselves at each poll, at most."""


async def connect(connection: RabbitConnection) -> "RabbitBroker":
    """Connect by AMQP. Raises UnreachableError or DeniedError with the remedy; of the management API, nothing."""
    flow = EventFlow()
    addresses = address.parse_all(connection)
    finder = Finder(connection, addresses)
    names = Names(address.account(connection, addresses[0]).vhost, all_vhosts=connection.all_vhosts)
    client = await connect_client(connection, name="wqstudio monitor", on_link=flow.link)
    return RabbitBroker(client, flow, finder, names)


class RabbitBroker:
    """See ``Broker``; ``connect`` makes one."""

    def __init__(self, client: RabbitClient, flow: EventFlow, finder: Finder, names: Names) -> None:
        self._client = client
        self._flow = flow
        self._happenings = Happenings(flow)
        self._names = names
        self._door = ManagementDoor(finder, names)
        self._listings = Listings(all_vhosts=names.all_vhosts)
        self._assembly = Assembly()
        self._made: dict[str, QueueSpec] = {}
        self._retries: defaultdict[str, set[float]] = defaultdict(set)
        """Of each queue the delays of which copies may wait elsewhere."""
        self._watched: tuple[str, ...] = ()
        self._sight: Sight | None = None
        self._states: Mapping[str, QueueState] = {}
        self._unlisted: Mapping[str, QueueState] = {}
        """While there never was a management API."""

    @property
    def words(self) -> Words:
        return WORDS

    @property
    def serves_from_queues(self) -> bool:
        return True

    @property
    def counts_redeliveries(self) -> bool:
        return True

    @property
    def sees_by_name(self) -> bool:
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
            self._listings.failed(Unknown(str(error)))
            self._require_link()
            queues = await self._without_management(Unknown(str(error)))
        return Snapshot(at, time.perf_counter() - began, self._server(), queues)

    def watch(self, queues: Collection[str]) -> None:
        self._watched = tuple(queues)[:LOOKED_AT]

    def describe(self, queue: str, consumer: str = "") -> Sequence[SettingGroup]:
        if self._sight is None and not consumer and queue in self._unlisted:
            return unlisted.describe(self._unlisted[queue])
        if self._sight is None or queue not in self._sight.queues:
            return ()
        if consumer:
            return describe.consumer(self._sight, queue, consumer)
        version = version_of(str(self._client.server.get("version", "")))
        return describe.queue(self._sight, self._sight.queues[queue], version)

    async def held_routes(self, queue: str, most: int) -> HeldRoutes:
        """A queue's name leads into it."""
        del queue, most
        return HeldRoutes()

    @property
    def listings(self) -> Sequence[str]:
        return self._listings.titles

    def listing(self, title: str) -> Listing:
        return self._listings.get(title)

    def events(self) -> AsyncIterator[Event]:
        return self._flow.events()

    def check_work(self, queue: str) -> None:
        """As ``Broker.check_work``: work is done in the connection's own virtual host, whatever else is watched."""
        place = self._names.elsewhere(queue)
        if place is None:
            return
        if self._names.place(queue) == place:
            raise RefusedError(
                f"Queue {place.name} is in virtual host {place.vhost}, and this connection works in "
                f"{self._names.own} only; connect to virtual host {place.vhost} to work there."
            )
        raise RefusedError(
            f"{queue} may be that queue of {self._names.own} or the queue {place.name} of virtual host {place.vhost}; "
            "connect without watching all virtual hosts to work there."
        )

    def check_prior(self, prior: str, queue: str) -> None:
        raise RefusedError(wording.no_prior(prior, queue))

    def expect_retries(self, queue: str, delays: Collection[float]) -> None:
        self._retries[queue].update(delays)

    async def ensure(self, spec: QueueSpec) -> bool:
        self.check_work(spec.name)
        made = await topology.ensure(self._client, spec, await self._arguments(spec.name))
        self._made[spec.name] = spec
        return made

    async def in_use(self, names: Collection[str]) -> Collection[str]:
        seen = await look(self._client, names)
        return [name for name, queue in seen.items() if isinstance(queue, Declared) and queue.consumers]

    async def remove_owned(self, names: Collection[str] | None = None) -> Sequence[str]:
        for name in names or ():
            self.check_work(name)
        removed = await topology.remove_owned(
            self._client, await self._all_arguments(names), self._happenings.removing, names
        )
        for name in removed:
            self._made.pop(name, None)
        return removed

    async def remaining_tasks(self, queue: str, run: str) -> Sequence[int]:
        """As ``Broker.remaining_tasks``, save what workers hold. What is exhausted is not stuck but a dead letter."""
        self.check_work(queue)
        retries, dead = await self._retry_queues(queue), self._own_dead_letter_queues(queue)
        passing = queue in self._made and not self._made[queue].durable  # it may have gone with its broker
        return await census.remaining_tasks(self._client, queue, run, before=retries, after=dead, may_be_gone=passing)

    async def close(self) -> None:
        self._door.close()
        await self._client.close()
        self._flow.close()

    async def _poll(self, at: float) -> Mapping[str, QueueState]:
        sight = await self._door.poll(self._watched)
        looked = await look(self._client, _worth_a_look(sight, self._watched))
        states = await self._assembly.queues(sight, looked, at)
        await self._listings.saw(sight)
        await asyncio.sleep(0)  # what follows takes milliseconds with thousands of queues
        self._happenings.saw(sight)
        self._sight = sight
        return states

    async def _without_management(self, why: Unknown) -> Reading[Mapping[str, QueueState]]:
        names = dict.fromkeys([*self._made, *self._watched])
        if self._door.was_open or not names:
            return why
        before, self._unlisted = self._unlisted, unlisted.states(await look(self._client, names), self._made, why)
        return self._unlisted if self._unlisted or before else why

    async def _retry_queues(self, queue: str) -> list[str]:
        try:
            listed = await self._listed_arguments()
        except ManagementError:
            return await self._expected_retry_queues(queue)
        return [name for name, arguments in listed.items() if marks.home_of(arguments, name) == queue]

    async def _expected_retry_queues(self, queue: str) -> list[str]:
        made = [name for name, spec in self._made.items() if spec.retries_of == queue]
        return [*made, *await retrying.find(self._client, queue, self._retries.get(queue, ()))]

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

    async def _all_arguments(self, names: Collection[str] | None) -> Mapping[str, topology.Arguments]:
        """Of the queues that were made here, at least, and of the retry queues of those named (None: of all)."""
        try:
            return await self._listed_arguments()
        except ManagementError:
            if not self._made:
                raise
        known = {name: topology.queue_arguments(spec) for name, spec in self._made.items()}
        wanted = [name for name in self._made if names is None or name in names]
        retries = [retry for name in wanted for retry in await self._expected_retry_queues(name)]
        return {name: {marks.MARK: marks.RETRY} for name in retries} | known

    async def _listed_arguments(self) -> Mapping[str, topology.Arguments]:
        return {each.name: each.arguments for each in (await (await self._door.api()).own_queues()).items}

    def _require_link(self) -> None:
        if self.link.state is not LinkState.CONNECTED:
            raise UnreachableError(f"There is no connection to RabbitMQ ({self.link.reason or 'reconnecting'}).")

    def _server(self) -> str:
        server = self._client.server
        return f"{server.get('product', 'RabbitMQ')} {server.get('version', '')}".strip()


def _worth_a_look(sight: Sight, watched: Iterable[str]) -> list[str]:
    """Of the queues on screen, those whose length is not known of this instant, and that anyone may look at."""
    many = len(sight.queues) > MEASURED_UP_TO
    here = [name for name in watched if name in sight.queues and sight.names.elsewhere(name) is None]
    records = [sight.queues[name] for name in here]
    return [
        record.name
        for record in records
        if not record.exclusive
        and record.type != "stream"
        and (many or record.type == "quorum" or record.name not in sight.totals)
    ]
