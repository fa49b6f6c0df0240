"""The letter that is current, read through the look when somebody rests on it."""

import asyncio

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.background import spawn
from wqstudio.engine.letters_process import LookError
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.look_session import LookSession
from wqstudio.ui.panels.letter_inspector import LetterInspector
from wqstudio.ui.panels.quiet_button import quiet_button
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_XS, Theme


class LetterPane(QWidget):
    came = Signal()
    """The letter, or why it cannot be read."""
    back_wanted = Signal()
    step_wanted = Signal(int)
    """1: to the next letter; -1: to the one before."""

    def __init__(self, session: LookSession, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self._reading: asyncio.Task[None] | None = None
        self.current: int | None = None
        """Id of the letter that is shown, or on its way."""
        self.inspector = LetterInspector(theme)
        self._steps = _Steps(theme)
        self._steps.back.clicked.connect(self.back_wanted)
        self._steps.before.clicked.connect(lambda: self.step_wanted.emit(-1))
        self._steps.after.clicked.connect(lambda: self.step_wanted.emit(1))
        self._steps.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(self._steps)
        layout.addWidget(self.inspector, 1)

    def read(self, id_: int) -> None:
        if id_ != self.current:
            self.stop()
            self.current = id_
            self._reading = spawn(self._read(id_), "read a dead letter")

    def wait(self) -> None:
        """Which letter it is, is on the way."""
        self.stop()
        self.current = None

    def close_letter(self) -> None:
        self.wait()
        self.inspector.show_letter(None)

    def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    def take_keys(self) -> None:
        target = next((each for each in self.inspector.findChildren(QWidget) if _takes_keys(each)), self.inspector)
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_steps(self, *, shown: bool) -> None:
        """Where the list is not to be seen meanwhile."""
        self._steps.setVisible(shown)

    def tell_place(self, row: int, count: int) -> None:
        self._steps.tell(row, count)

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
        self.came.emit()


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
