"""A card over the window, which it dims: for what is to be read before it is done."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.ui.theme import SPACE_S, SPACE_XL

_DIMMED = QColor(0, 0, 0, 110)
_MARGIN = SPACE_XL


class Sheet(QDialog):
    """Its contents go into ``card``. Opened with ``open``; stays with its window, and Esc closes it.

    Framed by the desktop: corners of its own would be black where nothing composes the screen.
    """

    def __init__(self, window: QWidget, name: str, width: int) -> None:
        super().__init__(window)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._window, self._wide = window, width
        self._scrim = _Scrim(window)
        self.card = QFrame()
        self.card.setProperty("kind", "sheet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.card)
        window.installEventFilter(self)
        self.finished.connect(self._scrim.deleteLater)

    @property
    def room(self) -> int:
        """Width of what is in it, margins included."""
        return min(self._wide, self._window.width() - 2 * _MARGIN)

    @property
    def most_height(self) -> int:
        return max(240, self._window.height() - 2 * _MARGIN)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._scrim.cover()
        self.place()
        self.activateWindow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            self.place()
        return super().eventFilter(watched, event)

    def place(self) -> None:
        """In the middle of the window, as high as its contents need."""
        if not self.isVisible():
            return
        self.setFixedSize(self.room, min(self.wanted_height(), self.most_height))
        corner = self._window.mapToGlobal(self._window.rect().topLeft())
        left = self._window.size() - self.size()
        self.move(corner.x() + left.width() // 2, corner.y() + max(_MARGIN, left.height() // 3))

    def wanted_height(self) -> int:
        """Of the contents, in that width."""
        layout = self.card.layout()
        assert layout is not None
        layout.activate()
        return max(layout.totalHeightForWidth(self.room), layout.totalMinimumSize().height())


class _Scrim(QWidget):
    """Over all of the window; what is dimmed is not for clicking, as the sheet is modal."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        window.installEventFilter(self)

    def cover(self) -> None:
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() is QEvent.Type.Resize and self.isVisible():
            self.cover()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), _DIMMED)


def answers(*buttons: QPushButton, aside: Sequence[QPushButton] = ()) -> QHBoxLayout:
    """At the end of a sheet, on the right: the one that does it comes last. ``aside``, on the left: no answers."""
    row = QHBoxLayout()
    row.setSpacing(SPACE_S)
    for button in aside:
        row.addWidget(button)
    row.addStretch(1)
    for button in buttons:
        row.addWidget(button)
    return row
