"""Labels for a line that shares its room with controls."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from wqstudio.ui.plain import PlainLabel


class ElidedLabel(PlainLabel):
    """Takes the room that is left, asks for none, and has an ellipsis where that is not enough."""

    def __init__(self, where: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self._where = where
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    @property
    def shown(self) -> str:
        """What there is room for."""
        return self.fontMetrics().elidedText(self._chosen(), self._where, self.width())

    def _chosen(self) -> str:
        return self.text()

    def paintEvent(self, _event: QPaintEvent) -> None:
        text = self.shown
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), self.alignment(), text)


class FittingLabel(ElidedLabel):
    """Says the same in fewer words where there is no room for more; to a screen reader, always all of it."""

    def __init__(self, where: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__(where)
        self._ways: Sequence[str] = ("",)

    def say(self, *ways: str) -> None:
        """The longest first."""
        self._ways = ways
        self.setText(ways[0])

    def _chosen(self) -> str:
        metrics, room = self.fontMetrics(), self.width()
        return next((each for each in self._ways if metrics.horizontalAdvance(each) <= room), self._ways[-1])
