"""Paragraphs as high as they need; where there is no room for that they scroll, and what is below stays in sight."""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from wqstudio.ui.panels.scrolling import let_scroll

_LEAST = 48
"""Of its height: two lines and a part of the next, so that one sees that there is more."""


class GivingText(QScrollArea):
    def __init__(self, name: str, said: str, paragraphs: Sequence[QWidget], spacing: int) -> None:
        """``said``: its accessible name."""
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(said)
        let_scroll(self)
        content = QWidget()
        content.setObjectName("givingText")
        self._lines = QVBoxLayout(content)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(spacing)
        for paragraph in paragraphs:
            self._lines.addWidget(paragraph)
        self.setWidget(content)

    def fit(self) -> None:
        """The paragraphs are others, or the breadth is."""
        self._lines.activate()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Of all of it in the breadth that it has."""
        return QSize(super().sizeHint().width(), self._wanted())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, min(_LEAST, self._wanted()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.fit()

    def _wanted(self) -> int:
        return self._lines.totalHeightForWidth(self.width()) if self._lines.hasHeightForWidth() else 0
