"""Readings of settled deliveries that charts and figures share."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wqstudio.domain.delivery import Deliveries
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import producer_of
from wqstudio.domain.worker import Outcome

Marks: TypeAlias = NDArray[np.bool_]
TAKEN_UP = 0.005
"""Seconds: what a worker begins sooner after its receipt it has taken up, and not hoarded."""


def by_producer(tasks: Integers) -> Iterator[tuple[int, Marks]]:
    """Each producer, and which of ``tasks`` are its; those of somebody else are left out."""
    own = tasks != FOREIGN
    producers = producer_of(tasks)
    for producer in np.unique(producers[own]).tolist():
        yield producer, own & (producers == producer)


def never_begun(settled: Deliveries) -> Marks:
    """Nobody worked on them: their worker went away first, or they were lost or not due when it came to them. (n,)."""
    never: Marks = np.isnan(settled["work"])
    return never


def work_began(settled: Deliveries) -> Floats:
    """When work on each delivery began, unix seconds: shape (n,). What was never begun was held until the end."""
    return np.where(never_begun(settled), settled["ended"], settled["begun"])


def lay_unbegun(settled: Deliveries) -> Marks:
    """Which of them lay with their worker for longer than it takes to begin. (n,)."""
    lay: Marks = work_began(settled) - settled["received"] >= TAKEN_UP
    return lay


def hoarded(settled: Deliveries) -> Floats:
    """Seconds for which each of them lay with its worker; 0 where it was taken up at once. (n,)."""
    return np.where(lay_unbegun(settled), work_began(settled) - settled["received"], 0.0)


def first_begins(settled: Deliveries) -> Marks:
    """In which of them work on its task began for the first time; in none of somebody else's. (n,)."""
    in_order = np.lexsort((_begun_or_never(settled), settled["task"]))
    _, at = np.unique(settled["task"][in_order], return_index=True)
    earliest = np.zeros(len(settled), np.bool_)
    earliest[in_order[at]] = True
    first: Marks = earliest & ~never_begun(settled) & (settled["task"] != FOREIGN)
    return first


@dataclass(frozen=True, slots=True, eq=False)
class Tasks:
    """Each task of a run once, whatever its deliveries; arrays of shape (n,), in order of release.

    A message that no producer of the run published has no identity: each acknowledgement is a task, and whether it
    was a first delivery that was acknowledged or a later one.
    """

    release: Floats
    """Unix seconds from which it could be delivered: its publication, or its first delivery where a clock that was
    set makes that the earlier; -inf where it is not known to have been published."""
    begun: Floats
    """When work on it began for the first time; inf: never; -inf: that is not known."""
    work: Floats
    """Seconds at speed 1 of the delivery that was acknowledged first; NaN: none was."""
    published: Marks
    """Whether its publication is known."""
    taker: Integers
    """The worker that was given it first, which tells where it lay; -1: nobody was."""

    @property
    def acknowledged(self) -> Marks:
        return ~np.isnan(self.work)


def tasks_of(settled: Deliveries, published_at: Floats, published: Integers) -> Tasks:
    """``published``: tasks by number, and ``published_at`` when they were sent, rising."""
    own, strange = settled[settled["task"] != FOREIGN], settled[settled["task"] == FOREIGN]
    strange = strange[(strange["deliveries"] == 1) | (strange["outcome"] == Outcome.ACKED)]
    numbers = np.unique(np.concatenate([published, own["task"]]))
    release = _first(numbers, published, published_at)
    known = np.isfinite(release)
    release = np.where(known, np.minimum(release, _first(numbers, own["task"], own["received"])), -np.inf)
    acked = own[own["outcome"] == Outcome.ACKED]
    acked = acked[np.argsort(acked["ended"], kind="stable")]
    work = np.full(len(numbers), np.nan)
    tasks, at = np.unique(acked["task"], return_index=True)
    work[np.searchsorted(numbers, tasks)] = acked["work"][at]
    strange_work = np.where(strange["outcome"] == Outcome.ACKED, strange["work"].astype(np.float64), np.nan)
    strange_begun = np.where(strange["deliveries"] == 1, _begun_or_never(strange), -np.inf)
    return _in_order(
        np.concatenate([release, np.full(len(strange), -np.inf)]),
        np.concatenate([_first(numbers, own["task"], _begun_or_never(own)), strange_begun]),
        np.concatenate([work, strange_work]),
        np.concatenate([known, np.zeros(len(strange), np.bool_)]),
        np.concatenate([_takers(numbers, own), strange["worker"].astype(np.int64)]),
    )


def waits(tasks: Tasks) -> Floats:
    """Seconds from publication to when work first began, of the tasks of which both are known."""
    known = tasks.published & np.isfinite(tasks.begun)
    return np.maximum(tasks.begun[known] - tasks.release[known], 0.0)


def services(settled: Deliveries, until: float = np.inf) -> Floats:
    """Seconds from begin to end of every delivery that was begun; of those that went on longer, ``until`` then."""
    begun = settled[~never_begun(settled)]
    spans: Floats = np.maximum(np.minimum(begun["ended"], until) - begun["begun"], 0.0)
    return spans


def _in_order(release: Floats, begun: Floats, work: Floats, published: Marks, taker: Integers) -> Tasks:
    order = np.argsort(release, kind="stable")
    return Tasks(release[order], begun[order], work[order], published[order], taker[order])


def _takers(numbers: Integers, own: Deliveries) -> Integers:
    """``numbers`` rise and hold the tasks of all of ``own``."""
    in_order = own[np.argsort(own["received"], kind="stable")]
    tasks, at = np.unique(in_order["task"], return_index=True)
    takers = np.full(len(numbers), -1, np.int64)
    takers[np.searchsorted(numbers, tasks)] = in_order["worker"][at]
    return takers


def _begun_or_never(settled: Deliveries) -> Floats:
    return np.where(never_begun(settled), np.inf, settled["begun"])


def _first(numbers: Integers, tasks: Integers, times: Floats) -> Floats:
    """The earliest of each number's ``times``, inf where there is none. ``numbers`` rise and hold all ``tasks``."""
    first = np.full(len(numbers), np.inf)
    np.minimum.at(first, np.searchsorted(numbers, tasks), times)
    return first
