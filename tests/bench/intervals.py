"""How evenly a Qt event loop turns."""

import asyncio
import time
from typing import TypedDict

from PySide6.QtCore import Qt, QTimer

FRAME_MS = 33


class Intervals(TypedDict):
    """Milliseconds."""

    p50: float
    p99: float
    worst: float
    count: int


class IntervalMeter:
    """Collects the intervals of a timer of 33 ms: the frames that a busy loop delays come late."""

    def __init__(self) -> None:
        self._intervals: list[float] = []
        self._last: float | None = None

    async def measure(self, seconds: float) -> None:
        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._tick)
        self._last = None
        timer.start(FRAME_MS)
        await asyncio.sleep(seconds)
        timer.stop()

    def summary(self) -> Intervals:
        ordered = sorted(self._intervals)
        return Intervals(
            p50=ordered[len(ordered) // 2],
            p99=ordered[int(len(ordered) * 0.99)],
            worst=ordered[-1],
            count=len(ordered),
        )

    def _tick(self) -> None:
        now = time.perf_counter()
        if self._last is not None:
            self._intervals.append((now - self._last) * 1000)
        self._last = now
