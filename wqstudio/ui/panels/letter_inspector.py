"""One dead letter: why it died, what is in it, what came with it, and how it got here."""

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from wqstudio.domain.letter import Letter
from wqstudio.ui.panels.body_view import BodyView
from wqstudio.ui.panels.death_timeline import DeathTimeline
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.header_view import HeaderView
from wqstudio.ui.panels.letter_head import LetterHead
from wqstudio.ui.panels.pointer_view import PointerView
from wqstudio.ui.theme import Theme

_NOTHING = (
    "Select a dead letter",
    "Its body, its headers and the places where it died are shown here.",
)
_HIGH = 330
"""Pixels from which on a body has some lines below all that is said of its letter."""


class LetterInspector(QWidget):
    """Is given what it shows; reads nothing from a broker."""

    edit_wanted = Signal()
    """To edit the letter that is shown, and requeue it."""
    next_wanted = Signal()
    """The letter that is shown is gone, and the next one is wanted."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("letterInspector")
        self._letter: Letter | None = None
        self._fate = ""
        self._head = LetterHead(theme)
        self._head.edit.clicked.connect(self._on_edit)
        self._head.next.clicked.connect(self.next_wanted)
        self.body, self._headers = BodyView(theme), HeaderView(theme)
        self._history, self._pointer = DeathTimeline(theme), PointerView(theme)
        self._tabs = QTabWidget()
        self._tabs.setObjectName("letterTabs")
        self._tabs.setAccessibleName("Parts of the dead letter")
        self._tabs.setDocumentMode(True)
        for page, title in (
            (self.body, "Body"),
            (self._headers, "Headers"),
            (self._history, "History"),
            (self._pointer, "Original"),
        ):
            self._tabs.addTab(page, title)
        letter = QWidget()
        layout = QVBoxLayout(letter)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        layout.addWidget(self._tabs, 1)
        self.empty = EmptyState(theme)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(letter)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
        self._add_key(QKeySequence.StandardKey.Find, self._on_find)
        self._add_key(QKeySequence("Ctrl+E"), self._on_edit)
        self.show_letter(None)

    @property
    def letter(self) -> Letter | None:
        """What is shown; None: nothing, or it is still on its way."""
        return self._letter

    @property
    def fate(self) -> str:
        """What has become of the letter that is shown; empty: it is there."""
        return self._fate

    def show_fate(self, fate: str) -> None:
        """The letter that is shown is gone: what became of it, in a sentence."""
        self._fate = fate
        self._head.show_fate(fate)

    def offer_next(self, *, offered: bool) -> None:
        self._head.offer_next(offered=offered)

    def show_letter(self, letter: Letter | None) -> None:
        self._letter = letter
        self.show_fate("")
        if letter is None:
            self.empty.say("dead", *_NOTHING)
            self._pages.setCurrentIndex(0)
            return
        self._head.show_letter(letter)
        self.body.show_body(letter.body, lost=letter.lost)
        self._headers.show_headers(letter)
        self._history.show_history(letter)
        self._tabs.setTabText(1, f"Headers {len(letter.headers)}" if letter.headers else "Headers")
        self._tabs.setTabText(2, f"History {len(letter.deaths)}" if letter.deaths else "History")
        self._tabs.setTabVisible(3, bool(letter.pointer))
        if letter.pointer:
            self._pointer.show_letter(letter)
        self._pages.setCurrentIndex(1)

    def tell_age(self) -> None:
        """Some seconds have passed."""
        now = time.time()
        self._head.tell_age(now)
        if self._letter is not None:
            self._history.tell_age(now)

    def show_failure(self, why: str) -> None:
        """It could not be read."""
        self._show_none("warning", "The dead letter could not be read", why)

    def show_gone(self, why: str) -> None:
        """There is nothing to be read any more."""
        self._show_none("dead", "The dead letter is gone", why)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        short = self.height() < _HIGH
        self._head.fold(folded=short)
        self.body.tighten(tight=short)

    def _show_none(self, icon: str, title: str, why: str) -> None:
        self._letter, self._fate = None, ""
        self.empty.say(icon, title, why)
        self._pages.setCurrentIndex(0)

    def _add_key(self, keys: QKeySequence | QKeySequence.StandardKey, action: object) -> None:
        shortcut = QShortcut(keys, self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(action)

    def _on_find(self) -> None:
        if self._letter is not None:
            self._tabs.setCurrentWidget(self.body)
            self.body.open_search()

    def _on_edit(self) -> None:
        if self._letter is not None and not self._fate:
            self.edit_wanted.emit()
