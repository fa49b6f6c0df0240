"""All that belongs to one connection: its broker, its monitor, its fleet and its books."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import cached_property

from wqstudio.background import cancel, spawn
from wqstudio.brokers.factory import open_broker
from wqstudio.brokers.port import Broker, LinkState
from wqstudio.domain.commands import EnsureQueue, StartProducer, StartWorker
from wqstudio.domain.connection import Connection
from wqstudio.domain.delivery import FleetBatch
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.domain.ledger import Account, Ledger
from wqstudio.domain.reading import Reading, Unknown, known
from wqstudio.domain.scenario import Scenario
from wqstudio.domain.snapshot import Snapshot
from wqstudio.domain.worker import Phase, ProducerState, WorkerState
from wqstudio.engine.absences import Absences
from wqstudio.engine.closing import account_of
from wqstudio.engine.deaths import Deaths
from wqstudio.engine.executor import Executor
from wqstudio.engine.happenings import Happenings
from wqstudio.engine.journal.journal import JournalError
from wqstudio.engine.journal.marked import Marked
from wqstudio.engine.journal.place import place_of, placed
from wqstudio.engine.looks.dead_letters import journal_file
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.monitor import Beat, Monitor
from wqstudio.engine.moves.brought import Brought
from wqstudio.engine.moves.lifted_limits import journal_in, settle
from wqstudio.engine.stopping import final_figures, stopped
from wqstudio.engine.subscribers import Subscribers, Unsubscribe
from wqstudio.engine.timeline.timeline import Incident, Timeline
from wqstudio.fleet.supervisor import WORKER_HOSTS, Fleet

_EVENTS_KEPT = 2_000


class Studio:
    """Opened on a connection, closed with everything it started.

    Subscribers are called on the loop's thread: ``monitor.subscribe`` for beats, ``subscribe_fleet`` for
    batches about 20 times a second while the fleet works, ``subscribe_events`` for each event.
    """

    def __init__(self, connection: Connection, broker: Broker, worker_hosts: int = WORKER_HOSTS) -> None:
        self.connection = connection
        self.broker = broker
        self.run_id = secrets.token_hex(4)
        self.marked = Marked(journal_file(), place_of(connection), self._refresh)
        """What persons have said of queues; every snapshot has it."""
        self._brought = Brought(journal_file(), place_of(connection))
        self.monitor = Monitor(broker, overlay=self._known_of)
        self.ledger = Ledger(self.run_id)
        self.timeline = Timeline()
        self.absences = Absences()
        """Of the broker, since the studio opened."""
        self.events: deque[Event] = deque(maxlen=_EVENTS_KEPT)
        self._event_subscribers: Subscribers[Event] = Subscribers("events")
        self._fleet_subscribers: Subscribers[FleetBatch] = Subscribers("the fleet")
        self.fleet = Fleet(connection, self.run_id, self._on_batch, self.tell, worker_hosts)
        self._happenings = Happenings(self.fleet.workers)
        self._deaths = Deaths()
        self.monitor.subscribe(self._on_beat)
        self.executor = Executor(broker, self.fleet, self.tell, read_only=connection.read_only, owns=self._owns)
        self._fleet_moved = asyncio.Event()
        self._worker_names: dict[int, str] = {}
        """Of all that there ever were: a worker that is forgotten keeps its place in the ledger."""
        self._tasks = (
            spawn(self.monitor.run(), "monitor"),
            spawn(self._pump_events(), "broker events"),
            spawn(self._put_back_limits(), "delivery limits that were left lifted"),
        )

    @classmethod
    async def open(cls, connection: Connection, worker_hosts: int = WORKER_HOSTS) -> "Studio":
        """Raises what ``open_broker`` raises; then nothing is left behind. ``worker_hosts``: see ``Fleet``."""
        connection = await placed(connection)
        broker = await open_broker(connection)
        studio = cls(connection, broker, worker_hosts)
        try:
            if not connection.read_only:
                await studio.fleet.start()
        except BaseException:
            await studio.close()
            raise
        return studio

    def subscribe_events(self, subscriber: Callable[[Event], None]) -> Unsubscribe:
        return self._event_subscribers.add(subscriber)

    def subscribe_fleet(self, subscriber: Callable[[FleetBatch], None]) -> Unsubscribe:
        return self._fleet_subscribers.add(subscriber)

    async def _put_back_limits(self) -> None:
        """And tell of those that are lifted still, there or elsewhere."""
        with ExitStack() as stack:
            journal = await asyncio.to_thread(journal_in, journal_file())
            if journal is not None:
                stack.callback(journal.close)
            sentences = await settle(self.connection, journal, place_of(self.connection))
        for sentence in sentences:
            self.tell(Event(time.time(), Topic.QUEUE, sentence, Level.WARNING))

    def tell(self, event: Event) -> None:
        """Put an event into the log."""
        self.events.append(event)
        self._event_subscribers.tell(event)

    async def play(self, scenario: Scenario) -> None:
        """Make what the scenario needs and start those who load it, workers first."""
        self.timeline.clear(title=scenario.title)
        for queue in scenario.queues:
            await self.executor.run(EnsureQueue(queue))
        for worker in scenario.workers:
            await self.executor.run(StartWorker(worker))
        for producer in scenario.producers:
            await self.executor.run(StartProducer(producer))
        self.monitor.refresh()

    async def at_work(self) -> None:
        """Return once everyone started has its connection, or has failed to get one."""
        while any(one.phase is Phase.STARTING for one in self._load()):
            self._fleet_moved.clear()
            await self._fleet_moved.wait()

    async def settle(self) -> Account:
        """Stop producers, let workers finish what they hold, and account for every task since the studio opened."""
        await self.fleet.stop_all()

        def close(stored: Iterable[int]) -> Account:
            return self.ledger.close(stored, self._worker_names)

        account = await account_of(self.broker, sorted(self.executor.loaded), self.run_id, close)
        await self._end_timeline()
        return account

    async def _end_timeline(self) -> None:
        """Unless somebody has come meanwhile, or nobody was there."""
        figures = await asyncio.to_thread(final_figures, self.timeline)
        if self.timeline.lanes and all(one.phase.over for one in self._load()):
            self.timeline.finish(stopped(self.timeline, figures))

    async def open_desk(self) -> None:
        """Open ``desk`` in a thread: another process may be writing to its journal. To be awaited before it is used."""
        if "desk" not in self.__dict__:
            self.desk = await asyncio.to_thread(self._make_desk)

    @cached_property
    def desk(self) -> Reading[Desk]:
        """Where dead letters are worked on; Unknown with the remedy where no journal can be kept of it."""
        return self._make_desk()

    def _make_desk(self) -> Reading[Desk]:
        try:
            return Desk(self.connection, journal_file(), self.tell, self._deaths.brought)
        except JournalError as error:
            return Unknown(str(error))

    async def close(self) -> None:
        """Nothing that the studio started outlives this; what it made on the broker stays."""
        if isinstance(desk := self.__dict__.get("desk"), Desk):
            await desk.close()
        await self.fleet.close()
        for task in self._tasks:
            await cancel(task)
        self.marked.close()
        self._brought.close()
        await self.broker.close()

    async def _known_of(self, snapshot: Snapshot) -> Snapshot:
        """With what persons have said, and once it is known what other processes have moved meanwhile."""
        desk = self.__dict__.get("desk")
        for queue, count in await self._brought.news(desk.begun if isinstance(desk, Desk) else ()):
            self._deaths.brought(snapshot.at, queue, count)
        return await self.marked.laid_over(snapshot)

    def _refresh(self) -> None:
        self.monitor.refresh()

    def _owns(self, queue: str) -> bool:
        snapshot = self.monitor.snapshot
        state = known(snapshot.queues, {}).get(queue) if snapshot is not None else None
        return state is not None and state.owned

    def _load(self) -> list[WorkerState | ProducerState]:
        return [*self.fleet.workers.values(), *self.fleet.producers.values()]

    def _on_batch(self, batch: FleetBatch) -> None:
        for confirmed in batch.confirmed:
            self.ledger.confirm(confirmed)
        self.ledger.settle(batch.settled)
        self.ledger.hear((*batch.workers, *batch.producers))
        self.timeline.take(batch)
        self._worker_names.update((worker.id, worker.spec.name) for worker in batch.workers)
        self._fleet_moved.set()
        for event in self._happenings.of(batch):
            self.tell(event)
        self._fleet_subscribers.tell(batch)

    def _on_beat(self, beat: Beat) -> None:
        if beat.snapshot is None or beat.failure is not None:
            return
        queues = beat.changes.queues
        for event in self._deaths.of(beat.snapshot, (*queues.added, *queues.changed)):
            self.tell(event)

    async def _pump_events(self) -> None:
        async for event in self.broker.events():
            self._deaths.heard(event)
            self.absences.hear(self.broker.link)
            if event.at == self.broker.link.since and self.broker.link.state is LinkState.RECONNECTING:
                self.timeline.note(Incident(event.at, "connection lost"))
            self.tell(event)
