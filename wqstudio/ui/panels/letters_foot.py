"""How many letters are chosen, and what can be done with them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QWidget

from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_S, SPACE_XS

_CHOOSE_FIRST = "Select letters first; Ctrl+A takes all that match"
_READ_ONLY = "This connection is read-only: nothing is moved or discarded from here"
_LEAST_TEXT = 180


class LettersFoot(QWidget):
    home_wanted = Signal()
    """To where each came from."""
    requeue_wanted = Signal()
    edit_wanted = Signal()
    read_wanted = Signal()
    discard_wanted = Signal()

    def __init__(self, *, read_only: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read_only = read_only
        self._text = ElidedLabel()
        self._text.setObjectName("lettersCount")
        self._text.setProperty("kind", "muted")
        self._home = _button("Requeue to origin", "lettersHome", self.home_wanted)
        self._to = _button("Requeue to…", "lettersRequeue", self.requeue_wanted)
        self._edit = _button("Edit…", "lettersEdit", self.edit_wanted)
        self._read = _button("Read", "lettersRead", self.read_wanted)
        self._read.setToolTip("Enter")
        self._discard = _button("Discard…", "lettersDiscard", self.discard_wanted)
        self._buttons = QWidget()
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(SPACE_XS)
        for button in (self._home, self._to, self._edit, self._read, self._discard):
            buttons.addWidget(button)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE_S)
        self._layout.addWidget(self._text, 1)
        self._layout.addWidget(self._buttons, 0, Qt.AlignmentFlag.AlignRight)
        self.offer_reading(offered=False)
        self.allow(0)

    def say(self, text: str) -> None:
        self._text.setText(text)
        self._text.setToolTip(plain_tip(text))

    def allow(self, chosen: int) -> None:
        for button in (self._home, self._to, self._discard):
            self._set(button, allowed=chosen > 0, why=_CHOOSE_FIRST)
        self._read.setEnabled(chosen == 1)
        self._set(self._edit, allowed=chosen == 1, why="Select one letter: a copy of it is edited")

    def show_text(self, *, shown: bool) -> None:
        """Not where a letter needs the room, which stands there instead of the list."""
        self._text.setVisible(shown)

    def offer_reading(self, *, offered: bool) -> None:
        """In the place of editing, which a letter that is open offers itself."""
        self._read.setVisible(offered)
        self._edit.setVisible(not offered)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where both have no room beside each other, the text stands above."""
        super().resizeEvent(event)
        beside = self.width() >= self._buttons.sizeHint().width() + _LEAST_TEXT
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._layout.direction() is not direction:
            self._layout.setDirection(direction)

    def _set(self, button: QPushButton, *, allowed: bool, why: str) -> None:
        button.setEnabled(allowed and not self._read_only)
        button.setToolTip(_READ_ONLY if self._read_only else "" if allowed else why)


def _button(text: str, name: str, signal: object) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.clicked.connect(signal)
    return button
