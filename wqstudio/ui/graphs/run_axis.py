"""The axis below the charts of a comparison: seconds since each run began."""

from collections.abc import Sequence
from math import ceil, floor

from wqstudio.engine.drawing.axis import decimals_of, round_step
from wqstudio.ui.graphs.time_axis import TimeAxis
from wqstudio.ui.theme import Theme

_TICK = 64
"""Pixels from one tick to the next at least."""


class RunAxis(TimeAxis):
    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "runAxis")
        self.setAccessibleName("Seconds since each run began")

    def ticks(self) -> Sequence[tuple[float, str]]:
        return elapsed_ticks(self._start, self._span, max(2, self.width() // _TICK))

    def left_of(self, middle: float, breadth: float) -> float:
        """The first is at the beginning, and whole."""
        return min(max(middle - breadth / 2, 0.0), self.width() - breadth)


def elapsed_ticks(start: float, span: float, most: int) -> list[tuple[float, str]]:
    """At round seconds since the beginning, at most so many."""
    step = round_step(span / most)
    decimals = decimals_of(step)
    first = max(0, ceil(start / step - 1e-9))
    numbers = range(first, floor((start + span) / step + 1e-9) + 1)
    return [(number * step, f"{number * step:,.{decimals}f}\N{NARROW NO-BREAK SPACE}s") for number in numbers]
