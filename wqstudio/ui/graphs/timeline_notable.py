"""Deliveries that are more than a bar: those that were not acknowledged, and those that had been given out before."""

import numpy as np

from wqstudio.domain.delivery import Deliveries
from wqstudio.domain.dispatch_rows import work_began
from wqstudio.domain.series import Integers
from wqstudio.domain.worker import Outcome
from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.ui.graphs.timeline_past import since

_LOOKED_AT = 2_000
"""Of the newest, when the one before a delivery that is still open is looked for."""


class Notable:
    """Keeps their numbers, counted from the first delivery there ever was, as they come.

    Looks at what has come since whenever it is asked, so that it speaks of the timeline as it is: one that has begun
    anew between two frames has other rows, and maybe fewer.
    """

    def __init__(self) -> None:
        self._numbers: Integers = np.empty(0, np.int64)
        self._seen = 0
        self._beginnings = 0
        """Of the timeline whose deliveries these are."""

    def within(self, timeline: Timeline, start: float, end: float, most: int) -> Integers:
        """Rows of those that ended after ``start`` and were received before ``end``, the newest ``most`` of them."""
        rows, mine = timeline.deliveries, self._rows(timeline)
        mine = mine[np.searchsorted(mine, since(rows, start)) :][-most:]
        return mine[(rows["ended"][mine] >= start) & (rows["received"][mine] < end)]

    def last_of(self, timeline: Timeline, task: int) -> int | None:
        """The row of the newest of that task, as far as it is among the last that were looked at."""
        mine = self._rows(timeline)[-_LOOKED_AT:]
        found = np.flatnonzero(timeline.deliveries["task"][mine] == task)
        return int(mine[found[-1]]) if len(found) else None

    def _rows(self, timeline: Timeline) -> Integers:
        """Of all of them that are kept."""
        if self._beginnings != timeline.beginnings:
            self._beginnings, self._numbers, self._seen = timeline.beginnings, np.empty(0, np.int64), 0
        self._look(timeline)
        return self._numbers - timeline.dropped

    def _look(self, timeline: Timeline) -> None:
        """At what has come since."""
        rows, dropped = timeline.deliveries, timeline.dropped
        total = dropped + len(rows)
        if total == self._seen:
            return
        begin = max(self._seen, dropped)
        new = rows[begin - dropped :]
        found = np.flatnonzero((new["outcome"] != Outcome.ACKED) | (new["deliveries"] > 1)) + begin
        if len(found) or (len(self._numbers) and self._numbers[0] < dropped):
            kept = self._numbers[np.searchsorted(self._numbers, dropped) :]
            self._numbers = np.concatenate([kept, found])
        self._seen = total


def bearing_marks(rows: Deliveries, among: Integers, least: float) -> Integers:
    """Those that were not acknowledged, and worked on for ``least`` seconds."""
    chosen = rows[among]
    bearing: Integers = among[(chosen["outcome"] != Outcome.ACKED) & (chosen["ended"] - work_began(chosen) >= least)]
    return bearing
