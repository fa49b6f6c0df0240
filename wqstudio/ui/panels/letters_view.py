"""A look at dead letters as one works with it: filter, table, the letter itself, and what to do with the chosen."""

import asyncio
from collections.abc import Awaitable, Callable

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSplitter, QVBoxLayout, QWidget

from wqstudio.background import spawn
from wqstudio.domain.redrive import Choice
from wqstudio.engine.letters_process import LookError
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.look_session import LookSession
from wqstudio.ui.models import letter_choice
from wqstudio.ui.models.graves import Grave
from wqstudio.ui.models.letters import LettersModel
from wqstudio.ui.panels import letters_teaching as teaching
from wqstudio.ui.panels.checkout import HeldBanner
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.letter_inspector import LetterInspector
from wqstudio.ui.panels.letters_choosing import Choosing
from wqstudio.ui.panels.letters_filter import LettersFilter
from wqstudio.ui.panels.letters_foot import LettersFoot
from wqstudio.ui.panels.letters_table import LettersTable
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme

_NARROW = 660
"""Pixels below which the letter stands under the table."""
_RESTED_MS = 80
"""So long the arrow keys rest on a letter before it is read."""
_SAID_MS = 8_000


class LettersView(QWidget):
    """Shows the look that its session holds, from ``begin`` to ``stop``."""

    requeue_wanted = Signal(object, bool)
    """``Choice``, and whether each goes to where it came from."""
    discard_wanted = Signal(object)
    """``Choice``"""
    edit_wanted = Signal(object, object)
    """``Look`` and ``Letter``."""

    def __init__(self, session: LookSession, theme: Theme, *, read_only: bool) -> None:
        super().__init__()
        self.setObjectName("lettersView")
        self._session, self._theme, self._read_only = session, theme, read_only
        self.model = LettersModel(self)
        self._inspecting: asyncio.Task[None] | None = None
        self._inspected: int | None = None
        self._build()
        self._choosing = Choosing(session, self.model, self.table, self.filter)
        self.table.make_drag = self._choosing.drag
        self._listen()

    def begin(self) -> None:
        """Another look than before; its letters may be shown."""
        self._close_inspector()
        self.filter.reset()
        self._say_failure("")
        self.model.show(self._session.page, self._session.shown)
        self.refresh()

    def stop(self) -> None:
        self._rest.stop()
        self._said.stop()
        self._stop_inspecting()
        self.model.show(None)

    def refresh(self) -> None:
        """The counts are others."""
        session = self._session
        self.model.resize(session.shown)
        self.filter.show_survey(session.survey, session.look.trouble if session.look is not None else "")
        self.banner.setVisible(session.held > 0)
        if session.held:
            self.banner.show_held(session.held, session.standing.cost, session.left)
        self._show_counts()
        self._show_page()

    def exchange(self) -> None:
        """The same places are other letters."""
        self.table.forget_choice()
        self.model.forget()
        self.refresh()

    async def choice(self) -> Choice | None:
        """What is selected. Raises LookError."""
        return await self._choosing.choice()

    def all_that_match(self, grave: Grave) -> Choice:
        return letter_choice.all_of(grave, self._choosing.everything)

    def focus_filter(self) -> None:
        self.filter.line.setFocus()
        self.filter.line.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Find):
            self.focus_filter()
        elif event.key() == Qt.Key.Key_Escape and self.filter.line.text():
            self.filter.clear()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = Qt.Orientation.Horizontal if self.width() >= _NARROW else Qt.Orientation.Vertical
        if self.splitter.orientation() is not beside:
            self.splitter.setOrientation(beside)

    # Building

    def _build(self) -> None:
        self.filter = LettersFilter(self._theme)
        self.banner = HeldBanner()
        self._trouble = _Trouble()
        self.table = LettersTable(self.model, self._theme)
        self.empty = EmptyState(self._theme)
        self.inspector = LetterInspector(self._theme)
        self.inspector.hide()
        self._list = QWidget()
        under = QVBoxLayout(self._list)
        under.setContentsMargins(0, 0, 0, 0)
        under.addWidget(self.table)
        under.addWidget(self.empty)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName("lettersSplitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self._list)
        self.splitter.addWidget(self.inspector)
        self.splitter.setStretchFactor(0, 5)
        self.splitter.setStretchFactor(1, 4)
        self.foot = LettersFoot(read_only=self._read_only)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        for widget in (self.filter, self.banner, self._trouble):
            layout.addWidget(widget)
        layout.addWidget(self.splitter, 1)
        layout.addWidget(self.foot)

    def _listen(self) -> None:
        self._rest = QTimer(self, singleShot=True, interval=_RESTED_MS)
        self._rest.timeout.connect(self._inspect)
        self._said = QTimer(self, singleShot=True, interval=_SAID_MS)
        self._said.timeout.connect(self._show_counts)
        self.filter.changed.connect(lambda: self._session.sift(self.filter.match))
        self.model.failed.connect(self._say_failure)
        self.model.fetched.connect(self._on_fetched)
        self._trouble.again.clicked.connect(self.model.retry)
        self.banner.give_back_wanted.connect(lambda: self._session.leave("What was held is given back."))
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(self._open_inspector)
        self.table.copy_wanted.connect(lambda: self._do(self._copy))
        self.table.discard_wanted.connect(self.discard)
        self.table.customContextMenuRequested.connect(self._open_menu)
        self.foot.home_wanted.connect(lambda: self.requeue(to_origin=True))
        self.foot.requeue_wanted.connect(lambda: self.requeue(to_origin=False))
        self.foot.discard_wanted.connect(self.discard)
        self.foot.edit_wanted.connect(lambda: self._do(self._edit))
        self.inspector.edit_wanted.connect(lambda: self._do(self._edit))

    # What is shown

    def _show_counts(self) -> None:
        if self._said.isActive():
            return
        everything, chosen = self._choosing.everything, self._choosing.count
        shown, total = self._session.shown, self._session.standing.count
        matching = f"all that match: {everything.counted:,}{' so far' if everything.so_far else ''}"
        parts = [f"{chosen:,} of {shown:,} selected" if chosen else f"{shown:,} {_letters(shown)}"]
        if chosen and not self.table.all_chosen:
            parts.append(f"{matching} (Ctrl+A)")
        elif self.table.all_chosen:
            parts = [matching if everything.counted != total or everything.so_far else f"all {total:,} selected"]
        elif total > shown and self._session.survey is None:
            parts.append(f"the first of {total:,}, which can be looked at together")
        elif total > shown:
            parts.append(f"of {total:,} in the queue")
        self.foot.say("  ·  ".join(parts))
        self.foot.allow(chosen)

    def _show_page(self) -> None:
        session, survey = self._session, self._session.survey
        counting = survey is not None and not survey.done
        empty = not session.shown and not counting
        self.table.setVisible(not empty)
        self.empty.setVisible(empty)
        if not empty or session.grave is None:
            return
        if session.standing.count and survey is not None:
            self.empty.say(*teaching.nothing_matches(survey.seen))
        else:
            self.empty.say(*teaching.nothing_in(session.grave))

    def _say_failure(self, why: str) -> None:
        self._trouble.say(why)

    def say(self, text: str) -> None:
        """For a moment, instead of the counts."""
        self._said.stop()
        self.foot.say(text)
        self._said.start()

    def _on_fetched(self) -> None:
        self.refresh()
        if self._inspected is None:
            self._rest.start()

    # The letter that is current

    def _on_chosen(self) -> None:
        self._said.stop()
        self.model.note(self.table.rows)
        self._show_counts()
        self._rest.start()

    def _open_inspector(self) -> None:
        self._inspect()
        target = self.inspector.focusProxy() or next(iter(_focusable(self.inspector)), None)
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _inspect(self) -> None:
        """What is current, if it is selected too and not only under a whole selection."""
        index = self.table.currentIndex()
        selected = index.isValid() and self.table.selectionModel().isRowSelected(index.row())
        line = self.model.line(index.row()) if selected else None
        if line is None:
            self._inspected = None
            if not selected:
                self._close_inspector()
            return
        if line.id == self._inspected and self.inspector.isVisible():
            return
        self._inspected = line.id
        self._stop_inspecting()
        self._inspecting = spawn(self._read(line.id), "read a dead letter")

    async def _read(self, id_: int) -> None:
        try:
            letter = await self._session.letter(id_)
        except LookError as error:
            self.inspector.show_failure(str(error))
        else:
            if letter is None:
                self.inspector.show_failure("It is not there any more.")
            else:
                self.inspector.show_letter(letter)
        if not self.inspector.isVisible():
            self._reveal()

    def _reveal(self) -> None:
        """Beside the table, or below, and the row that was clicked stays where it can be seen."""
        self.inspector.show()
        whole = self.splitter.width() if self.splitter.orientation() is Qt.Orientation.Horizontal else self.height()
        self.splitter.setSizes([whole * 5 // 9, whole * 4 // 9])
        if (index := self.table.currentIndex()).isValid():
            self.table.scrollTo(index)

    def _close_inspector(self) -> None:
        self._stop_inspecting()
        self._inspected = None
        self.inspector.show_letter(None)
        self.inspector.hide()

    def _stop_inspecting(self) -> None:
        if self._inspecting is not None:
            self._inspecting.cancel()

    # What is done with the chosen

    def requeue(self, *, to_origin: bool) -> None:
        async def tell() -> None:
            if (choice := await self.choice()) is not None:
                self.requeue_wanted.emit(choice, to_origin)

        self._do(tell)

    def discard(self) -> None:
        async def tell() -> None:
            if (choice := await self.choice()) is not None:
                self.discard_wanted.emit(choice)

        if not self._read_only:
            self._do(tell)

    async def _edit(self) -> None:
        choice, look = await self.choice(), self._session.look
        if choice is None or choice.ids is None or look is None:
            return
        letter = await self._session.letter(choice.ids[0])
        if letter is None:
            self.say("It is not there any more.")
        else:
            self.edit_wanted.emit(look, letter)

    async def _copy(self) -> None:
        if self._choosing.count:
            count = await self._choosing.copy()
            self.say(f"{count:,} {'line' if count == 1 else 'lines'} copied")

    def _do(self, action: Callable[[], Awaitable[None]]) -> None:
        async def guarded() -> None:
            try:
                await action()
            except LookError as error:
                self.say(str(error))

        spawn(guarded(), "work on the chosen letters")

    def _open_menu(self, at: QPoint) -> None:
        if not self._choosing.count:
            return
        menu = QMenu(self)
        one = self._choosing.count == 1
        for text, icon, action, allowed in (
            ("Requeue to origin", "arrow-right", lambda: self.requeue(to_origin=True), not self._read_only),
            ("Requeue to…", "queue", lambda: self.requeue(to_origin=False), not self._read_only),
            ("Edit…", "edit", lambda: self._do(self._edit), one and not self._read_only),
            ("Copy", "copy", lambda: self._do(self._copy), True),
            ("Discard…", "trash", self.discard, not self._read_only),
        ):
            entry = menu.addAction(text)
            bind_icon(entry, icon, self._theme)
            entry.setEnabled(allowed)
            entry.triggered.connect(action)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.table.viewport().mapToGlobal(at))


class _Trouble(QWidget):
    """Why rows could not be read."""

    def __init__(self) -> None:
        super().__init__()
        self._text = PlainLabel(wordWrap=True)
        self._text.setObjectName("lettersTrouble")
        self._text.setProperty("kind", "warning")
        self.again = QPushButton("Try again")
        self.again.setObjectName("lettersRetry")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_XS, 0, 0, 0)
        layout.addWidget(self._text, 1)
        layout.addWidget(self.again, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def say(self, why: str) -> None:
        self._text.setText(why)
        self.setVisible(bool(why))


def _focusable(parent: QWidget) -> list[QWidget]:
    children = parent.findChildren(QWidget)
    return [each for each in children if each.isVisible() and each.focusPolicy() & Qt.FocusPolicy.TabFocus]


def _letters(count: int) -> str:
    return "letter" if count == 1 else "letters"
