"""Tasks that wait again: a worker went away with them, or the broker took them back, until they are given out anew."""

from collections.abc import Callable, Iterable
from math import inf

import numpy as np
from numpy.typing import NDArray

from wqstudio.domain.delivery import BegunDelivery, Deliveries
from wqstudio.domain.dispatch_rows import Marks
from wqstudio.domain.fate import Fate
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.worker import Outcome
from wqstudio.engine.timeline.rows import Rows

_TAKEN_BACK = (Outcome.CRASHED, Outcome.EXPIRED)
"""What a worker gives back by itself may have to wait, and is not meant."""
_DONE = (Outcome.ACKED, Outcome.TERMINATED, Outcome.FORWARDED, Outcome.LOST)
_WAIT = np.dtype([("task", "<i8"), ("begin", "<f8"), ("given", "<f8"), ("done", "<f8")])
"""When it began; when the task was given out anew; and when it was done by who had it longest, though others had been
given it meanwhile. inf: it was not."""


class WaitsAgain:
    """Of some deliveries, when such waits began, and when they ended."""

    def __init__(self, begins: Floats, ends: Floats) -> None:
        """inf: it waits still."""
        real = ends > begins
        self._begins, self._ends = np.sort(begins[real]), np.sort(ends[real])

    def by(self, at: Floats) -> Integers:
        """How many waited at each time."""
        return np.searchsorted(self._begins, at, side="right") - np.searchsorted(self._ends, at, side="right")

    def over(self, at: Floats) -> Integers:
        """How many had waited, and did no longer at each time."""
        return np.searchsorted(self._ends, at, side="right")

    def within(self, start: float, end: float) -> list[Floats]:
        """Times in between at which more waited, and at which fewer did; each rising."""
        return [each[(each > start) & (each <= end)] for each in (self._begins, self._ends)]


class TakenBack:
    """What was taken back, and all deliveries of the same tasks; of more than ``most`` of them what is over goes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows = Rows(2 * most)
        self._tasks: Integers = np.empty(0, np.int64)
        """Of these rows, each once, rising."""
        self._waits: NDArray[np.void] = np.empty(0, _WAIT)
        self.horizon = -inf
        """Counts are right from this time on."""

    def take(self, settled: Deliveries, kept: Deliveries) -> None:
        """``kept``: what is settled and kept, ``settled`` included; looked at only where a task was never taken back
        before: somebody else may have had it earlier.
        """
        back = np.unique(settled["task"][_taken_back(settled)])
        new = back[~_among(back, self._tasks)]
        more = settled[_among(settled["task"], self._tasks)]
        if len(new):
            more = np.concatenate([more, kept[np.isin(kept["task"], new)]])
            self._tasks = np.insert(self._tasks, np.searchsorted(self._tasks, new), new)
        if len(more):
            self._rows.append(more)
            self._tell_anew(np.unique(more["task"]))
        if len(self._rows) > self._most:
            ends = _ends(self._waits)
            over = np.sort(ends[np.isfinite(ends)])
            if len(over):
                self.forget(float(over[len(over) // 4]))

    def forget(self, before: float) -> None:
        """Keep what waited then or later."""
        self.horizon = max(self.horizon, before)
        self._waits = self._waits[_ends(self._waits) > before]
        self._tasks = np.unique(self._waits["task"])
        kept = self._rows.view
        self._rows = Rows(2 * self._most)
        self._rows.append(kept[_among(kept["task"], self._tasks)])

    def waits(self, being: Iterable[BegunDelivery], mine: Callable[[Integers], Integers] | None = None) -> WaitsAgain:
        """``being``: what is worked on. ``mine``: which of some tasks are meant, by their places; None: all."""
        waits = self._waits if mine is None else self._waits[mine(self._waits["task"])]
        ends = _ends(waits)
        open_ = np.isinf(waits["given"])
        if open_.any():
            for one in being:
                if one.deliveries > 1:
                    ends[open_ & (waits["task"] == one.task)] = one.received
        return WaitsAgain(waits["begin"], ends)

    def _tell_anew(self, tasks: Integers) -> None:
        """A delivery that ends late may come between others of its task."""
        others = self._waits[~np.isin(self._waits["task"], tasks)]
        rows = self._rows.view
        self._waits = np.concatenate([others, _waits(rows[np.isin(rows["task"], tasks)])])


def _waits(rows: Deliveries) -> NDArray[np.void]:
    """``rows``: all deliveries of some tasks."""
    rows = rows[np.lexsort((rows["received"], rows["task"]))]
    given = np.full(len(rows), inf)
    anew = (rows["task"][1:] == rows["task"][:-1]) & (rows["deliveries"][1:] > 1)
    given[:-1][anew] = rows["received"][1:][anew]
    back = _taken_back(rows)
    waits = np.empty(int(np.count_nonzero(back)), _WAIT)
    waits["task"], waits["begin"], waits["given"] = rows["task"][back], rows["ended"][back], given[back]
    waits["done"] = _done(rows, waits["task"])
    return waits


def _done(rows: Deliveries, tasks: Integers) -> Floats:
    """When each of ``tasks`` was done, inf where it was not."""
    done = rows[np.isin(rows["outcome"], _DONE)]
    done = done[np.argsort(done["ended"], kind="stable")]
    known, first = np.unique(done["task"], return_index=True)
    ends = np.full(len(tasks), inf)
    found = _among(tasks, known)
    ends[found] = done["ended"][first[np.searchsorted(known, tasks[found])]]
    return ends


def _ends(waits: NDArray[np.void]) -> Floats:
    return np.where(np.isinf(waits["given"]), waits["done"], waits["given"])


def _taken_back(rows: Deliveries) -> Marks:
    """Which of them the broker gives out again."""
    back: Marks = np.isin(rows["outcome"], _TAKEN_BACK) & (rows["fate"] == Fate.OPEN) & (rows["task"] != FOREIGN)
    return back


def _among(tasks: Integers, rising: Integers) -> Marks:
    """Which of ``tasks`` are in ``rising``, which may be many, while ``tasks`` are few."""
    if not len(rising):
        return np.zeros(len(tasks), np.bool_)
    found: Marks = rising[np.minimum(np.searchsorted(rising, tasks), len(rising) - 1)] == tasks
    return found
