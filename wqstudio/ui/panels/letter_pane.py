"""The letter that is current, read through the look when somebody rests on it."""

import asyncio
import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.background import spawn
from wqstudio.domain.letter import Letter
from wqstudio.engine.looks.process import LookError, LostLookError, Run
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.look_session import LookSession
from wqstudio.ui.models import letter_fate as fates
from wqstudio.ui.panels.letter_inspector import LetterInspector
from wqstudio.ui.panels.quiet_button import quiet_button
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_XS, Theme

_AGAIN_AFTER = 1.0
"""Seconds from one look whether a letter is there still to the next, while a run goes on."""
_MOST_AGAIN = 1_000_000
"""Bytes of a body up to which that is done."""


class LetterPane(QWidget):
    came = Signal()
    """The letter, or why it cannot be read."""
    back_wanted = Signal()
    step_wanted = Signal(int)
    """1: to the next letter; -1: to the one before."""
    looked_again = Signal()
    """Whether the letter is there still is known by now."""

    def __init__(self, session: LookSession, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self._reading: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        self._is_checking = False
        self._checked_at = 0.0
        self.current: int | None = None
        """Id of the letter that is shown, or on its way."""
        self.inspector = LetterInspector(theme)
        self._steps = _Steps(theme)
        self.inspector.next_wanted.connect(lambda: self.step_wanted.emit(1))
        self._steps.back.clicked.connect(self.back_wanted)
        self._steps.before.clicked.connect(lambda: self.step_wanted.emit(-1))
        self._steps.after.clicked.connect(lambda: self.step_wanted.emit(1))
        self._steps.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(self._steps)
        layout.addWidget(self.inspector, 1)

    @property
    def stays(self) -> bool:
        """The letter that is shown is gone, which is said, or that is being found out."""
        return bool(self.inspector.fate) or self._is_checking

    def read(self, id_: int) -> None:
        if id_ != self.current:
            self.stop()
            self.current = id_
            self._reading = spawn(self._read(id_), "read a dead letter")

    def follow(self, run: Run) -> None:
        """That takes letters from here, or brings some back: this one may be among them. At the end of one that takes
        the look itself asks for that.
        """
        if run.plan.undo_of:
            self._follow_undo(run)
            return
        letter = self.inspector.letter
        due = time.monotonic() - self._checked_at >= _AGAIN_AFTER
        if due and run.progress.moved and letter is not None and letter.size <= _MOST_AGAIN:
            self.look_again()

    def _follow_undo(self, undo: Run) -> None:
        """A letter that is said to be gone may be back, as another one."""
        letter = self.inspector.letter
        if letter is None or not (self.inspector.fate and undo.is_over and undo.progress.moved):
            return
        run = self._session.since.runs.that_took(letter)
        if run is not None and run.id == undo.plan.undo_of:
            all_of_it = undo.progress.moved >= run.progress.moved
            self.inspector.show_fate(fates.brought_back(letter, run.plan, time.time(), all_of_it=all_of_it))

    def look_again(self) -> None:
        """Find out whether the letter that is shown is there still."""
        letter = self.inspector.letter
        if letter is not None and letter.id == self.current and not self.stays:
            self._is_checking = True
            self._checking = spawn(self._check(letter), "whether a dead letter is there still")

    def tell_lost(self) -> None:
        """The letter that is shown went with its queue, if it did not go before."""
        self.wait()
        letter = self.inspector.letter
        if letter is not None and not self.inspector.fate:
            self.inspector.show_fate(fates.lost(letter, time.time()))

    def wait(self) -> None:
        """Which letter it is, is on the way."""
        self.stop()
        self.current = None

    def close_letter(self) -> None:
        self.wait()
        self.inspector.show_letter(None)

    def stop(self) -> None:
        self._is_checking = False
        for task in (self._reading, self._checking):
            if task is not None:
                task.cancel()

    def take_keys(self) -> None:
        target = next((each for each in self.inspector.findChildren(QWidget) if _takes_keys(each)), self.inspector)
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_steps(self, *, shown: bool) -> None:
        """Where the list is not to be seen meanwhile."""
        self._steps.setVisible(shown)

    def tell_place(self, row: int, count: int) -> None:
        self._steps.tell(row, count)

    def tell_gap(self, *, above: bool, below: bool) -> None:
        """Whether there is a letter beside the place of one that is gone."""
        if above or below:
            self._steps.tell_gap(above=above, below=below)
        self.inspector.offer_next(offered=below and self._steps.isHidden())

    async def _check(self, letter: Letter) -> None:
        try:
            gone, known = await self._session.letter(letter.id) is None, True
        except LostLookError:
            return  # which ends all of it
        except LookError:
            gone, known = True, False
        finally:
            self._is_checking, self._checked_at = False, time.monotonic()
        if gone and letter is self.inspector.letter:
            self.inspector.show_fate(self._fate(letter, known=known))
        self.looked_again.emit()

    def _fate(self, letter: Letter, *, known: bool) -> str:
        """``known``: it is not there; else, it cannot be asked for any more. Empty: it may be there still."""
        run, now = self._session.since.runs.that_took(letter), time.time()
        if run is not None and (known or fates.is_told(run.plan, run.progress)):
            return fates.fate(letter, run.plan, run.progress, now)
        return fates.lost(letter, now) if known else ""

    async def _read(self, id_: int) -> None:
        try:
            letter = await self._session.letter(id_)
        except LookError as error:
            self._show_none(str(error))
        else:
            if letter is None:
                self._show_none("It is not there any more.")
            else:
                self.inspector.show_letter(letter)
        self.came.emit()

    def _show_none(self, why: str) -> None:
        """A run that takes letters may have taken this one before it was read: no fault, and the list follows soon."""
        runs = self._session.since.runs
        if runs.go_on and runs.all_taken:
            self.inspector.show_gone("It was moved while it was being read.")
        else:
            self.inspector.show_failure(why)


class _Steps(QWidget):
    """From one letter to the next, and back to where they are listed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.back = QPushButton(" Back to the list")
        self.back.setObjectName("lettersBack")
        self.back.setToolTip("Esc")
        bind_icon(self.back, "arrow-left", theme)
        self._place = PlainLabel()
        self._place.setObjectName("lettersPlace")
        self._place.setProperty("kind", "muted")
        self.before = quiet_button("lettersBefore", "The letter before", "chevron-up", theme, lambda: None)
        self.after = quiet_button("lettersAfter", "The next letter", "chevron-down", theme, lambda: None)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(self.back)
        layout.addStretch(1)
        for widget in (self._place, self.before, self.after):
            layout.addWidget(widget)

    def tell(self, row: int, count: int) -> None:
        self._place.setText(f"{row + 1:,} of {count:,}" if row >= 0 else "")
        self.before.setEnabled(row > 0)
        self.after.setEnabled(0 <= row < count - 1)

    def tell_gap(self, *, above: bool, below: bool) -> None:
        self._place.setText("gone")
        self.before.setEnabled(above)
        self.after.setEnabled(below)


class ReadTrouble(QWidget):
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


def _takes_keys(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled() and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
