"""The explorer's tree: a click beside the rows means none of them, and lines that are links are followed."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QCursor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QTreeView

from wqstudio.ui.models.dead_links import DeadLink
from wqstudio.ui.models.explorer import ExplorerModel

_FOLLOW_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class ExplorerTree(QTreeView):
    blank_clicked = Signal()
    link_followed = Signal(object, object)
    """The ``DeadLink``, and where it stands in the viewport, a ``QPoint``."""

    def __init__(self, model: ExplorerModel) -> None:
        super().__init__()
        self._rows = model
        self.lines: Callable[[QPainter, QModelIndex, QModelIndex], None] | None = None
        """Draws over the rows, given those that are chosen and pointed at."""
        self._pointed_at = QPersistentModelIndex()
        self._pressed = QPersistentModelIndex()
        self.setModel(model)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and self._link(index) is not None:
            self._pressed = QPersistentModelIndex(index)  # what is selected is left alone until the click is done
            return
        super().mousePressEvent(event)
        if not index.isValid():
            self.blank_clicked.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, QPersistentModelIndex()
        index = self.indexAt(event.position().toPoint())
        if pressed.isValid() and pressed == index:
            self._follow(index)
        else:
            super().mouseReleaseEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        if self._pointed_at != index:
            self._pointed_at = QPersistentModelIndex(index)
            self.viewport().update()  # the lines reach beyond the rows that Qt repaints
        link = self._link(index)
        leads_on = link is not None and link.listed
        self.viewport().setCursor(
            QCursor(Qt.CursorShape.PointingHandCursor if leads_on else Qt.CursorShape.ArrowCursor)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.lines is not None:
            painter = QPainter(self.viewport())
            self.lines(painter, self.currentIndex(), self._pointed())
            painter.end()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.viewport().update()

    def _pointed(self) -> QModelIndex:
        if not self.viewport().underMouse():
            return QModelIndex()
        return self.indexAt(self.viewport().mapFromGlobal(QCursor.pos()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _FOLLOW_KEYS and self._link(self.currentIndex()) is not None:
            self._follow(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _link(self, index: QModelIndex) -> DeadLink | None:
        return self._rows.row(index).link if index.isValid() else None

    def _follow(self, index: QModelIndex) -> None:
        link = self._link(index)
        if link is not None and link.listed:
            self.link_followed.emit(link, self.visualRect(index).bottomLeft())
