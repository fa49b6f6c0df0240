"""Which stretch of time the graphs show, shared so that they move together."""

from PySide6.QtCore import QObject, Signal

from wqstudio.domain.spans import DAY, HOUR, MINUTE

WINDOWS: tuple[tuple[str, float], ...] = (
    ("1 min", MINUTE),
    ("5 min", 5 * MINUTE),
    ("15 min", 15 * MINUTE),
    ("1 h", HOUR),
    ("6 h", 6 * HOUR),
    ("24 h", DAY),
)
"""What a person can choose, in seconds."""

SHORTEST, LONGEST = 2.0, DAY


class TimeView(QObject):
    """Live, it ends one beat ago, so that the newest point slides in at the edge instead of jumping; held, it stands.

    Zooming keeps a live view live, dragging holds it. Times are unix seconds.
    """

    changed = Signal()
    """Other data is to be shown: the span changed, or the person moved a held view."""
    live_changed = Signal(bool)
    pointed = Signal(object)
    """The time under the pointer in one of the graphs, or None."""

    def __init__(self, parent: QObject | None = None, span: float = MINUTE, shortest: float = SHORTEST) -> None:
        super().__init__(parent)
        self._shortest = shortest
        self._span = span
        self._held_end: float | None = None
        self.lag = 1.0
        """Seconds by which a live view trails the clock."""

    @property
    def span(self) -> float:
        return self._span

    @property
    def live(self) -> bool:
        return self._held_end is None

    def edges(self, now: float) -> tuple[float, float]:
        end = self._end(now)
        return end - self._span, end

    def show_span(self, seconds: float) -> None:
        self._span = min(max(seconds, self._shortest), LONGEST)
        self.changed.emit()

    def hold(self, now: float) -> None:
        """Stand still. Data goes on being recorded."""
        if self.live:
            self._held_end = self._end(now)
            self.live_changed.emit(False)

    def hold_at(self, start: float, end: float) -> None:
        """Show that stretch, and stand still."""
        self._span = min(max(end - start, self._shortest), LONGEST)
        was_live, self._held_end = self.live, end
        if was_live:
            self.live_changed.emit(False)
        self.changed.emit()

    def go_live(self) -> None:
        if not self.live:
            self._held_end = None
            self.live_changed.emit(True)
            self.changed.emit()

    def zoom(self, factor: float, anchor: float, now: float) -> None:
        """Make the span ``factor`` times as long. ``anchor`` stays where it is; a live view keeps its edge."""
        span = min(max(self._span * factor, self._shortest), LONGEST)
        if self._held_end is not None:
            share = (self._held_end - anchor) / self._span
            self._held_end = min(anchor + share * span, max(now, self._held_end))
        self._span = span
        self.changed.emit()

    def pan(self, seconds: float, now: float) -> None:
        """Move towards the future; the past of a day, and the present, are the ends, unless it was beyond already."""
        self.hold(now)
        assert self._held_end is not None
        self._held_end = min(max(self._held_end + seconds, now - DAY), max(self._now(now), self._held_end))
        self.changed.emit()

    def _end(self, now: float) -> float:
        return self._now(now) if self._held_end is None else self._held_end

    def _now(self, now: float) -> float:
        return now - self.lag
