"""Which delivery one points at."""

from dataclasses import dataclass

from wqstudio.domain.delivery import BegunDelivery
from wqstudio.domain.dispatch_rows import work_began
from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.ui.graphs import timeline_past as past


@dataclass(frozen=True, slots=True)
class Pointed:
    """A delivery by its number, counted from the first there ever was; None: the one that the worker is at."""

    number: int | None
    worker: int
    beginning: int = 0
    """``Timeline.beginnings`` then: what has begun anew counts from 0 again."""


class Pointing:
    """Finds deliveries of a timeline, and finds them again while time goes on. Times are unix seconds."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def at(self, worker: int, time: float, slack: float, now: float) -> Pointed | None:
        """``slack``: seconds by which one may miss it."""
        opened = self.opened(self._at_work(worker))
        if opened is not None and opened.begun - slack <= time <= now + slack:
            return self._at_work(worker)
        row = past.at(self._timeline.deliveries, worker, time, slack)
        return None if row is None else self._of(row, worker)

    def nearest(self, worker: int, time: float) -> Pointed:
        row = past.nearest(self._timeline.deliveries, worker, time)
        return self._at_work(worker) if row is None else self._of(row, worker)

    def beside(self, pointed: Pointed, step: int) -> Pointed | None:
        """Of the same worker, ``step`` deliveries later, or earlier where negative."""
        rows = self._timeline.deliveries
        row = len(rows) if pointed.number is None else self.row(pointed)
        other = None if row is None else past.beside(rows, pointed.worker, row, step)
        return None if other is None else self._of(other, pointed.worker)

    def opened(self, pointed: Pointed) -> BegunDelivery | None:
        """What is being worked on; None where it is settled."""
        if pointed.number is not None or not self._known(pointed):
            return None
        return next((one for one in self._timeline.open if one.worker == pointed.worker), None)

    def row(self, pointed: Pointed) -> int | None:
        """None where it is not settled, or not kept any more."""
        if pointed.number is None or not self._known(pointed):
            return None
        row = pointed.number - self._timeline.dropped
        return row if 0 <= row < len(self._timeline.deliveries) else None

    def receipt(self, pointed: Pointed) -> tuple[int, float] | None:
        """Its task, and when it was received; None where that is not known any more."""
        if (opened := self.opened(pointed)) is not None:
            return opened.task, opened.received
        if (row := self.row(pointed)) is None:
            return None
        one = self._timeline.deliveries[row]
        return int(one["task"]), float(one["received"])

    def extent(self, pointed: Pointed, now: float) -> tuple[float, float] | None:
        """From when to when it was worked on; None where that is not known any more."""
        if (opened := self.opened(pointed)) is not None:
            return opened.begun, now
        if (row := self.row(pointed)) is None:
            return None
        one = self._timeline.deliveries[row : row + 1]
        return float(work_began(one)[0]), float(one["ended"][0])

    def _known(self, pointed: Pointed) -> bool:
        return pointed.beginning == self._timeline.beginnings

    def _at_work(self, worker: int) -> Pointed:
        return Pointed(None, worker, self._timeline.beginnings)

    def _of(self, row: int, worker: int) -> Pointed:
        return Pointed(row + self._timeline.dropped, worker, self._timeline.beginnings)
