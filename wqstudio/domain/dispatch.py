"""Figures of a run that a person can quote: how well the work was shared out, defined where each one stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wqstudio.domain.delivery import BegunDelivery, Deliveries
from wqstudio.domain.dispatch_bounds import Life
from wqstudio.domain.dispatch_idle import Spells, waiting_for, while_waiting
from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.dispatch_rows import Tasks, hoarded, never_begun, services, tasks_of, waits
from wqstudio.domain.dispatch_schedules import schedules_of
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.worker import Outcome, nameless


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Seconds that half, nine in ten, and 99 in a hundred did not exceed; linear between ranks, as numpy has it."""

    p50: float
    p90: float
    p99: float


FAIR_SHARE = 0.2
"""Of the makespan, that a worker has to have lived to be singled out for idling."""


@dataclass(frozen=True, slots=True)
class WorkerFigures:
    """One worker, from the start of the run to its end, or for as much of that as it lived."""

    worker: int
    name: str
    speed: float
    """At the end."""
    deliveries: int
    acknowledged: int
    forwarded: int
    """Passed on to another queue, for others to do."""
    redelivered: int
    """Deliveries that were not the first of their message."""
    lived: float
    """Seconds of the run in which it could have worked."""
    busy: float
    """Seconds at work on deliveries, whatever became of them."""
    waiting: float
    """Seconds of its life in which at least one task that it could be given was published and not begun by anybody;
    see ``dispatch_idle.waiting_for``."""
    idle: float
    """Those of them in which it worked on nothing."""
    hoarded: float
    """Seconds that messages lay with it before it began them, summed over messages; see ``dispatch_rows.hoarded``."""

    @property
    def idle_while_waiting(self) -> float:
        """0 to 1; 0 where nothing ever waited."""
        return self.idle / self.waiting if self.waiting else 0.0

    @property
    def busy_share(self) -> float:
        """0 to 1."""
        return min(1.0, self.busy / self.lived) if self.lived else 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run. Times are seconds unless they say otherwise."""

    began: float
    """Unix time: the first publication; where tasks waited before any worker was there, the first delivery."""
    ended: float
    """Unix time: the last acknowledgement."""
    tasks: int
    """Acknowledged, each once."""
    deliveries: int
    """To all workers, whatever became of them."""
    makespan: float
    """From ``began`` to ``ended``: C_max in R. L. Graham et al., "Optimization and approximation in deterministic
    sequencing and scheduling", Annals of Discrete Mathematics 5 (1979), 287-326."""
    best_possible: float
    """No schedule of the acknowledged tasks on these workers has a shorter makespan; see ``lower_bound``. Each task
    counts once, with the work of the delivery that was acknowledged; workers with their speeds and for as long as they
    lived. Never above the makespan, since the run itself shows that that is possible. As if the broker had been there
    all the time; see ``dispatch_schedules``."""
    list_schedule: float
    """The makespan if each task, in order of publication, goes to the worker that is free first, whatever the worker
    takes from; see ``dispatch_bounds.list_schedule``."""
    efficiency: Reading[float]
    """Best possible by makespan, 0 to 1: time in which the broker was away is lost. Unknown where no task took any
    time: whoever gets which, nothing of it is work."""
    idle_while_waiting: float
    """Share, 0 to 1, of the workers' time that they worked on nothing while a task that they could be given was
    published and not begun by anybody. What was given back waits too, and is not counted: it may have to wait. A paused
    worker works on nothing. Time in which the broker was away counts as long as it had such a task stored; what nobody
    could publish then waited for the broker, and not for a worker. 0 where nothing ever waited."""
    waited: Reading[Percentiles]
    """From a task's publication to its first begin; of tasks whose publication is known."""
    served: Reading[Percentiles]
    """From begin to end, of every delivery that was begun."""
    hoarded: Reading[Percentiles]
    """From receipt to begin, of every delivery; to its end where it was never begun; 0 where it was taken up at once,
    see ``dispatch_rows.TAKEN_UP``."""
    hoarded_seconds: float
    """The sum of the same: message-seconds."""
    fairness: float
    """Jain's index of the workers' busy shares x: (sum of x)^2 / (n * sum of x^2), from 1/n (one does all) to 1 (all
    are equally busy). R. K. Jain, D. W. Chiu, W. R. Hawe, "A quantitative measure of fairness and discrimination for
    resource allocation in shared computer systems", DEC Research Report TR-301 (1984)."""
    throughput: float
    """Acknowledged tasks a second of the makespan."""
    redeliveries: int
    """Deliveries that were not the first of their message."""
    duplicates: int
    """Acknowledgements of a task beyond its first."""
    workers: tuple[WorkerFigures, ...]
    """Those that lived during the run, in order of appearance."""
    finished: bool = True
    """No work was left when the run was over, and none was lost. Else ``makespan``, and what is measured by it, is that
    of the part that was done, and nothing to compare with others."""
    lost: int = 0
    """Tasks that are nowhere, and were never acknowledged, where that was counted: in a run that is over."""
    away: float = 0.0
    """Seconds of the makespan in which the broker was away, where that is known."""
    away_by_accident: float = 0.0
    """Those of them that nobody had asked for: a run that had its broker all the time is nothing to compare with."""
    ran_for: float | None = None
    """Seconds that it was to run, and did, whatever was left then; None: it was to end with the work, or was cut short.
    """

    @property
    def idlest(self) -> WorkerFigures | None:
        """Who idled the largest share of the time in which work was waiting, of those that lived for ``FAIR_SHARE`` of
        the run: who came and went has hardly had the time to be busy.
        """
        stayed = [worker for worker in self.workers if worker.lived >= FAIR_SHARE * self.makespan]
        return max(stayed, key=lambda worker: worker.idle_while_waiting, default=None)

    def of_all_work(self, field: str) -> Reading[float]:
        """A field that tells how long all work took: the less was done, the better it would look."""
        found: Reading[float] = getattr(self, field)
        return found if self.finished else Unknown("work was left undone, or lost")


class _Work(NamedTuple):
    """Spans in which workers were at work: columns of shape (n,), unix seconds."""

    worker: NDArray[np.int32]
    begun: Floats
    ended: Floats


def figures(
    settled: Deliveries,
    published: tuple[Floats, Integers],
    lanes: Sequence[Lane],
    being: Sequence[BegunDelivery] = (),
    away: Sequence[tuple[float, float]] = (),
    *,
    by_accident: Sequence[tuple[float, float]] = (),
) -> Reading[Figures]:
    """``published``: when each task was sent, rising, and its number. ``being``: what is being worked on.

    ``away``: from when to when the broker was, as somebody had asked for, where that is known; unix seconds.
    ``by_accident``: the same, as nobody had.

    Unknown before the first acknowledgement. Takes some 5 µs a task.
    """
    acked = settled["outcome"] == Outcome.ACKED
    if not acked.any():
        return Unknown("no delivery has been acknowledged yet")
    ended = float(settled["ended"][acked].max())
    tasks = tasks_of(settled, *published)
    lives = {lane: _life(lane, settled, ended) for lane in _with_strangers(lanes, settled)}
    began = _began(settled, tasks, min(life.began for life in lives.values()))
    lives = {lane: life for lane, life in lives.items() if life.began <= ended and life.ended >= began}
    spells = waiting_for(tuple(lives), tasks, began, ended)
    work = _at_work(settled, being, ended)
    each = (_worker(lane, life, settled, work, spells[lane.worker]) for lane, life in lives.items())
    workers = tuple(worker for worker in each if worker.lived or worker.deliveries)
    outages, accidents = (_measured(spells, began, ended) for spells in ((*away, *by_accident), by_accident))
    found = _figures(settled, tasks, (began, ended), workers, schedules_of(tasks, tuple(lives.values()), outages))
    return replace(found, away=float(outages.so_far[-1]), away_by_accident=float(accidents.so_far[-1]))


def _measured(away: Sequence[tuple[float, float]], began: float, ended: float) -> Spells:
    gone, back = np.array(away, np.float64).reshape(-1, 2).T
    return while_waiting(gone, back, began, ended)


def fairness(shares: Floats) -> float:
    """Jain's index; see ``Figures.fairness``. 1 where nobody has anything."""
    most = float(shares.max(initial=0.0))
    if not most:
        return 1.0
    parts = shares / most  # the index has no unit, and squares of what is tiny would be 0
    return float(parts.sum()) ** 2 / (float(np.square(parts).sum()) * len(parts))


def _figures(
    settled: Deliveries,
    tasks: Tasks,
    span: tuple[float, float],
    workers: tuple[WorkerFigures, ...],
    schedules: tuple[float, float],
) -> Figures:
    (began, ended), (best, listed) = span, schedules
    makespan, count = ended - began, int(tasks.acknowledged.sum())
    held = hoarded(settled)
    waiting = sum(worker.waiting for worker in workers)
    return Figures(
        began=began,
        ended=ended,
        tasks=count,
        deliveries=len(settled),
        makespan=makespan,
        best_possible=best,
        list_schedule=listed,
        efficiency=_efficiency(tasks, best, makespan),
        idle_while_waiting=sum(worker.idle for worker in workers) / waiting if waiting else 0.0,
        waited=_percentiles(waits(tasks), "when tasks were published is not known"),
        served=_percentiles(services(settled), "nothing was begun"),
        hoarded=_percentiles(held, "nothing was delivered"),
        hoarded_seconds=float(held.sum()),
        fairness=fairness(np.array([worker.busy_share for worker in workers])),
        throughput=count / makespan if makespan else inf,
        redeliveries=int(np.count_nonzero(settled["deliveries"] > 1)),
        duplicates=_duplicates(settled),
        workers=workers,
    )


def _efficiency(tasks: Tasks, best: float, makespan: float) -> Reading[float]:
    """See ``Figures.efficiency``."""
    if not makespan or not tasks.work[tasks.acknowledged].any():
        return Unknown("no task took any time")
    return best / makespan


def _with_strangers(lanes: Sequence[Lane], settled: Deliveries) -> tuple[Lane, ...]:
    """And workers that the lanes do not know, which the deliveries alone tell of."""
    known = {lane.worker for lane in lanes}
    strangers = [worker for worker in np.unique(settled["worker"]).tolist() if worker not in known]
    return (*lanes, *(Lane(worker, nameless(worker), 1.0, inf, None, ((inf, 1.0),)) for worker in strangers))


def _life(lane: Lane, settled: Deliveries, ended: float) -> Life:
    """A worker's own reports come up to 50 ms late; by its deliveries it can have lived longer at both ends.

    One that was there at the end of the run might have gone on.
    """
    mine = settled[settled["worker"] == lane.worker]
    began = min(lane.began, float(mine["received"].min()) if len(mine) else inf)
    last = max(inf if lane.ended is None else lane.ended, float(mine["ended"].max()) if len(mine) else -inf)
    return Life(began, inf if last >= ended else last, ((began, lane.speeds[0][1]), *lane.speeds[1:]))


def _began(settled: Deliveries, tasks: Tasks, first_worker: float) -> float:
    """See ``Figures.began``."""
    published = tasks.release[tasks.published]
    first = float(published.min()) if len(published) else -inf
    return first if first >= first_worker else float(settled["received"].min())


def _at_work(settled: Deliveries, being: Sequence[BegunDelivery], ended: float) -> _Work:
    worked = settled[~never_begun(settled)]
    return _Work(
        np.concatenate([worked["worker"], np.array([one.worker for one in being], np.int32)]),
        np.concatenate([worked["begun"], np.array([one.begun for one in being])]),
        np.concatenate([worked["ended"], np.full(len(being), ended)]),
    )


def _worker(lane: Lane, life: Life, settled: Deliveries, work: _Work, spells: Spells) -> WorkerFigures:
    start, end = max(life.began, float(spells.edges[0])), min(life.ended, float(spells.edges[-1]))
    mine = settled[settled["worker"] == lane.worker]
    at_work = work.worker == lane.worker
    begins, ends = np.clip(work.begun[at_work], start, end), np.clip(work.ended[at_work], start, end)
    waiting = float(spells.between(np.array([start]), np.array([end]))[0])
    worked = float(spells.between(begins, ends).sum())
    return WorkerFigures(
        worker=lane.worker,
        name=lane.name,
        speed=lane.speed,
        deliveries=len(mine),
        acknowledged=int(np.count_nonzero(mine["outcome"] == Outcome.ACKED)),
        forwarded=int(np.count_nonzero(mine["outcome"] == Outcome.FORWARDED)),
        redelivered=int(np.count_nonzero(mine["deliveries"] > 1)),
        lived=end - start,
        busy=float((ends - begins).sum()),
        waiting=waiting,
        idle=max(0.0, waiting - worked),
        hoarded=float(hoarded(mine).sum()),
    )


def _percentiles(seconds: Floats, reason: str) -> Reading[Percentiles]:
    """Unknown for ``reason`` where there are none."""
    if not len(seconds):
        return Unknown(reason)
    return Percentiles(*np.percentile(seconds, (50, 90, 99)).tolist())


def _duplicates(settled: Deliveries) -> int:
    tasks = settled["task"][settled["outcome"] == Outcome.ACKED]
    own = tasks[tasks != FOREIGN]
    return len(own) - len(np.unique(own))
