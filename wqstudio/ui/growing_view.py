"""Which stretch of time is shown of what is played now: all of it so far, and some room for what comes."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from wqstudio.ui.time_view import TimeView
from wqstudio.ui.timeline_view import TimelineView

_FIRST = 10.0
"""Seconds; twice as many whenever they are full."""
_FULL, _AIR = 0.97, 0.02
"""Of the stretch."""


class GrowingView(TimelineView):
    """The past stands still while now moves to the right; hands do not move it."""

    def __init__(self, began: Callable[[], float], parent: QObject | None = None) -> None:
        """``began``: when what is played did, unix time in seconds."""
        super().__init__(TimeView(), parent)
        self._began = began

    def edges(self, now: float) -> tuple[float, float]:
        began, span = self._began(), _FIRST
        while now - began > span * _FULL:
            span *= 2
        return began - _AIR * span, began + span

    def zoom(self, factor: float, anchor: float, now: float) -> None:
        """Nothing: soon all of it can be looked at closely."""

    def pan(self, seconds: float, now: float) -> None:
        """The same."""

    def fit(self, start: float, end: float) -> None:
        """It always shows all of it."""
