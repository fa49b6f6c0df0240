"""The tabs of the views, which stand as close as they have to for none to be cut."""

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabWidget

_WAYS = ("", "true", "most", "small")
"""How tight, the roomiest first; the style sheet says what that means."""


class ViewTabs(QTabWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tabs")
        self.setAccessibleName("Views")
        self.setDocumentMode(True)

    def setTabText(self, index: int, text: str) -> None:
        if text != self.tabText(index):
            super().setTabText(index, text)
            self._fit()

    def tabInserted(self, index: int) -> None:
        super().tabInserted(index)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        for tight in _WAYS:
            self._stand(tight)
            if self.tabBar().sizeHint().width() <= self.width():
                return

    def _stand(self, tight: str) -> None:
        bar = self.tabBar()
        if bar.property("tight") != tight:
            bar.setProperty("tight", tight)
            bar.style().unpolish(bar)
            bar.style().polish(bar)
            QCoreApplication.sendEvent(bar, QEvent(QEvent.Type.StyleChange))  # else tabs keep the widths that they had
