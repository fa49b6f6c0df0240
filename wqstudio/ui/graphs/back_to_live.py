"""The way back to now, in or beside what shows the past."""

from PySide6.QtWidgets import QPushButton, QWidget

from wqstudio.ui.icons import bind_icon
from wqstudio.ui.theme import SPACE_S, Theme
from wqstudio.ui.time_view import TimeView
from wqstudio.ui.timeline_view import TimelineView


class BackToLive(QPushButton):
    """Shown while the view is held."""

    def __init__(self, parent: QWidget, name: str, title: str, theme: Theme, view: TimeView | TimelineView) -> None:
        """``name``: what its object's name begins with; ``title``: of what it leads back."""
        super().__init__("Back to live", parent)
        self.setObjectName(f"{name}BackToLive")
        self.setAccessibleName(f"{title}: back to live")
        bind_icon(self, "live", theme, "accent")
        self.clicked.connect(view.go_live)
        view.live_changed.connect(lambda live: self.setVisible(not live))
        self.setVisible(not view.live)


class CornerBackToLive(BackToLive):
    """Lies in the upper right corner of its parent."""

    def place(self) -> None:
        """After the parent has another size."""
        over = self.parentWidget()
        assert over is not None
        self.adjustSize()
        self.move(over.width() - self.width() - SPACE_S, SPACE_S)
