"""Which stretch of runs the charts of a comparison show, shared so that they move together."""

from PySide6.QtCore import QObject, Signal

_SHORTEST = 0.02
"""Of the whole, by zooming."""
_BEFORE, _AFTER = 0.02, 0.25
"""Of the whole: some air, and room for the words at the end of the longest."""


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

    def fit(self, seconds: float) -> None:
        """To a longest run of so many seconds, shown as a whole."""
        seconds = max(seconds, 1e-3)
        self._first, self._last = -_BEFORE * seconds, (1 + _AFTER) * seconds
        self.show_all()

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
