"""The letter that is current, read through the look when somebody rests on it."""

import asyncio

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.background import spawn
from wqstudio.engine.letters_process import LookError
from wqstudio.ui.look_session import LookSession
from wqstudio.ui.panels.letter_inspector import LetterInspector
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_XS, Theme


class LetterPane(QWidget):
    came = Signal()
    """The letter, or why it cannot be read."""
    back_wanted = Signal()

    def __init__(self, session: LookSession, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self._reading: asyncio.Task[None] | None = None
        self.current: int | None = None
        """Id of the letter that is shown, or on its way."""
        self.inspector = LetterInspector(theme)
        self._back = QPushButton("Back to the list")
        self._back.setObjectName("lettersBack")
        self._back.setProperty("kind", "quiet")
        self._back.setToolTip("Esc")
        self._back.clicked.connect(self.back_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
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

    def show_back(self, *, shown: bool) -> None:
        self._back.setVisible(shown)

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
