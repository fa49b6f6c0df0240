"""A sheet that finds out what something would do, says so, and does it once that is wanted."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.engine.journal.journal import JournalError
from wqstudio.engine.letters.matching import MatchError
from wqstudio.ui.one_at_a_time import OneAtATime
from wqstudio.ui.panels.facts_view import FactsView
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.sheet import Sheet, answers
from wqstudio.ui.theme import SPACE_L, SPACE_XL, SPACE_XS
from wqstudio.ui.window_actions import pressed

T = TypeVar("T")

_FORESEEN = (BrokerError, JournalError, MatchError)


class AskingSheet(Sheet):
    """``ask`` what it would do, ``do`` it; what they raise is said. Ctrl+Enter does it, Esc leaves everything as it is.
    Enter presses the button that has the keyboard, and anywhere else does it, unless it is grave.

    Facts, where it has some, give way where the window has no room for all.
    """

    def __init__(self, window: QWidget, name: str, width: int, *, parts: str, title: str) -> None:
        """``parts``: what the names of its widgets begin with."""
        super().__init__(window, name, width)
        self.is_closed = False
        self._question = OneAtATime(lambda: None)
        self._parts = parts
        self._facts: FactsView | None = None
        self.heading = self._label("Heading", "heading")
        self.about = self._label("About", "muted")
        self.message = self._label("Message", "muted")
        self.message.hide()
        self.cancel, self.go = QPushButton("Cancel"), QPushButton()
        for button, each in ((self.cancel, "Cancel"), (self.go, "Go")):
            button.setObjectName(f"{parts}{each}")
        self._first = self.go
        self.cancel.setProperty("kind", "cancel")
        self.cancel.clicked.connect(self.reject)
        self.go.setEnabled(False)
        self.name(title)
        does = QShortcut(self)
        does.setKeys(pressed("Ctrl+Return"))
        does.setAutoRepeat(False)  # it opened it
        does.activated.connect(self.go.click)
        self.finished.connect(self._on_finished)
        self.destroyed.connect(self._question.stop)  # with its window: whoever answers has nobody to tell

    def propose(self, verb: str, *, grave: bool = False) -> None:
        """``verb``: what the button says that does it. ``grave``: it cannot be undone, so Enter alone is Cancel."""
        self.go.setText(verb)
        self.go.setProperty("kind", "grave" if grave else "primary")
        self.go.setToolTip("Ctrl+Return")
        self._first = self.cancel if grave else self.go
        self._first.setDefault(True)

    def offer_answers(self) -> None:
        """The keyboard goes to the buttons, unless somebody has taken it to a field while the answer was on its way."""
        if self.focusWidget() is self.card:
            self._first.setFocus()

    def name(self, title: str) -> None:
        """In its heading, on its frame, and to a screen reader."""
        self.heading.setText(title)
        self.setWindowTitle(title)
        self.setAccessibleName(title)

    def fill(
        self, contents: Sequence[QWidget], *, below: Sequence[QWidget] = (), aside: Sequence[QPushButton] = ()
    ) -> None:
        """Between heading and buttons: ``contents``, the message, and what stands ``below`` it. ``aside``: buttons that
        answer nothing.
        """
        self._facts = next((each for each in contents if isinstance(each, FactsView)), None)
        head = QVBoxLayout()
        head.setSpacing(SPACE_XS)
        head.addWidget(self.heading)
        head.addWidget(self.about)
        self.about.setVisible(bool(self.about.text()))
        layout = QVBoxLayout(self.card)
        layout.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_L)
        layout.setSpacing(SPACE_L)
        parts: list[QWidget | QLayout] = [head, *contents, self.message, *below]
        for part in (*parts, answers(self.cancel, self.go, aside=aside)):
            if isinstance(part, QWidget):
                layout.addWidget(part)
            else:
                layout.addLayout(part)
        self.card.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.card.setFocus()

    def ask(self, question: Callable[[], Awaitable[T]], show: Callable[[T], None], what: str) -> None:
        """``show`` is told the answer, unless something else was asked meanwhile, or the sheet is closed.

        One that is closed asks nothing: a field that loses the keyboard by that may say that it is another.
        """
        if self.is_closed:
            return
        self.ask_no_more()
        self._question.do(partial(self._answer, question, show), what)

    def ask_no_more(self) -> None:
        """What was asked before is not waited for any more, and nothing is done before something is."""
        self._question.cancel()
        self.go.setEnabled(False)

    def wait_for_writing(self) -> None:
        """Somebody writes what is to be asked next."""
        self.ask_no_more()
        self.say("What that does is shown at a pause, or at Enter.")

    def do(self, deed: Callable[[], object]) -> None:
        """At once."""
        try:
            deed()
        except _FORESEEN as error:
            self.say(str(error), bad=True)
        else:
            self.accept()

    def do_in_time(self, deed: Callable[[], Awaitable[object]], what: str, tell: Callable[[str], object]) -> None:
        """What takes some time, and is not given up when the sheet is closed: ``tell`` is told why it failed then. In
        one that is open it can be tried again.
        """
        self.ask_no_more()
        spawn(self._carry_out(deed, tell), what)

    def say(self, text: str, *, bad: bool = False) -> None:
        self.message.setText(text)
        self.message.setProperty("kind", "error" if bad else "muted")
        self.message.style().polish(self.message)
        self.message.setVisible(bool(text))
        self.place()

    def wanted_height(self) -> int:
        if self._facts is None:
            return super().wanted_height()
        self._facts.setFixedHeight(0)
        others = super().wanted_height()
        return others + self._facts.fit(self.room - 2 * SPACE_XL, self.most_height - others)

    async def _answer(self, question: Callable[[], Awaitable[T]], show: Callable[[T], None]) -> None:
        try:
            answer = await question()
        except _FORESEEN as error:
            self.say(str(error), bad=True)
        else:
            show(answer)
            self.place()

    async def _carry_out(self, deed: Callable[[], Awaitable[object]], tell: Callable[[str], object]) -> None:
        try:
            await deed()
        except _FORESEEN as error:
            if self.is_closed:
                tell(str(error))
            else:
                self.say(str(error), bad=True)
                self.go.setEnabled(True)
            return
        if not self.is_closed:
            self.accept()

    def _on_finished(self) -> None:
        self.is_closed = True
        self._question.stop()

    def _label(self, name: str, kind: str) -> PlainLabel:
        label = PlainLabel(wordWrap=True)
        label.setObjectName(f"{self._parts}{name}")
        label.setProperty("kind", kind)
        return label
