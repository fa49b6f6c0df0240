"""What may be higher than there is room."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


def let_scroll(area: QScrollArea) -> None:
    """Up and down alone, without a frame; what is in it is as broad as it is itself."""
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


class Scrolling(QScrollArea):
    """So that a high panel does not take room from those beside it.

    It scrolls up and down alone, so it is as broad as the panel has to be.
    """

    def __init__(self, panel: QWidget) -> None:
        super().__init__()
        self._panel = panel
        let_scroll(self)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what takes the keyboard is inside
        self.setWidget(panel)

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        broad = self._panel.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return least.expandedTo(QSize(broad, 0))
