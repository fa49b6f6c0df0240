"""Finding in a long record of deliveries those that are in sight."""

from bisect import bisect_left

import numpy as np

from wqstudio.domain.delivery import Deliveries
from wqstudio.domain.dispatch_rows import never_begun, work_began

_UNEVEN = 2.0
"""Seconds by which the report of one host may come after that of another: ``ended`` rises but for so much."""


def since(deliveries: Deliveries, time: float) -> int:
    """The row before which all ended before ``time``."""
    return bisect_left(deliveries["ended"], time - _UNEVEN)


def between(deliveries: Deliveries, start: float, end: float) -> Deliveries:
    """All that a worker held at some instant from ``start`` to ``end``, and a few more."""
    candidates = deliveries[since(deliveries, start) :]
    if len(candidates) and candidates["ended"][-1] <= end:
        return candidates
    return candidates[candidates["received"] < end]


def at(deliveries: Deliveries, worker: int, time: float, slack: float) -> int | None:
    """The row whose bar is there, of several the one that was worked on; else one that the worker held at ``time``.

    ``slack``: seconds by which a bar may be missed, since one of no length can hardly be hit. What was never begun has
    its bar where it ended.
    """
    first = since(deliveries, time - slack)
    rows = deliveries[first:]
    mine = (rows["worker"] == worker) & (rows["received"] <= time + slack) & (rows["ended"] >= time - slack)
    found = mine.nonzero()[0]
    if not len(found):
        return None
    held = rows[found]
    begun, ended = work_began(held), held["ended"]
    missed = np.maximum(np.maximum(begun - time, time - ended), 0.0)
    if missed.min() > slack:
        return first + int(found[0])
    nearest_first = np.lexsort((abs((begun + ended) / 2 - time), never_begun(held), missed))
    return first + int(found[nearest_first[0]])


def beside(deliveries: Deliveries, worker: int, row: int, step: int) -> int | None:
    """The row of the same worker that comes ``step`` rows later, or earlier where negative."""
    mine = (deliveries["worker"] == worker).nonzero()[0]
    place = int(mine.searchsorted(row)) + step
    return int(mine[place]) if 0 <= place < len(mine) else None


def nearest(deliveries: Deliveries, worker: int, time: float) -> int | None:
    """The row of that worker whose work was nearest to ``time``; of one that began nothing, the end of a row."""
    mine = (deliveries["worker"] == worker).nonzero()[0]
    if not len(mine):
        return None
    never = never_begun(deliveries[mine])
    mine = mine if never.all() else mine[~never]
    rows = deliveries[mine]
    return int(mine[abs((work_began(rows) + rows["ended"]) / 2 - time).argmin()])
