"""The beat of everything that moves, and how well it is kept."""

import time
from collections import deque

from PySide6.QtCore import QObject, Qt, QTimer, Signal

FRAME_MS = 33
_KEPT = 150


class FrameClock(QObject):
    """Ticks about 30 times a second: enough for a line that moves ten pixels in that time, and cheap on two cores.

    A late tick is a frame that came late, so the intervals say how fluent the window is.
    """

    tick = Signal(float)
    """Unix time."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._last: float | None = None
        self._intervals: deque[float] = deque(maxlen=_KEPT)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)

    def start(self) -> None:
        self._last = None
        self._timer.start(FRAME_MS)

    def stop(self) -> None:
        self._timer.stop()

    @property
    def fps(self) -> float:
        """Over the last five seconds; 0 before the first frames."""
        return len(self._intervals) / total if (total := sum(self._intervals)) else 0.0

    @property
    def slowest(self) -> float:
        """99th percentile of the intervals of the last five seconds, in seconds."""
        ordered = sorted(self._intervals)
        return ordered[int(len(ordered) * 0.99)] if ordered else 0.0

    def _on_timeout(self) -> None:
        now = time.perf_counter()
        if self._last is not None:
            self._intervals.append(now - self._last)
        self._last = now
        self.tick.emit(time.time())
