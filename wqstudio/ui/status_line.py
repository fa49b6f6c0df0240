"""The line below everything: how old the numbers are, how many queues there are, how fluent the window is."""

import time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStatusBar

from wqstudio.brokers.port import Words
from wqstudio.domain.reading import Unknown
from wqstudio.ui import format as figures
from wqstudio.ui.frame_clock import FrameClock
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.staleness import why_stale

if TYPE_CHECKING:  # the window's first picture does without the engine
    from wqstudio.engine.monitor import Beat

_EVERY = 10
"""Frames between two looks at the clock."""


class StatusLine:
    """Writes into a window's status bar. The numbers of a poll that failed, or never ended, are said to be stale."""

    def __init__(self, bar: QStatusBar, clock: FrameClock) -> None:
        self._clock = clock
        self._words: Words | None = None
        self._beat: Beat | None = None
        self._frames = 0
        bar.setSizeGripEnabled(False)
        self._poll, self._queues, self._fps = (_label(name) for name in ("pollStatus", "queueCount", "frameRate"))
        bar.addWidget(self._poll, 1)
        bar.addPermanentWidget(self._queues)
        bar.addPermanentWidget(self._fps)
        clock.tick.connect(self._on_tick)

    def open(self, words: Words) -> None:
        self._words, self._beat = words, None
        self._poll.setText("first poll under way")

    def close(self) -> None:
        self._words = self._beat = None
        for label in (self._poll, self._queues, self._fps):
            label.clear()
        self._mark_stale(stale=False)

    def show_beat(self, beat: "Beat") -> None:
        self._beat = beat
        self._show(time.time())

    def _on_tick(self, now: float) -> None:
        self._frames += 1
        if self._frames % _EVERY == 0 and self._words is not None:
            self._show(now)

    def _show(self, now: float) -> None:
        self._fps.setText(f"{self._clock.fps:.0f} fps")
        self._fps.setToolTip(f"99 of 100 frames came within {figures.duration(self._clock.slowest)}")
        if self._beat is None:
            return
        reason = why_stale(self._beat, now)
        self._mark_stale(stale=bool(reason))
        self._poll.setText(reason or self._fresh(self._beat, now))
        self._poll.setToolTip(plain_tip(reason))
        self._queues.setText(self._queue_count(self._beat))

    @staticmethod
    def _fresh(beat: "Beat", now: float) -> str:
        assert beat.snapshot is not None
        every = figures.duration(beat.interval + beat.snapshot.took)
        return f"poll {every}, {figures.duration(beat.snapshot.age(now))} old"

    def _queue_count(self, beat: "Beat") -> str:
        if beat.snapshot is None or self._words is None:
            return ""
        if isinstance(beat.snapshot.queues, Unknown):
            return f"{figures.UNKNOWN} {self._words.queues}"
        number = len(beat.snapshot.queues)
        return f"{number:,} {self._words.queue if number == 1 else self._words.queues}"

    def _mark_stale(self, *, stale: bool) -> None:
        if bool(self._poll.property("stale")) != stale:
            self._poll.setProperty("stale", stale)
            self._poll.style().polish(self._poll)


def _label(name: str) -> PlainLabel:
    label = PlainLabel()
    label.setObjectName(name)
    label.setMinimumWidth(1)
    return label
