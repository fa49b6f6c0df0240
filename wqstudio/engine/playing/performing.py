"""One run of a scenario, on queues that are there: from the first who starts to what came of it."""

import asyncio
import math
import time
from dataclasses import dataclass, replace

import numpy as np

from wqstudio.brokers.port import LinkState, UnreachableError
from wqstudio.domain.connection import Product
from wqstudio.domain.dispatch import Figures, figures
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.domain.scenario import Fault, Scenario, Start
from wqstudio.domain.worker import Outcome, Phase
from wqstudio.engine.absences import by_accident, felt
from wqstudio.engine.closing import account_of
from wqstudio.engine.figures.run_figures import Evidence, published
from wqstudio.engine.playing.cast import Cast
from wqstudio.engine.playing.faults import Faults, Restart
from wqstudio.engine.playing.schedule import Schedule
from wqstudio.engine.playing.what_is_left import letters_in, no_work_in
from wqstudio.engine.playing.working_off import working_off
from wqstudio.engine.studio import Studio
from wqstudio.engine.timeline.timeline import Incident

_IDLE = 1.0
"""Seconds with nothing to do after which the broker is asked whether there is any work left."""
_LOOK = 0.25
"""Seconds between two looks whether it is over, while nothing happens."""


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
    """Faults that never came about; see ``Evidence.missed``."""


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
    away: bool = False
    """The broker is being restarted."""
    granted: float = 0.0
    """Seconds by which it may take longer than the scenario says, since the broker was away for as long."""


class Performance:
    """One run, on queues that are there."""

    def __init__(self, studio: Studio, scenario: Scenario, cast: Cast, restart: Restart | None) -> None:
        self._studio, self._scenario, self._cast = studio, scenario, cast
        self._faults = Faults(studio, scenario, cast, restart)
        self._idle_since: float | None = None
        self._finishing = False
        self._passed: float | None = None
        self._outage = self._faults.outage
        self._schedule = Schedule(scenario.faults, self._faults.may_come)
        self._in_vain: list[Fault] = []
        """Those that found nobody."""

    @property
    def progress(self) -> Progress:
        workers = self._cast.workers()
        acked, left = sum(one.acked for one in workers), working_off(workers, self._passed or 0.0)
        coming = next(iter(self._schedule.coming), None) if self._passed is not None else None
        return Progress(self._passed, coming, acked, left, self._outage.away, self._outage.seconds)

    async def finish(self) -> None:
        """Also while the queues are being filled."""
        self._finishing = True
        await self._cast.stop_producers()

    async def run(self, setting: str) -> Run:
        began = await self._begin()
        try:
            drained = await self._until_over(began)
            await self._outage.over()  # until then nobody could even ask what is stored
        finally:
            await self._outage.abandon()
        try:
            return await self._account(setting, began, drained=drained)
        except UnreachableError as error:
            raise UnreachableError(self._what_was_left(began, str(error))) from error

    async def _account(self, setting: str, began: float, *, drained: bool) -> Run:
        """What came of it, which the broker is asked for."""
        self._tell_of_late_ones()
        missed = (*self._in_vain, *self._faults.missed(), *self._schedule.coming)
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

    def _what_was_left(self, began: float, error: str) -> str:
        """Of a run at whose end nobody answers."""
        link, now, record = self._studio.broker.link, time.time(), self._cast.record
        if link.state is LinkState.CONNECTED:
            return error
        acked = record.settled[record.settled["outcome"] == Outcome.ACKED]
        sent = sum(each.count for each in record.confirmed)
        done = len(np.unique(acked["task"][acked["ended"] < link.since]))
        return (
            f"The connection to the broker was lost {max(0.0, link.since - began):.1f} s after the beginning "
            f"({link.reason or 'it went away'}), and was not back when the run was over, {now - link.since:.0f} s "
            f"later. Of {sent:,} tasks published, {done:,} had been acknowledged by then; what became of the others "
            "cannot be asked. Start the broker and play it again: what this run has left there is removed first."
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
        """Whether all work was done before the time was up. Faults come on time meanwhile, counted from ``since``.

        However long a broker takes to be back, that is added to the time.
        """
        clock = asyncio.get_running_loop().time
        began = clock() - (time.time() - since)
        while not self._finishing:
            self._outage.check()
            passed = self._passed = clock() - began
            away, left = self._outage.away, self._scenario.seconds + self._outage.seconds - passed
            if left <= 0 and not away:
                break
            self._tell_of_late_ones()
            for late in self._schedule.put_off(passed, away=away):
                self._tell_put_off(late)
            if fault := self._schedule.take(passed, away=away):
                await self._do(fault, passed)
                continue
            if not self._schedule.coming and not away and self._scenario.drained:
                if self._all_done():
                    return True
                if not self._cast.live():
                    return False
            until_next = (self._schedule.next_after(passed) or math.inf) - passed
            await self._cast.moved(min(_LOOK, until_next, _LOOK if away else left))
        return self._all_done()

    async def _do(self, fault: Fault, passed: float) -> None:
        if not fault.at_work:
            in_vain = self._faults.finds_nobody(fault)
            self._tell(fault, ", which found nobody" if in_vain else self._how(fault, passed))
            if in_vain:
                self._in_vain.append(fault)
        await self._faults.apply(fault)

    def _how(self, fault: Fault, passed: float) -> str:
        """What is worth telling beside that it is done; empty: nothing."""
        late = self._schedule.was_put_off(fault)
        return f", put off for {passed - fault.at:.1f} s by a restart of the broker" if late else ""

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
        return no_work_in(self._work_queues, snapshot)

    @property
    def _work_queues(self) -> list[str]:
        return [queue.name for queue in self._scenario.queues if queue.is_worked_on]

    async def _evidence(self, began: float, ended: float, letters: int, *, drained: bool) -> Evidence:
        record = self._cast.record
        account = await account_of(self._studio.broker, self._work_queues, self._studio.run_id, record.close)
        lanes = tuple(lane for lane in self._studio.timeline.lanes if lane.worker in record.workers)
        asked_for = self._outage.spells
        absences = by_accident(self._studio.absences.within(began, ended), asked_for)
        accidents = felt(absences, record.settled["received"])
        dispatch = figures(record.settled, published(record.confirmed), lanes, away=asked_for, by_accident=accidents)
        by_clock = not (self._scenario.drained or self._finishing)
        if isinstance(dispatch, Figures):
            ran_for = self._scenario.seconds if by_clock else None
            dispatch = replace(dispatch, finished=drained and not account.lost, lost=account.lost, ran_for=ran_for)
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
            dispatch=dispatch,
            incidents=tuple(each for each in self._studio.timeline.incidents if each.at <= ended),
        )

    async def _dead_letters(self) -> int:
        """Each task of which there is known to be one has come to lie there."""
        kept = [queue.name for queue in self._scenario.queues if queue.dead_letters_of]
        return await letters_in(self._studio, kept, self._cast.record.dead_lettered)

    def _tell_of_late_ones(self) -> None:
        """Those that waited are told when they come about, which may be never."""
        for fault, at in self._faults.come_about():
            self._tell(fault, at=at)

    def _tell(self, fault: Fault, how: str = "", at: float | None = None) -> None:
        """``at``: when it was, unix time; None: now."""
        now = time.time()
        self._studio.tell(Event(now, Topic.COMMAND, f"{self._scenario.title}: {fault}{how}"))
        self._studio.timeline.note(Incident(now if at is None else at, f"{fault}{how}"))

    def _tell_put_off(self, fault: Fault) -> None:
        why = f"put off until the broker is back, which is needed to {fault.action.needs_broker_to}"
        self._studio.tell(Event(time.time(), Topic.COMMAND, f"{self._scenario.title}: {fault} is {why}", Level.WARNING))
