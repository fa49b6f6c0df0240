"""The tabs of the views, which stand closer where the window is narrow."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabWidget

_ROOMY = 640


class ViewTabs(QTabWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tabs")
        self.setAccessibleName("Views")
        self.setDocumentMode(True)
        self.tabBar().setProperty("tight", False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        tight = event.size().width() < _ROOMY
        bar = self.tabBar()
        if bar.property("tight") != tight:
            bar.setProperty("tight", tight)
            bar.style().unpolish(bar)  # the style sheet tells by this property how wide tabs are
            bar.style().polish(bar)
        super().resizeEvent(event)
