"""Which stretch of time the timeline shows: what all graphs show, or a run as a whole."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from wqstudio.ui import growth
from wqstudio.ui.time_view import SHORTEST, TimeView

_AIR = 0.03
"""Of a run, beside it at both ends."""
_SHORTEST = 0.05
_NEAR_THE_END = 0.1
"""Of what is seen."""


class TimelineView(QObject):
    """Moves with the other graphs, but for the beginning: what has just begun is not shown beside a minute of nothing.

    Hands move it alone then, and when it is fitted to a run, until the others are moved.
    """

    live_changed = Signal(bool)
    pointed = Signal(object)
    """The time under the pointer in one of the graphs, or None."""

    def __init__(self, shared: TimeView, first: Callable[[], float], parent: QObject | None = None) -> None:
        """``first``: since when there is anything to see, unix time in seconds."""
        super().__init__(parent)
        self._shared, self._first = shared, first
        self._own = TimeView(self, shortest=_SHORTEST)
        self._fitted = False
        self._length: float | None = None
        """Seconds to show while it grows, if hands have said so."""
        self._shown = (0.0, 0.0)
        """While it was live, last."""
        self._grows = False
        """That was something else than what the others show."""
        shared.changed.connect(self.leave)
        shared.live_changed.connect(self._on_live)
        shared.pointed.connect(self.pointed)

    @property
    def live(self) -> bool:
        return self._shared.live and not self._fitted

    @property
    def span(self) -> float:
        return self._shown[1] - self._shown[0] if self._growing else self._current.span

    @property
    def lag(self) -> float:
        return self._current.lag

    def edges(self, now: float) -> tuple[float, float]:
        edges = self._current.edges(now)
        if not self.live:
            return edges
        self._shown = growth.edges(self._first(), edges[1], self._shared.span, self._length)
        self._grows = self._shown != edges
        return self._shown

    def fit(self, start: float, end: float) -> None:
        """Show all of that, and stay there. Unix times in seconds."""
        air = max((end - start) * _AIR, _SHORTEST / 2)
        self._hold(start - air, end + air)

    def leave(self) -> None:
        """Back to what the others show."""
        self._length = None
        if self._fitted:
            self._fitted = False
            self.live_changed.emit(self._shared.live)

    def go_live(self) -> None:
        self.leave()
        self._shared.go_live()

    def zoom(self, factor: float, anchor: float, now: float) -> None:
        if self._growing:
            self._length = min(max(self.span * factor, SHORTEST), self._shared.span)
        else:
            self._current.zoom(factor, anchor, now)

    def zoom_at(self, factor: float, anchor: float, now: float) -> None:
        """As ``zoom``, about what one points at. Who looks closer at the past has it stand still; near the end of a
        live view, or away from it, one goes on with it.
        """
        start, end = self.edges(now)
        if self.live and factor < 1 and anchor < end - _NEAR_THE_END * (end - start):
            if self._grows:
                self._hold(start, end)
            else:
                self._shared.hold_at(start, end)
        self.zoom(factor, anchor, now)

    def pan(self, seconds: float, now: float) -> None:
        if self._growing:
            self._hold(*self._shown)
        self._current.pan(seconds, now)

    @property
    def _current(self) -> TimeView:
        return self._own if self._fitted else self._shared

    @property
    def _growing(self) -> bool:
        return self.live and self._grows

    def _hold(self, start: float, end: float) -> None:
        self._own.hold_at(start, end)
        self._fitted = True
        self.live_changed.emit(False)

    def _on_live(self) -> None:
        """A person has frozen the others, or has them go on. Frozen is what is seen."""
        frozen = self._grows and not self._fitted and not self._shared.live
        self._fitted = False
        if frozen:
            self._hold(*self._shown)
        else:
            self.live_changed.emit(self._shared.live)
