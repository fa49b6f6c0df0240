"""Tasks that wait again: a worker went away with them, or the broker took them back, until they are given out anew."""

from math import inf

import numpy as np

from wqstudio.domain.delivery import BegunDelivery, Deliveries
from wqstudio.domain.fate import Fate
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.worker import Outcome

_TAKEN_BACK = (Outcome.CRASHED, Outcome.EXPIRED)
"""What a worker gives back by itself may have to wait, and is not meant."""
_DONE = (Outcome.ACKED, Outcome.TERMINATED, Outcome.FORWARDED, Outcome.LOST)


class WaitsAgain:
    """Of some deliveries, when such waits began, and when they ended."""

    def __init__(self, tasks: Integers, begins: Floats, ends: Floats) -> None:
        """inf: it waits still."""
        real = ends > begins
        self.tasks, self.begins, self.ends = tasks[real], begins[real], ends[real]
        self._rising = np.sort(self.begins), np.sort(self.ends)

    def by(self, at: Floats) -> Integers:
        """How many waited at each time."""
        begins, ends = self._rising
        return np.searchsorted(begins, at, side="right") - np.searchsorted(ends, at, side="right")

    def within(self, start: float, end: float) -> list[Floats]:
        """Times in between at which more waited, and at which fewer did; each rising."""
        return [each[(each > start) & (each <= end)] for each in self._rising]

    def of(self, mine: Integers) -> "WaitsAgain":
        """Of those of the tasks that ``mine`` names by their place here."""
        return WaitsAgain(self.tasks[mine], self.begins[mine], self.ends[mine])


NONE = WaitsAgain(np.empty(0, np.int64), np.empty(0), np.empty(0))


def any_taken_back(rows: Deliveries) -> bool:
    return bool(np.isin(rows["outcome"], _TAKEN_BACK).any())


def waits_again(rows: Deliveries, links: Integers, being: tuple[BegunDelivery, ...]) -> WaitsAgain:
    """``links``: for each row that of the delivery before, as ``Timeline.links``. ``being``: what is worked on."""
    own = np.isin(rows["outcome"], _TAKEN_BACK) & (rows["fate"] == Fate.OPEN) & (rows["task"] != FOREIGN)
    back = np.flatnonzero(own)
    after = np.full(len(rows), -1, np.int64)
    again = np.flatnonzero(links >= 0)
    after[links[again]] = again
    tasks, ends = rows["task"][back], np.where(after[back] < 0, inf, rows["received"][after[back]])
    for one in being:
        if one.deliveries > 1:
            ends[(tasks == one.task) & np.isinf(ends)] = one.received
    waiting = np.flatnonzero(np.isinf(ends))
    ends[waiting] = _done_late(rows, tasks[waiting])
    return WaitsAgain(tasks, rows["ended"][back], ends)


def _done_late(rows: Deliveries, tasks: Integers) -> Floats:
    """When each was done by who had it longest, though others had been given it meanwhile; inf: it was not."""
    done = rows[np.isin(rows["outcome"], _DONE) & np.isin(rows["task"], tasks)]
    done = done[np.argsort(done["ended"], kind="stable")]
    known, first = np.unique(done["task"], return_index=True)
    found = np.isin(tasks, known)
    ends = np.full(len(tasks), inf)
    ends[found] = done["ended"][first[np.searchsorted(known, tasks[found])]]
    return ends
