"""The fleet as the rest of the studio uses it: workers and producers by id, wherever they run."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from wqstudio.brokers.port import RefusedError
from wqstudio.domain.connection import Connection
from wqstudio.domain.delivery import FleetBatch
from wqstudio.domain.events import Event
from wqstudio.domain.fate import NOBODY_KNOWS, Endings
from wqstudio.domain.worker import Phase, ProducerSpec, ProducerState, WorkerSpec, WorkerState, free_place
from wqstudio.fleet import wire
from wqstudio.fleet.mix import cannot_be_published
from wqstudio.fleet.process import HostProcess
from wqstudio.fleet.roster import Roster
from wqstudio.fleet.telling import host_event, producer_event, trouble_event, worker_event

BEAT = 0.05
"""Seconds between two batches."""
MOST_WORKERS = 200
WORKER_HOSTS = 2
"""Processes that workers share: as many as there is use for on two processors."""
_CLOSE_WITHIN = 2.0
"""Seconds a host has to end by itself."""


class Fleet:
    """Simulated workers and producers in host processes.

    Used on one thread, the running loop's, be it asyncio's own or one that Qt drives. ``on_batch`` is called with
    what happened about 20 times a second while anything does, ``on_event`` with what people should read.
    Workers share ``worker_hosts`` processes; producers have one of their own.
    """

    def __init__(
        self,
        connection: Connection,
        run: str,
        on_batch: Callable[[FleetBatch], None],
        on_event: Callable[[Event], None],
        worker_hosts: int = WORKER_HOSTS,
    ) -> None:
        self._connection = connection
        self._run = run
        self._on_batch = on_batch
        self._on_event = on_event
        self._worker_hosts = max(1, worker_hosts)
        self._roster = Roster(self._changed_phase, self._in_trouble)
        self._hosts: dict[int, HostProcess] = {}
        self._producer_host = 0
        self._last_host = 0
        self._last_id = 0
        self._timer: asyncio.TimerHandle | None = None
        self._someone_ended = asyncio.Event()
        self._untold: deque[Event] = deque()
        self._leaving: set[int] = set()

    # --- life

    async def start(self) -> None:
        """Start the hosts ahead of need: a process takes a while to come up, and a worker must not."""
        try:
            for _ in range(self._worker_hosts):
                self._new_host()
            self._producer_host = self._new_host().number
        except BaseException:
            await self.close()
            raise
        self._beat()

    async def stop_all(self, timeout: float = 30.0) -> bool:  # noqa: ASYNC109 - ends by crashing what is left
        """Stop everything in good order, producers and workers alike.

        False: after ``timeout`` seconds some had not finished, and were crashed; those whose host does not even do
        that within ``_CLOSE_WITHIN`` seconds end with the host.
        """
        for id_ in self._live():
            await self.stop(id_)
        if await self._idle_within(timeout):
            return True
        for id_ in self._live():
            await self.crash(id_)
        if not await self._idle_within(_CLOSE_WITHIN):
            for number in {self._either(id_).host for id_ in self._live()} & self._hosts.keys():
                self._hosts[number].kill()
            await self.wait_idle()
        return False

    async def _idle_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.wait_idle()
        except TimeoutError:
            return False
        return True

    async def wait_idle(self) -> None:
        """Return when no worker and no producer is left that is not over, and all they did has been told."""
        while self._live():
            self._someone_ended.clear()
            await self._someone_ended.wait()

    async def close(self) -> None:
        """End every host at once; no child is left. What workers still hold is redelivered by the broker."""
        if self._timer is not None:
            self._timer.cancel()
        hosts, self._hosts = self._hosts, {}
        await asyncio.gather(*(host.close(_CLOSE_WITHIN) for host in hosts.values()))

    # --- workers and producers, which share one space of ids

    @property
    def workers(self) -> Mapping[int, WorkerState]:
        return MappingProxyType(self._roster.workers)

    @property
    def producers(self) -> Mapping[int, ProducerState]:
        return MappingProxyType(self._roster.producers)

    @property
    def hosts(self) -> Mapping[int, int]:
        """Process ids of the hosts that workers run in, by number."""
        return {number: host.pid for number, host in self._hosts.items() if number != self._producer_host}

    @property
    def leaving(self) -> frozenset[int]:
        """Workers that were told to end and are on the lists still; their host may not have said so yet."""
        self._leaving &= self._roster.workers.keys()
        stopping = (id_ for id_, worker in self.workers.items() if worker.phase is Phase.STOPPING)
        return frozenset(self._leaving).union(stopping)

    async def start_worker(self, spec: WorkerSpec, endings: Endings = NOBODY_KNOWS) -> int:
        """Its id; it is there at once, as starting. RefusedError when there are too many already.

        ``endings``: of the messages that it will be given, as far as they are known.

        It comes into the host with the fewest workers: those who come one after the other, into one host in turn.
        """
        live = [worker for worker in self.workers.values() if not worker.phase.over]
        if len(live) >= MOST_WORKERS:
            raise RefusedError(f"{MOST_WORKERS} workers run already, which is the most; stop some first.")
        if spec.speed <= 0:
            raise RefusedError(f"The speed has to be above 0, not {spec.speed}; pause the worker instead.")
        host = self._idlest_host(live)
        id_ = self._next_id()
        host.send(wire.StartWorker(id_, spec))
        place = free_place(self.workers.values())
        self._tell_of(WorkerState(id_, spec, Phase.STARTING, host.number, place=place), endings)
        return id_

    async def start_producer(self, spec: ProducerSpec) -> int:
        """Its id; it is there at once, as starting. RefusedError when nobody can publish what it says."""
        if why := cannot_be_published(spec):
            raise RefusedError(why)
        if self._producer_host not in self._hosts:
            self._producer_host = self._new_host().number
        id_ = self._next_id()
        self._hosts[self._producer_host].send(wire.StartProducer(id_, spec))
        self._tell_of(ProducerState(id_, spec, Phase.STARTING, self._producer_host))
        return id_

    async def set_speed(self, id_: int, speed: float) -> None:
        """Takes effect at once, also on the task being worked on."""
        if speed <= 0:
            raise RefusedError(f"The speed has to be above 0, not {speed}; pause the worker instead.")
        worker = self._roster.workers[id_]
        self._send(worker, wire.SetSpeed(id_, speed))
        self._roster.change_worker(replace(worker, spec=replace(worker.spec, speed=speed)))

    async def set_prefetch(self, id_: int, prefetch: int) -> None:
        """Takes effect when what was asked for by the pull before is worked off."""
        worker = self._roster.workers[id_]
        self._send(worker, wire.SetPrefetch(id_, prefetch))
        self._roster.change_worker(replace(worker, spec=replace(worker.spec, prefetch=prefetch)))

    async def set_rate(self, id_: int, rate: float) -> None:
        producer = self._roster.producers[id_]
        self._send(producer, wire.SetRate(id_, rate))
        self._roster.change_producer(replace(producer, spec=replace(producer.spec, rate=rate)))

    async def pause(self, id_: int) -> None:
        """A worker finishes the task it is at, keeps what it holds and takes nothing more."""
        self._send(self._either(id_), wire.Pause(id_))

    async def resume(self, id_: int) -> None:
        self._send(self._either(id_), wire.Resume(id_))

    async def stop(self, id_: int, *, at_work: bool = False) -> None:
        """A worker finishes what it holds; a producer waits for what is under way to be confirmed.

        ``at_work``, here and below: once the worker is in the middle of a task, which may never be.
        """
        self._have_leave(id_, wire.Stop(id_), at_work=at_work)

    async def crash(self, id_: int, *, at_work: bool = False) -> None:
        """It drops its connection, holding what it holds."""
        self._have_leave(id_, wire.Crash(id_), at_work=at_work)

    def forget(self, id_: int) -> None:
        """Take one that is over off the lists. ValueError when it is not over."""
        if not self._either(id_).phase.over:
            raise ValueError(f"{id_} still runs")
        self._roster.forget(id_)

    async def kill_host(self, number: int) -> None:
        """``kill -9``, with every worker in it; a fresh host takes its place. KeyError: there is no such host."""
        self._hosts[number].kill()
        self._leaving.update(id_ for id_, worker in self.workers.items() if worker.host == number)

    async def kill_host_at_work(self, id_: int) -> None:
        """Once that worker is in the middle of a task, its host goes, as if it were killed."""
        self._send(self._roster.workers[id_], wire.AtWork(id_, wire.Die()))

    # --- hosts

    def _new_host(self) -> HostProcess:
        self._last_host += 1
        host = self._hosts[self._last_host] = HostProcess(self._last_host, self._connection, self._run)
        return host

    def _idlest_host(self, live: Sequence[WorkerState]) -> HostProcess:
        hosts = [host for host in self._hosts.values() if host.number != self._producer_host]
        if len(hosts) < self._worker_hosts:
            return self._new_host()
        return min(hosts, key=lambda host: sum(worker.host == host.number for worker in live))

    def _beat(self) -> None:
        """Read what the hosts reported, and pass it on.

        A subscriber that raises spoils nothing: all is booked before any is told, and the next beat comes.
        """
        self._timer = asyncio.get_running_loop().call_later(BEAT, self._beat)
        for host in tuple(self._hosts.values()):
            for report in host.receive():
                self._roster.take(report)
            if host.ended:
                self._host_ended(host)
        batch = self._roster.batch()
        if any(one.phase.over for one in batch.workers) or any(one.phase.over for one in batch.producers):
            self._someone_ended.set()
        try:
            self._tell_events()
        finally:
            if batch:
                self._on_batch(batch)

    def _host_ended(self, host: HostProcess) -> None:
        del self._hosts[host.number]
        self._untold.append(host_event(host.number, self._roster.host_died(host.number, time.time())))
        if host.was_up:  # else the next would hardly come up either; it is tried when a worker wants one
            replacement = self._new_host()
            if host.number == self._producer_host:
                self._producer_host = replacement.number

    def _have_leave(self, id_: int, command: wire.Stop | wire.Crash, *, at_work: bool) -> None:
        """``at_work`` it may take for ever, and until then it stays."""
        self._send(self._either(id_), wire.AtWork(id_, command) if at_work else command)
        if not at_work:
            self._leaving.add(id_)

    def _send(self, one: WorkerState | ProducerState, command: wire.Command) -> None:
        if one.host in self._hosts:
            self._hosts[one.host].send(command)

    # --- who there is

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _either(self, id_: int) -> WorkerState | ProducerState:
        """KeyError: there is none of that id."""
        return self._roster.workers.get(id_) or self._roster.producers[id_]

    def _live(self) -> list[int]:
        producers = [one.id for one in self.producers.values() if not one.phase.over]
        return producers + [one.id for one in self.workers.values() if not one.phase.over]

    def _tell_of(self, state: WorkerState | ProducerState, endings: Endings = NOBODY_KNOWS) -> None:
        self._roster.add(state, endings)
        self._changed_phase(state)
        self._tell_events()

    def _changed_phase(self, state: WorkerState | ProducerState) -> None:
        event = worker_event(state) if isinstance(state, WorkerState) else producer_event(state)
        if event is not None:
            self._untold.append(event)

    def _in_trouble(self, state: WorkerState | ProducerState, trouble: str) -> None:
        self._untold.append(trouble_event(state, trouble))

    def _tell_events(self) -> None:
        while self._untold:
            self._on_event(self._untold.popleft())
