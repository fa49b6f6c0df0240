"""The middle of the window: the start page or the panels of a connection, and above either what went wrong."""

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from wqstudio.ui.notice import Notice
from wqstudio.ui.panels.start_page import StartPage
from wqstudio.ui.theme import Theme


class Centre(QWidget):
    def __init__(self, theme: Theme, start: StartPage) -> None:
        super().__init__()
        self._start = start
        self._pages = QStackedWidget()
        self._pages.addWidget(start)
        self._trouble = Notice(theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._trouble)
        layout.addWidget(self._pages, 1)

    def show_page(self, page: QWidget) -> None:
        self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)

    def show_start(self) -> None:
        self._pages.setCurrentWidget(self._start)

    def show_progress(self, text: str) -> None:
        """What is being waited for, on the start page; empty: nothing is any more."""
        self._trouble.hide()
        self._start.show_progress(text)

    def show_trouble(self, text: str) -> None:
        self._start.show_progress("")
        self._trouble.say(text)
