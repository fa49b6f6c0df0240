"""Every figure that a scenario may expect something of, by the name it has in files.

Those of ``WHOLE`` are the whole run's. Those of ``PARTS`` are the run's, or those of one worker, of a group of workers,
or of one producer's tasks. Definitions are in the descriptions; seconds are counted from when the play began.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wqstudio.domain.delivery import ConfirmedTasks, Deliveries
from wqstudio.domain.dispatch import Figures, WorkerFigures
from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.dispatch_rows import Marks, first_begins, services, tasks_of, waits
from wqstudio.domain.ledger import Account
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.scenario import group_of
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import producer_of
from wqstudio.domain.worker import Outcome, ProducerSpec, WorkerSpec
from wqstudio.engine.figures.rows import Unit
from wqstudio.engine.timeline.rows import links_of
from wqstudio.engine.timeline.timeline import Incident

Reals: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of a run once it is over. Unix times in seconds.

    ``began`` is from when on seconds are counted, in ``Fault.at`` and in figures alike: when those start who come
    second, producers to workers, or workers to queues that are filled.
    """

    account: Account
    settled: Deliveries
    confirmed: tuple[ConfirmedTasks, ...]
    workers: Mapping[int, WorkerSpec]
    producers: Mapping[int, ProducerSpec]
    began: float
    ended: float
    drained: bool
    """All work was done before the time was up."""
    refusals: int
    """What the broker would not do of what the scenario asked for."""
    turned_away: Mapping[int, int]
    """By producer, its messages that the broker refused at first, as a full queue does; how often does not matter."""
    dead_letters: int
    """Messages in queues of dead letters, or pointers to them."""
    lanes: tuple[Lane, ...]
    dispatch: Reading[Figures]
    """How well the work was shared out."""
    unpublished: int = 0
    """Messages that producers still had to send when they failed, or crashed without a fault of the scenario."""
    restarts: int = 0
    """How often the broker was stopped and was there again."""
    missed: int = 0
    """Faults that found nobody, or waited in vain, for somebody to be at work or for a full queue, or for which no time
    was left.
    """
    incidents: tuple[Incident, ...] = ()
    """What was done to it, and what befell it, as it came."""

    @property
    def over(self) -> float:
        """When it was over: with the last that was done, where all work was, without the wait for more to do; what
        was not done, or was to run for a time, when it was ended.
        """
        last = max([float(self.settled["ended"].max(initial=self.began)), *(each.at for each in self.incidents)])
        by_clock = isinstance(self.dispatch, Figures) and self.dispatch.ran_for is not None
        return last if self.drained and not by_clock else max(last, self.ended)

    def part(self, name: str) -> "Part":
        """What the worker, group or producer of that name did; all of it where the name is empty."""
        if not name:
            return Part(self, "", np.ones(len(self.settled), np.bool_), self.confirmed)
        workers = _named(self.workers, name)
        if workers:
            return Part(self, name, np.isin(self.settled["worker"], workers), self.confirmed)
        producers = _named(self.producers, name)
        own = (self.settled["task"] != FOREIGN) & np.isin(producer_of(self.settled["task"]), producers)
        confirmed = tuple(each for each in self.confirmed if each.producer in producers)
        return Part(self, name, own, confirmed)


def _named(specs: Mapping[int, WorkerSpec] | Mapping[int, ProducerSpec], name: str) -> list[int]:
    exact = [id_ for id_, spec in specs.items() if spec.name == name]
    return exact or [id_ for id_, spec in specs.items() if group_of(spec.name) == name]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    run: Evidence
    name: str
    """Of the worker, group or producer; empty: all."""
    mine: Marks
    """Which of the run's settled deliveries are of it."""
    confirmed: tuple[ConfirmedTasks, ...]

    @property
    def settled(self) -> Deliveries:
        found: Deliveries = self.run.settled[self.mine]
        return found

    def having(self, outcome: Outcome) -> Deliveries:
        found: Deliveries = self.settled[self.settled["outcome"] == outcome]
        return found


@dataclass(frozen=True, slots=True)
class Figure:
    """``of`` gives None where there is nothing to tell it from."""

    unit: Unit
    words: str
    of: Callable[[Part], float | None]


def _whole(read: Callable[[Evidence], float]) -> Callable[[Part], float]:
    return lambda part: float(read(part.run))


def _dispatch(field: str) -> Callable[[Part], float | None]:
    """One of ``domain.dispatch.Figures``, where it is defined as well."""
    return lambda part: None if isinstance(part.run.dispatch, Unknown) else float(getattr(part.run.dispatch, field))


def _of_all_work(name: str) -> Callable[[Part], float | None]:
    """The same, of a run that did all its work; see ``Figures.of_all_work``."""

    def read(part: Part) -> float | None:
        dispatch = part.run.dispatch
        found = dispatch if isinstance(dispatch, Unknown) else dispatch.of_all_work(_OF_ALL_WORK[name])
        return None if isinstance(found, Unknown) else found

    return read


_OF_ALL_WORK = {
    "makespan": "makespan",
    "best possible": "best_possible",
    "list schedule": "list_schedule",
    "efficiency": "efficiency",
}
"""Figures that tell of all work, with what ``domain.dispatch.Figures`` calls them."""

WHOLE: Mapping[str, Figure] = {
    "balanced": Figure(
        Unit.TRUTH, "1 where the sums of the ledger agree, else 0", _whole(lambda run: run.account.balanced)
    ),
    "stored": Figure(
        Unit.COUNT, "tasks that are stored still, dead letters among them", _whole(lambda run: run.account.stored)
    ),
    "lost": Figure(
        Unit.COUNT, "tasks that are nowhere, and were never acknowledged", _whole(lambda run: run.account.lost)
    ),
    "duplicated": Figure(
        Unit.COUNT, "acknowledgements and copies beyond a task's first", _whole(lambda run: run.account.duplicated)
    ),
    "foreign": Figure(Unit.COUNT, "acknowledged messages of somebody else", _whole(lambda run: run.account.foreign)),
    "drained": Figure(Unit.TRUTH, "1 where all work was done in time, else 0", _whole(lambda run: run.drained)),
    "refusals": Figure(
        Unit.COUNT, "what the broker would not do of what was asked for", _whole(lambda run: run.refusals)
    ),
    "dead letters": Figure(
        Unit.COUNT, "messages in queues of dead letters, or pointers", _whole(lambda run: run.dead_letters)
    ),
    "unpublished": Figure(
        Unit.COUNT,
        "messages left with producers that failed, or crashed with no fault asking for it",
        _whole(lambda run: run.unpublished),
    ),
    "restarts": Figure(
        Unit.COUNT, "how often the broker was stopped and started again", _whole(lambda run: run.restarts)
    ),
    "missed": Figure(
        Unit.COUNT, "faults that found nobody, waited in vain, or had no time left", _whole(lambda run: run.missed)
    ),
    "seconds": Figure(Unit.SECONDS, "how long it was played", _whole(lambda run: run.ended - run.began)),
    "makespan": Figure(
        Unit.SECONDS,
        "seconds from the first publication to the last acknowledgement, once all work is done",
        _of_all_work("makespan"),
    ),
    "best possible": Figure(Unit.SECONDS, "seconds below which no schedule gets", _of_all_work("best possible")),
    "list schedule": Figure(
        Unit.SECONDS, "seconds if each task went to whom is free first", _of_all_work("list schedule")
    ),
    "efficiency": Figure(
        Unit.SHARE,
        "best possible by makespan, 0 to 1; time in which the broker was away is lost",
        _of_all_work("efficiency"),
    ),
    "away": Figure(Unit.SECONDS, "seconds of the makespan in which the broker was away", _dispatch("away")),
    "away by accident": Figure(
        Unit.SECONDS, "seconds of them for which no fault of the scenario had asked", _dispatch("away_by_accident")
    ),
    "fairness": Figure(Unit.INDEX, "Jain's index of the workers' busy shares, 0 to 1", _dispatch("fairness")),
    "hoarded": Figure(
        Unit.MESSAGE_SECONDS, "seconds that messages lay with workers unbegun, summed", _dispatch("hoarded_seconds")
    ),
}


def _tasks(outcome: Outcome, part: Part) -> float:
    """Of the run: what is somebody else's has no identity, and is in ``foreign``."""
    tasks = part.having(outcome)["task"]
    return float(len(np.unique(tasks[tasks != FOREIGN])))


def _rows(outcome: Outcome, part: Part) -> float:
    return float(len(part.having(outcome)))


def _turned_away(part: Part) -> float | None:
    """None of workers, who publish nothing."""
    producers = _named(part.run.producers, part.name) if part.name else [*part.run.producers]
    return float(sum(part.run.turned_away.get(id_, 0) for id_ in producers)) if producers else None


def _published(part: Part) -> float | None:
    """As ``Account.published``; of producers, what is stored without a confirm is not known. None of workers."""
    if not part.name:
        return float(part.run.account.published)
    if not _named(part.run.producers, part.name):
        return None
    confirmed = [each.numbers for each in part.confirmed]
    return float(len(np.unique(np.concatenate([*confirmed, part.settled["task"]]))))


def _share(part: Part) -> float | None:
    whole = _tasks(Outcome.ACKED, part.run.part(""))
    return _tasks(Outcome.ACKED, part) / whole if whole else None


def _most_deliveries(part: Part) -> float | None:
    return float(part.settled["deliveries"].max()) if len(part.settled) else None


def _finished(part: Part) -> float | None:
    return float(part.settled["ended"].max()) - part.run.began if len(part.settled) else None


def _throughput(part: Part) -> float | None:
    """As ``Figures.throughput``: of a part, its tasks by the whole run's makespan."""
    dispatch = part.run.dispatch
    if isinstance(dispatch, Unknown) or not dispatch.makespan:
        return None
    return _tasks(Outcome.ACKED, part) / dispatch.makespan


def _busy(part: Part) -> float:
    """As ``WorkerFigures.busy``: of what went on after the last acknowledgement, nothing. Without one, all of it."""
    dispatch = part.run.dispatch
    until = part.run.ended if isinstance(dispatch, Unknown) else dispatch.ended
    return float(services(part.settled, until).sum())


def _idle(part: Part) -> float | None:
    """As ``Figures.idle_while_waiting``; of some workers, their time alone. None of producers."""
    if isinstance(part.run.dispatch, Unknown):
        return None
    if not part.name:
        return part.run.dispatch.idle_while_waiting
    own = _named(part.run.workers, part.name)
    if not own:
        return None
    workers: list[WorkerFigures] = [each for each in part.run.dispatch.workers if each.worker in own]
    waiting = sum(each.waiting for each in workers)
    return sum(each.idle for each in workers) / waiting if waiting else 0.0


def _held_most(part: Part) -> float | None:
    """Most messages that one worker held at one time, those included that it worked on."""
    each = (_most_at_once(part.settled[part.settled["worker"] == id_]) for id_ in np.unique(part.settled["worker"]))
    return max(each, default=None)


def _most_at_once(rows: Deliveries) -> float:
    times = np.concatenate([rows["received"], rows["ended"]])
    steps = np.concatenate([np.ones(len(rows)), -np.ones(len(rows))])
    order = np.lexsort((steps, times))  # what ends at the same instant makes room first
    return float(np.cumsum(steps[order]).max())


def _waits(part: Part) -> Reals:
    """As ``Figures.waited``; of some workers, of the tasks that they were the first to begin."""
    settled = part.run.settled
    begun = settled["task"][part.mine & first_begins(settled)]
    return waits(tasks_of(settled[np.isin(settled["task"], begun)], *published(part.confirmed)))


def published(confirmed: Sequence[ConfirmedTasks]) -> tuple[Reals, NDArray[np.int64]]:
    """When each task was sent, rising, and its number."""
    if not confirmed:
        return np.zeros(0), np.zeros(0, np.int64)
    in_order = sorted(confirmed, key=lambda each: each.sent)
    numbers = [each.numbers for each in in_order]
    return np.repeat([each.sent for each in in_order], [each.count for each in in_order]), np.concatenate(numbers)


def _services(part: Part) -> Reals:
    """As ``Figures.served``."""
    return services(part.settled)


def _retries(part: Part) -> Reals:
    """Seconds from when a worker gave a message back to its next delivery; of the run's own, which are known again."""
    settled = part.run.settled
    before = links_of(settled)
    again = np.flatnonzero(part.mine & (before >= 0))
    again = again[settled["outcome"][before[again]] == Outcome.NAKED]
    gaps: Reals = settled["received"][again] - settled["ended"][before[again]]
    return gaps


def _quantile(values: Callable[[Part], Reals], share: float, part: Part) -> float | None:
    found = values(part)
    return float(np.quantile(found, share)) if len(found) else None


PARTS: Mapping[str, Figure] = {
    "published": Figure(
        Unit.COUNT,
        "tasks that the broker confirmed, or that were seen later",
        _published,
    ),
    "turned away": Figure(Unit.COUNT, "messages refused at first, as by a full queue, each counted once", _turned_away),
    "acknowledged": Figure(Unit.COUNT, "tasks acknowledged at least once", partial(_tasks, Outcome.ACKED)),
    "terminated": Figure(Unit.COUNT, "tasks that a worker had the broker give up", partial(_tasks, Outcome.TERMINATED)),
    "acknowledgements": Figure(Unit.COUNT, "deliveries acknowledged", partial(_rows, Outcome.ACKED)),
    "forwarded": Figure(
        Unit.COUNT, "deliveries passed on to another queue for others to do", partial(_rows, Outcome.FORWARDED)
    ),
    "failed": Figure(Unit.COUNT, "deliveries given back", partial(_rows, Outcome.NAKED)),
    "crashed": Figure(
        Unit.COUNT,
        "deliveries held by workers that went away, given out again; where their host was killed, those worked on",
        partial(_rows, Outcome.CRASHED),
    ),
    "expired": Figure(Unit.COUNT, "deliveries that the broker took back", partial(_rows, Outcome.EXPIRED)),
    "deliveries": Figure(Unit.COUNT, "deliveries that ended, however", lambda part: float(len(part.settled))),
    "redelivered": Figure(
        Unit.COUNT,
        "deliveries that were not the first of their message",
        lambda part: float((part.settled["deliveries"] > 1).sum()),
    ),
    "most deliveries": Figure(Unit.COUNT, "deliveries of the message that had most", _most_deliveries),
    "workers": Figure(
        Unit.COUNT, "workers that were given anything", lambda part: float(len(np.unique(part.settled["worker"])))
    ),
    "share": Figure(Unit.SHARE, "share of all tasks acknowledged, 0 to 1", _share),
    "finished": Figure(Unit.SECONDS, "seconds until the last delivery ended", _finished),
    "throughput": Figure(Unit.RATE, "tasks acknowledged a second of the run's makespan", _throughput),
    "busy": Figure(
        Unit.SECONDS, "seconds of work until the last acknowledgement, those of all workers together", _busy
    ),
    "idle while waiting": Figure(Unit.SHARE, "share of the time with work waiting that was idled away, 0 to 1", _idle),
    "held": Figure(Unit.COUNT, "messages that a worker held at one time, at most", _held_most),
    "shortest wait": Figure(
        Unit.SECONDS, "seconds from sending to work, the shortest", partial(_quantile, _waits, 0.0)
    ),
    "median wait": Figure(
        Unit.SECONDS, "seconds from sending to work, of half the tasks at most", partial(_quantile, _waits, 0.5)
    ),
    "p90 wait": Figure(
        Unit.SECONDS, "seconds from sending to work, of nine in ten at most", partial(_quantile, _waits, 0.9)
    ),
    "p99 wait": Figure(
        Unit.SECONDS, "seconds from sending to work, of 99 in a hundred at most", partial(_quantile, _waits, 0.99)
    ),
    "longest wait": Figure(Unit.SECONDS, "seconds from sending to work, the longest", partial(_quantile, _waits, 1.0)),
    "median service": Figure(
        Unit.SECONDS,
        "seconds from begin to end of a delivery, of half of them at most",
        partial(_quantile, _services, 0.5),
    ),
    "p90 service": Figure(
        Unit.SECONDS,
        "seconds from begin to end of a delivery, of nine in ten at most",
        partial(_quantile, _services, 0.9),
    ),
    "p99 service": Figure(
        Unit.SECONDS,
        "seconds from begin to end of a delivery, of 99 in a hundred at most",
        partial(_quantile, _services, 0.99),
    ),
    "shortest retry": Figure(
        Unit.SECONDS, "seconds from giving back to the next delivery, the shortest", partial(_quantile, _retries, 0.0)
    ),
    "median retry": Figure(
        Unit.SECONDS,
        "seconds from giving back to the next delivery, of half the times at most",
        partial(_quantile, _retries, 0.5),
    ),
    "longest retry": Figure(
        Unit.SECONDS, "seconds from giving back to the next delivery, the longest", partial(_quantile, _retries, 1.0)
    ),
}

FIGURES: Mapping[str, Figure] = {**WHOLE, **PARTS}

OF_PRODUCERS = frozenset({"published", "turned away"})
"""Of workers there are none of these."""
OF_WORKERS = frozenset({"idle while waiting"})
"""Nor these of producers."""


def figure(run: Evidence, name: str, of: str = "") -> float | None:
    """None: the run has nothing to tell it from. KeyError: there is no such figure."""
    return FIGURES[name].of(run.part(of))


def why_unknown(run: Evidence, name: str) -> str:
    """Why the run has nothing to tell that figure from; goes on in a sentence. Empty: that is not known."""
    if isinstance(run.dispatch, Unknown):
        return run.dispatch.reason
    found = run.dispatch.of_all_work(_OF_ALL_WORK[name]) if name in _OF_ALL_WORK else 0.0
    return found.reason if isinstance(found, Unknown) else ""
