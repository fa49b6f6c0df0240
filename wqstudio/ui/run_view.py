"""Which stretch of runs the charts of a comparison show, shared so that they move together."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

_SHORTEST = 0.02
"""Of the whole, by zooming."""
_BEFORE, _AFTER = 0.02, 0.04
"""Of the longest run: some air."""
_MOST_WORDS = 0.5
"""Of the breadth, that is left to the words at an end: where there is less room, they are left out."""


@dataclass(frozen=True, slots=True)
class End:
    """Of a run."""

    at: float
    """Seconds since it began."""
    words: float
    """Share of the breadth that its words need beyond it."""


class RunView(QObject):
    """Seconds since each run began. All of the longest run is what there is to see."""

    changed = Signal()
    pointed = Signal(object)
    """The time under the pointer in one of the charts, or None."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._first, self._last = 0.0, 1.0
        self._start, self._span = 0.0, 1.0

    @property
    def start(self) -> float:
        return self._start

    @property
    def span(self) -> float:
        return self._span

    @property
    def end(self) -> float:
        return self._start + self._span

    @property
    def whole(self) -> bool:
        return self._span >= self._last - self._first

    def fit(self, ends: Sequence[End]) -> None:
        """To runs that end there, with room for the words beyond each end. What is shown as a whole stays whole."""
        whole = self.whole
        longest = max([1e-3, *(end.at for end in ends)])
        self._first = -_BEFORE * longest
        spans = [(end.at - self._first) / (1 - end.words) for end in ends if end.words <= _MOST_WORDS]
        self._last = self._first + max([(1 + _AFTER) * longest - self._first, *spans])
        if whole:
            self.show_all()
        else:
            self._span = min(self._span, self._last - self._first)
            self._move_to(self._start)

    def show_all(self) -> None:
        self._start, self._span = self._first, self._last - self._first
        self.changed.emit()

    def zoom(self, factor: float, anchor: float) -> None:
        """Make the span ``factor`` times as long; ``anchor`` stays where it is as far as the ends let it."""
        whole = self._last - self._first
        span = min(max(self._span * factor, whole * _SHORTEST), whole)
        share = (anchor - self._start) / self._span
        self._span = span
        self._move_to(anchor - share * span)

    def pan(self, seconds: float) -> None:
        self._move_to(self._start + seconds)

    def _move_to(self, start: float) -> None:
        self._start = min(max(start, self._first), self._last - self._span)
        self.changed.emit()
