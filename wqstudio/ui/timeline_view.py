"""Which stretch of time the timeline shows: what all graphs show, or a run as a whole."""

from PySide6.QtCore import QObject, Signal

from wqstudio.ui.time_view import TimeView

_AIR = 0.03
"""Of a run, beside it at both ends."""
_SHORTEST = 0.05


class TimelineView(QObject):
    """Moves with the other graphs until it is fitted to a run; then it is moved by itself, until they are moved."""

    live_changed = Signal(bool)
    pointed = Signal(object)
    """The time under the pointer in one of the graphs, or None."""

    def __init__(self, shared: TimeView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shared = shared
        self._own = TimeView(self, shortest=_SHORTEST)
        self._fitted = False
        shared.changed.connect(self.leave)
        shared.live_changed.connect(self._on_live)
        shared.pointed.connect(self.pointed)

    @property
    def fitted(self) -> bool:
        return self._fitted

    @property
    def live(self) -> bool:
        return self._shared.live and not self._fitted

    @property
    def span(self) -> float:
        return self._current.span

    @property
    def lag(self) -> float:
        return self._current.lag

    def edges(self, now: float) -> tuple[float, float]:
        return self._current.edges(now)

    def fit(self, start: float, end: float) -> None:
        """Show all of that, and stay there. Unix times in seconds."""
        air = max((end - start) * _AIR, _SHORTEST / 2)
        self._own.hold_at(start - air, end + air)
        self._fitted = True
        self.live_changed.emit(False)

    def leave(self) -> None:
        """Back to what the others show."""
        if self._fitted:
            self._fitted = False
            self.live_changed.emit(self._shared.live)

    def go_live(self) -> None:
        self.leave()
        self._shared.go_live()

    def zoom(self, factor: float, anchor: float, now: float) -> None:
        self._current.zoom(factor, anchor, now)

    def pan(self, seconds: float, now: float) -> None:
        self._current.pan(seconds, now)

    @property
    def _current(self) -> TimeView:
        return self._own if self._fitted else self._shared

    def _on_live(self) -> None:
        """A person has frozen the others, or has them go on."""
        self._fitted = False
        self.live_changed.emit(self._shared.live)
