"""Finding in a long record of deliveries those that are in sight."""

from bisect import bisect_left

from wqstudio.domain.delivery import Deliveries

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
    """The row that the worker held at ``time``, the one that it was at rather than one that it had not begun.

    ``slack``: seconds by which a bar may be missed, since one of no length can hardly be hit.
    """
    first = since(deliveries, time - slack)
    rows = deliveries[first:]
    mine = (rows["worker"] == worker) & (rows["received"] <= time + slack) & (rows["ended"] >= time - slack)
    found = mine.nonzero()[0]
    if not len(found):
        return None
    begun = rows["begun"][found] - slack <= time
    choice = found[begun] if begun.any() else found
    if begun.any():
        distance = abs((rows["begun"][choice] + rows["ended"][choice]) / 2 - time)
        return first + int(choice[distance.argmin()])
    return first + int(choice[0])


def beside(deliveries: Deliveries, worker: int, row: int, step: int) -> int | None:
    """The row of the same worker that comes ``step`` rows later, or earlier where negative."""
    mine = (deliveries["worker"] == worker).nonzero()[0]
    place = int(mine.searchsorted(row)) + step
    return int(mine[place]) if 0 <= place < len(mine) else None


def nearest(deliveries: Deliveries, worker: int, time: float) -> int | None:
    """The row of that worker whose work was nearest to ``time``."""
    mine = (deliveries["worker"] == worker).nonzero()[0]
    if not len(mine):
        return None
    rows = deliveries[mine]
    return int(mine[abs((rows["begun"] + rows["ended"]) / 2 - time).argmin()])
