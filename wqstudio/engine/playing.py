"""Plays a scenario on an open studio, from making its queues to clearing them away, and tells what came of it."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wqstudio.background import uninterrupted
from wqstudio.brokers.port import BrokerError, UnsupportedError
from wqstudio.domain.commands import EnsureQueue, RemoveOwnQueues
from wqstudio.domain.connection import Product
from wqstudio.domain.dispatch import figures
from wqstudio.domain.events import Event, Topic
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import Unknown, known
from wqstudio.domain.scenario import Fault, FaultAction, Scenario, Start
from wqstudio.domain.worker import Phase
from wqstudio.engine.closing import account_of
from wqstudio.engine.playing_cast import Cast
from wqstudio.engine.playing_faults import Faults, Restart
from wqstudio.engine.run_figures import Evidence, published
from wqstudio.engine.studio import Studio
from wqstudio.engine.timeline import Finished, Incident
from wqstudio.engine.working_off import working_off

_IDLE = 1.0
"""Seconds with nothing to do after which the broker is asked whether there is any work left."""
_LOOK = 0.25
"""Seconds between two looks whether it is over, while nothing happens."""
_POLL_WITHIN = 5.0
_CLEAR_WITHIN = 15.0
"""Seconds that removing queues may take: whoever ends the studio waits for it."""
_LETTERS_WITHIN = 4.0
"""Seconds for the last dead letters to arrive, and for the broker to count them."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One scenario played once."""

    scenario: Scenario
    """As it was played: varied by its setting, and adapted to the broker."""
    setting: str
    """Its name; empty: as the scenario is written."""
    product: Product
    evidence: Evidence
    refusals: tuple[str, ...]
    """What the broker said where it would not do what the scenario asked for."""
    missed: tuple[Fault, ...] = ()
    """What waited in vain for somebody to be at work."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is."""

    seconds: float | None
    """Since it began; None: its queues are being made and filled, and its workers started."""
    coming: Fault | None
    """What is done next."""
    acknowledged: int
    """By its workers, repeated ones among them."""
    working_off: float | None = 0.0
    """Seconds until the last worker has done what it holds, each at its own pace so far; None: one has none yet."""


class Player:
    """Plays one scenario after the other on a studio; what else the studio does is neither counted nor stopped."""

    def __init__(self, studio: Studio, restart: Restart | None = None) -> None:
        """``restart`` restarts the broker and returns once it answers; None: that is not ours to do."""
        self._studio = studio
        self._restart = restart
        self._before: Cast | None = None
        self._performance: _Performance | None = None
        self._finishing = False
        self.left_behind = ""
        """Which queues of the last run could not be removed, and why; empty: they were, or were to be kept."""

    async def play(self, scenario: Scenario, setting: str = "", *, keep: bool = False) -> Run:
        """The scenario has to be adapted to the studio's product. ``keep``: leave what was made on the broker.

        UnsupportedError before anything is touched when it cannot be played here; other BrokerErrors come from the way.
        Queues of the scenario's names that the studio made earlier are removed, so that nothing in them counts.
        """
        self._check(scenario)
        self.left_behind, self._finishing = "", False
        if self._before is not None:
            self._before.forget()
        names = tuple(queue.name for queue in scenario.queues)
        await self._remove(await self._left_over(names))
        fleet = self._studio.fleet
        phases = [one.phase for one in fleet.workers.values()] + [one.phase for one in fleet.producers.values()]
        alone = all(phase.over for phase in phases)
        # What is left of others waits for nobody.
        title = ", ".join(filter(None, (scenario.title, setting)))
        self._studio.timeline.clear(waits=not alone, title=title)
        cast = self._before = Cast(self._studio, scenario.queues)
        try:
            for queue in scenario.queues:
                await uninterrupted(self._studio.executor.run(EnsureQueue(queue)))  # else it may be there, unknown
            self._performance = _Performance(self._studio, scenario, cast, self._restart)
            if self._finishing:
                await self._performance.finish()
            run = await self._performance.run(setting)
            self._studio.timeline.finish(_finished(run.evidence))
            return run
        finally:
            self._performance = None
            await uninterrupted(self._leave(cast, () if keep else names))

    async def _left_over(self, names: tuple[str, ...]) -> list[str]:
        """Queues of these names that the studio made before, as far as can be known."""
        made, there = self._studio.executor.made, await _queues_now(self._studio)
        return [name for name in names if name in made or (name in there and there[name].owned)]

    async def _remove(self, names: Sequence[str]) -> None:
        if names:
            await self._studio.executor.run(RemoveOwnQueues(tuple(names)))

    @property
    def progress(self) -> Progress | None:
        """None while nothing is played."""
        return None if self._performance is None else self._performance.progress

    async def finish(self) -> None:
        """Have the run end now, in good order: ``play`` returns what came of it so far."""
        self._finishing = True
        if self._performance is not None:
            await self._performance.finish()

    def _check(self, scenario: Scenario) -> None:
        if self._restart is None and any(fault.action is FaultAction.RESTART_BROKER for fault in scenario.faults):
            raise UnsupportedError(
                f"{scenario.title} restarts the broker, which the studio does only to one that it runs itself; "
                "play it on a local broker."
            )

    async def _leave(self, cast: Cast, names: tuple[str, ...]) -> None:
        """Nobody is left at work, nor any of the queues, whatever happened before."""
        try:
            await cast.leave()
        finally:
            await self._clear_away(names)

    async def _clear_away(self, names: tuple[str, ...]) -> None:
        """What came of the run counts also where something could not be removed."""
        made = [name for name in names if name in self._studio.executor.made]
        try:
            async with asyncio.timeout(_CLEAR_WITHIN):
                await self._remove(made)
        except BrokerError as error:
            self.left_behind = f"{', '.join(made)}: {error}"
        except TimeoutError:
            self.left_behind = f"{', '.join(made)}: the broker has not answered for {_CLEAR_WITHIN:g} s"


class _Performance:
    """One run, on queues that are there."""

    def __init__(self, studio: Studio, scenario: Scenario, cast: Cast, restart: Restart | None) -> None:
        self._studio, self._scenario, self._cast = studio, scenario, cast
        self._faults = Faults(studio, scenario, cast, restart)
        self._idle_since: float | None = None
        self._finishing = False
        self._passed: float | None = None
        self._next: Fault | None = None

    @property
    def progress(self) -> Progress:
        workers = self._cast.workers()
        acked, left = sum(one.acked for one in workers), working_off(workers, self._passed or 0.0)
        return Progress(self._passed, self._next, acked, left)

    async def finish(self) -> None:
        """Also while the queues are being filled."""
        self._finishing = True
        await self._cast.stop_producers()

    async def run(self, setting: str) -> Run:
        began = await self._begin()
        drained = await self._until_over(began)
        missed = self._faults.missed()
        unpublished = self._cast.unpublished(
            self._scenario.faults
        )  # before those that are too slow to stop are crashed
        if not drained:
            await self._cast.stop()
        ended = time.time()
        letters = await self._dead_letters()  # before workers leave: NATS tells of a death while somebody asks for work
        await self._cast.stop()
        return Run(
            scenario=self._scenario,
            setting=setting,
            product=self._studio.connection.product,
            evidence=replace(
                await self._evidence(began, ended, letters, drained=drained),
                unpublished=unpublished,
                missed=len(missed),
            ),
            refusals=tuple(self._faults.refusals),
            missed=missed,
        )

    async def _begin(self) -> float:
        """The unix time from when on seconds are counted, by faults and by figures: when who comes second starts."""
        if self._scenario.start is Start.FILLED:
            await self._start_producers()
            await self._cast.produced()
            began = time.time()
            await self._start_workers()
        else:
            await self._start_workers()
            await self._cast.at_work()
            began = time.time()
            await self._start_producers()
        await self._cast.at_work()
        return began

    async def _start_workers(self) -> None:
        for worker in self._scenario.workers:
            if worker.name not in self._scenario.latecomers:
                await self._cast.start_worker(worker)

    async def _start_producers(self) -> None:
        for producer in self._scenario.producers:
            if producer.name not in self._scenario.latecomers:
                await self._cast.start_producer(producer)

    async def _until_over(self, since: float) -> bool:
        """Whether all work was done before the time was up. Faults come on time meanwhile, counted from ``since``."""
        clock = asyncio.get_running_loop().time
        began = clock() - (time.time() - since)
        coming = sorted(self._scenario.faults, key=lambda fault: fault.at)
        while not self._finishing and (passed := clock() - began) < self._scenario.seconds:
            self._passed, self._next = passed, coming[0] if coming else None
            if coming and coming[0].at <= passed:
                before = clock()
                fault = coming.pop(0)
                self._tell(fault)
                await self._faults.apply(fault)
                if fault.action is FaultAction.RESTART_BROKER:
                    began += clock() - before  # however long a broker takes, what comes next has its time
                continue
            if not coming and self._scenario.drained:
                if self._all_done():
                    return True
                if not self._cast.live():
                    return False
            until_next = coming[0].at - passed if coming else self._scenario.seconds - passed
            await self._cast.moved(min(_LOOK, until_next))
        return self._all_done()

    def _all_done(self) -> bool:
        if not all(one.phase.over for one in self._cast.producers()):
            return False
        return self._cast.record.unfinished == 0 or self._broker_has_none()

    def _broker_has_none(self) -> bool:
        """Some tasks were never settled, as a broker may have lost them: it is asked once nobody has anything to do."""
        idle = all(one.phase.over or (one.phase is Phase.WAITING and not one.held) for one in self._cast.workers())
        now = time.time()
        self._idle_since = (self._idle_since or now) if idle else None
        if self._idle_since is None or now - self._idle_since < _IDLE:
            return False
        snapshot = self._studio.monitor.snapshot
        if snapshot is None or snapshot.at < self._idle_since + _IDLE:
            self._studio.monitor.refresh()
            return False
        states = known(snapshot.queues, {})
        return all(_is_worked_off(states.get(queue)) for queue in self._work_queues)

    @property
    def _work_queues(self) -> list[str]:
        return [queue.name for queue in self._scenario.queues if not queue.dead_letters_of]

    async def _evidence(self, began: float, ended: float, letters: int, *, drained: bool) -> Evidence:
        record = self._cast.record
        account = await account_of(self._studio.broker, self._work_queues, self._studio.run_id, record.close)
        lanes = tuple(lane for lane in self._studio.timeline.lanes if lane.worker in record.workers)
        dispatch = figures(record.settled, published(record.confirmed), lanes)
        finished = drained and not account.lost
        return Evidence(
            account=account,
            settled=record.settled,
            confirmed=record.confirmed,
            workers=record.workers,
            producers=dict(record.producers),
            began=began,
            ended=ended,
            drained=drained,
            refusals=len(self._faults.refusals),
            restarts=self._faults.restarts,
            turned_away={one.id: one.refused for one in self._cast.producers()},
            dead_letters=letters,
            lanes=lanes,
            dispatch=dispatch if isinstance(dispatch, Unknown) else replace(dispatch, finished=finished),
        )

    async def _dead_letters(self) -> int:
        """As the broker counts them once their number stands still, and each task known to have died has one."""
        names = [queue.name for queue in self._scenario.queues if queue.dead_letters_of]
        if not names:
            return 0
        counts: list[int] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LETTERS_WITHIN):
                while len(counts) < 2 or counts[-1] != counts[-2] or counts[-1] < self._cast.record.exhausted:
                    counts.append(await self._count(names))
        return counts[-1] if counts else 0

    async def _count(self, names: Sequence[str]) -> int:
        states = await _queues_now(self._studio)
        return sum(known(states[name].messages, 0) for name in names if name in states)

    def _tell(self, fault: Fault) -> None:
        now = time.time()
        self._studio.tell(Event(now, Topic.COMMAND, f"{self._scenario.title}: {fault}"))
        self._studio.timeline.note(Incident(now, str(fault)))


def _finished(run: Evidence) -> Finished:
    """With the filling of its queues, which comes before the seconds of the run; without the wait for more to do."""
    first = min((tasks.at for tasks in run.confirmed), default=run.began)
    last = float(run.settled["ended"].max(initial=first))
    return Finished(min(first, run.began), last, run.dispatch)


async def _queues_now(studio: Studio) -> Mapping[str, QueueState]:
    """As a poll that begins now sees them; none where they cannot be listed."""
    asked, monitor = time.time(), studio.monitor
    monitor.refresh()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_POLL_WITHIN):
            while monitor.snapshot is None or monitor.snapshot.at < asked:  # noqa: ASYNC110 - polls come by themselves
                await asyncio.sleep(0.02)
    return known(monitor.snapshot.queues, {}) if monitor.snapshot is not None else {}


def _is_worked_off(queue: QueueState | None) -> bool:
    """All that is stored there, if anything, is stuck, and nothing waits elsewhere to come back."""
    if queue is None:
        return False
    if isinstance(queue.messages, Unknown):
        return False
    return queue.messages <= known(queue.stuck, 0) and not known(queue.retrying, 0)
