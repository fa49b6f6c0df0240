"""Which delivery one points at."""

from dataclasses import dataclass

from wqstudio.domain.delivery import BegunDelivery
from wqstudio.domain.dispatch_rows import work_began
from wqstudio.engine.timeline import Timeline
from wqstudio.ui.graphs import timeline_past as past


@dataclass(frozen=True, slots=True)
class Pointed:
    """A delivery by its number, counted from the first there ever was; None: the one that the worker is at."""

    number: int | None
    worker: int


class Pointing:
    """Finds deliveries of a timeline, and finds them again while time goes on. Times are unix seconds."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def at(self, worker: int, time: float, slack: float, now: float) -> Pointed | None:
        """``slack``: seconds by which one may miss it."""
        opened = self.opened(Pointed(None, worker))
        if opened is not None and opened.begun - slack <= time <= now + slack:
            return Pointed(None, worker)
        row = past.at(self._timeline.deliveries, worker, time, slack)
        return None if row is None else self._of(row, worker)

    def nearest(self, worker: int, time: float) -> Pointed:
        row = past.nearest(self._timeline.deliveries, worker, time)
        return Pointed(None, worker) if row is None else self._of(row, worker)

    def beside(self, pointed: Pointed, step: int) -> Pointed | None:
        """Of the same worker, ``step`` deliveries later, or earlier where negative."""
        rows = self._timeline.deliveries
        row = len(rows) if pointed.number is None else pointed.number - self._timeline.dropped
        other = past.beside(rows, pointed.worker, row, step)
        return None if other is None else self._of(other, pointed.worker)

    def opened(self, pointed: Pointed) -> BegunDelivery | None:
        """What is being worked on; None where it is settled."""
        if pointed.number is not None:
            return None
        return next((one for one in self._timeline.open if one.worker == pointed.worker), None)

    def row(self, pointed: Pointed) -> int | None:
        """None where it is not settled, or not kept any more."""
        if pointed.number is None:
            return None
        row = pointed.number - self._timeline.dropped
        return row if 0 <= row < len(self._timeline.deliveries) else None

    def extent(self, pointed: Pointed, now: float) -> tuple[float, float] | None:
        """From when to when it was worked on; None where that is not known any more."""
        if (opened := self.opened(pointed)) is not None:
            return opened.begun, now
        if (row := self.row(pointed)) is None:
            return None
        one = self._timeline.deliveries[row : row + 1]
        return float(work_began(one)[0]), float(one["ended"][0])

    def _of(self, row: int, worker: int) -> Pointed:
        return Pointed(row + self._timeline.dropped, worker)
