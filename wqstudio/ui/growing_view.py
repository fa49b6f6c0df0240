"""Which stretch of time is shown of what is played now: all of it so far, and some room for what comes."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from wqstudio.ui.time_view import LONGEST, TimeView
from wqstudio.ui.timeline_view import TimelineView


class GrowingView(TimelineView):
    """The past stands still while now moves to the right; hands do not move it."""

    def __init__(self, first: Callable[[], float], parent: QObject | None = None) -> None:
        """``first``: since when there is anything to see, unix time in seconds."""
        super().__init__(TimeView(parent, span=LONGEST), first, parent)

    def zoom(self, factor: float, anchor: float, now: float) -> None:
        """Nothing: soon all of it can be looked at closely."""

    def zoom_at(self, factor: float, anchor: float, now: float) -> None:
        """The same."""

    def pan(self, seconds: float, now: float) -> None:
        """The same."""

    def fit(self, start: float, end: float) -> None:
        """It always shows all of it."""
