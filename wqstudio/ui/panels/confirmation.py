"""A question about somebody else's queue, asked where the click was made."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from wqstudio.domain.commands import StartProducer, StartWorker
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.sheet import answers
from wqstudio.ui.theme import SPACE_M, SPACE_S


class Confirmation(QFrame):
    """Hidden until asked. Cancel has the keyboard, and Esc is Cancel: nothing starts by accident."""

    confirmed = Signal(object)
    """The command, which now says that the user wants it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("confirmation")
        self.setProperty("kind", "notice")
        self._commands: list[StartWorker | StartProducer] = []
        self._text = PlainLabel(wordWrap=True)
        self._text.setObjectName("confirmationText")
        self._cancel, anyway = QPushButton("Cancel"), QPushButton("Start anyway")
        self._cancel.setObjectName("confirmationCancel")
        self._cancel.clicked.connect(self._close)
        anyway.setObjectName("confirmationAnyway")
        anyway.clicked.connect(self._on_anyway)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self._text)
        layout.addLayout(answers(self._cancel, anyway))
        self.hide()

    @property
    def workers(self) -> list[str]:
        """Names of those whom the question is about."""
        return [command.spec.name for command in self._commands if isinstance(command, StartWorker)]

    def ask(self, command: StartWorker | StartProducer, consequence: str) -> None:
        """Commands that come while the question stands are asked together: a form starts many at once."""
        self._commands.append(command)
        count = len(self._commands)
        self._text.setText(consequence if count == 1 else f"{consequence}\n{count} are to be started.")
        self.setAccessibleName(self._text.text())
        self.show()
        self._cancel.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    def _on_anyway(self) -> None:
        commands = self._commands
        self._close()
        for command in commands:
            self.confirmed.emit(replace(command, confirmed=True))

    def _close(self) -> None:
        self._commands = []
        self.hide()
