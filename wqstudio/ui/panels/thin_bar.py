"""A thin progress bar in a concept's colour."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from wqstudio.ui.panels.painting import bar
from wqstudio.ui.theme import Concept, Theme

_HEIGHT = 6


class ThinBar(QWidget):
    def __init__(self, theme: Theme, concept: Concept) -> None:
        super().__init__()
        self._theme, self._concept, self._share = theme, concept, 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(80, _HEIGHT)

    def show_share(self, share: float) -> None:
        """0 to 1."""
        self._share = share
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar(painter, QRectF(self.rect()), self._share, self._concept.color, QColor(self._theme.tones.line))
        painter.end()
