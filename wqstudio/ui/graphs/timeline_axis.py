"""The clock below a timeline."""

from collections.abc import Sequence

from wqstudio.ui.graphs.axes import clock_ticks, tick_label
from wqstudio.ui.graphs.time_axis import TimeAxis
from wqstudio.ui.theme import Theme


class TimelineAxis(TimeAxis):
    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "timelineAxis")

    def ticks(self) -> Sequence[tuple[float, str]]:
        step, times = clock_ticks(self._start, self._start + self._span, self.width())
        return [(time, tick_label(time, step)) for time in times]

    def left_of(self, middle: float, breadth: float) -> float | None:
        left = middle - breadth / 2
        return left if 0 <= left <= self.width() - breadth else None
