"""All that a timeline's legend has, one below the other, with what each means."""

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from wqstudio.ui.graphs.timeline_key import ENTRIES, SAMPLE, Entry, paint_sample
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XS, Theme


class KeyList(QFrame):
    """Closes with Esc, or a click beside it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("timelineKey")
        self.setAccessibleName("What the colours and signs of the timeline mean")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("kind", "popup")
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        grid.setHorizontalSpacing(SPACE_M)
        grid.setVerticalSpacing(SPACE_S)
        for row, entry in enumerate(ENTRIES):
            meaning = PlainLabel(entry.tip)
            meaning.setProperty("kind", "muted")
            grid.addWidget(_Drawn(entry, theme), row, 0)
            grid.addWidget(PlainLabel(entry.name), row, 1)
            grid.addWidget(meaning, row, 2)

    def open_at(self, where: QPoint) -> None:
        """Its upper left corner on the screen, as far as all of it is there then."""
        self.adjustSize()
        parent = self.parentWidget()
        assert parent is not None
        screen = parent.screen().availableGeometry()
        left = max(screen.left(), min(where.x(), screen.right() - self.width()))
        top = max(screen.top(), min(where.y() + SPACE_XS, screen.bottom() - self.height()))
        self.move(left, top)
        self.show()


class _Drawn(QWidget):
    """A sample."""

    def __init__(self, entry: Entry, theme: Theme) -> None:
        super().__init__()
        self._entry, self._theme = entry, theme
        self.setFixedSize(SAMPLE.width(), SAMPLE.height() + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(0, 1, SAMPLE.width(), SAMPLE.height())
        paint_sample(painter, box, self._entry, self._theme.tones)
