"""The way back to now, in the corner of what shows the past."""

from PySide6.QtWidgets import QPushButton, QWidget

from wqstudio.ui.icons import bind_icon
from wqstudio.ui.theme import SPACE_S, Theme
from wqstudio.ui.time_view import TimeView
from wqstudio.ui.timeline_view import TimelineView


class BackToLive(QPushButton):
    """Lies in the upper right corner of ``over`` while the view is held."""

    def __init__(self, over: QWidget, name: str, title: str, theme: Theme, view: TimeView | TimelineView) -> None:
        """``name``: what its object's name begins with; ``title``: of what it lies in."""
        super().__init__("Back to live", over)
        self._over = over
        self.setObjectName(f"{name}BackToLive")
        self.setAccessibleName(f"{title}: back to live")
        bind_icon(self, "live", theme, "accent")
        self.clicked.connect(view.go_live)
        view.live_changed.connect(self._show_live)
        self._show_live(live=view.live)

    def place(self) -> None:
        """Again, after what it lies in has another size."""
        self.adjustSize()
        self.move(self._over.width() - self.width() - SPACE_S, SPACE_S)

    def _show_live(self, live: bool) -> None:
        self.setVisible(not live)
        self.place()
