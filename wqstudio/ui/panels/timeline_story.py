"""The whole story of the message whose delivery was clicked."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from wqstudio.engine.timeline.timeline import Story
from wqstudio.ui.panels.scrolling import let_scroll
from wqstudio.ui.panels.stations import Stations
from wqstudio.ui.panels.story_stations import heading, stations
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_S, Theme

_WIDTH = 430
_MOST = 420
"""Pixels that it is high at most; what is longer scrolls."""


class StoryPopover(QFrame):
    """Closes with Esc, or a click beside it."""

    def __init__(self, story: Story, asked: tuple[int, float], theme: Theme, parent: QWidget) -> None:
        """``asked``: by which worker and time of receipt the delivery that was clicked is known in it."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("storyPopover")
        self.setAccessibleName("The message's story")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("kind", "popup")
        title = PlainLabel(heading(story))
        title.setObjectName("storyHeading")
        title.setProperty("kind", "heading")
        self._stations = Stations(tuple(stations(story, asked, theme.tones)), theme)
        self._area = QScrollArea()
        self._area.setObjectName("storyStations")
        self._area.setAccessibleName("Deliveries of the message, oldest first")
        let_scroll(self._area)
        self._area.setWidget(self._stations)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_L, SPACE_S, SPACE_S)
        layout.setSpacing(SPACE_S)
        layout.addWidget(title)
        layout.addWidget(self._area)
        self.setFixedWidth(_WIDTH)

    def open_at(self, where: QPoint) -> None:
        """Beside that place on the screen, and all of it on the screen."""
        layout = self._stations.layout()
        assert layout is not None
        inner = layout.totalHeightForWidth(_WIDTH - SPACE_L - SPACE_S - 12)
        self._area.setFixedHeight(min(inner, _MOST))
        self.adjustSize()
        parent = self.parentWidget()
        assert parent is not None
        screen = parent.screen().availableGeometry()
        left = max(screen.left(), min(where.x() + SPACE_S, screen.right() - self.width()))
        top = max(screen.top(), min(where.y() + SPACE_L, screen.bottom() - self.height()))
        self.move(left, top)
        self.show()
