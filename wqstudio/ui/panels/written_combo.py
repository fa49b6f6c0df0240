"""A box to choose in, or to write in, that tells somebody who is still writing from somebody who has said it all."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QCompleter

PAUSE = 400
"""Milliseconds without a key, after which what is written may be looked up."""
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class WrittenCombo(QComboBox):
    """Searched by any part of what is in it.

    What is offered and not written yet is selected as a whole, however one comes there: typing replaces it.
    """

    writing = Signal()
    """The text is another with each key."""
    said = Signal(bool)
    """It may be looked up. True: somebody has chosen it or pressed Enter, and means just this; False: they pause, or
    have left.
    """

    def __init__(self, name: str, said: str) -> None:
        super().__init__(editable=True)
        self.setObjectName(name)
        self.setAccessibleName(said)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        completer = self.completer()
        assert completer is not None
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.is_writing = False
        """There may be more to come, so that nothing is wrong with it yet."""
        self._clicked = False
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._on_pause)
        line = self.lineEdit()
        assert line is not None
        self._line = line
        line.installEventFilter(self)
        line.textEdited.connect(self._on_edited)
        line.editingFinished.connect(lambda: self._say(meant=False))
        self.activated.connect(lambda _: self._say(meant=True))

    def offer(self, items: Sequence[tuple[str, str]], text: str) -> None:
        """``text``, unless somebody is writing another, and what else there is to choose from, each with its data."""
        written, caret = self.currentText(), self._line.cursorPosition()
        with QSignalBlocker(self):
            if items != [(self.itemText(row), self.itemData(row)) for row in range(self.count())]:
                self.clear()
                for item in items:
                    self.addItem(*item)
            self.setEditText(written if self.is_writing else text)
        if self.is_writing:
            self._line.setCursorPosition(caret)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter says that it is written, and presses no button of the dialog."""
        if event.key() in _ENTER:
            self._say(meant=True)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._clicked = event.reason() is Qt.FocusReason.MouseFocusReason
        if not self._clicked and event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._select_offered()  # at once: a key may come right behind the focus

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._line and event.type() is QEvent.Type.MouseButtonRelease and self._clicked:
            self._clicked = False
            if not self._line.hasSelectedText():
                self._select_offered()  # since the click itself has set the caret
        return super().eventFilter(watched, event)

    def _select_offered(self) -> None:
        if self.findText(self.currentText(), Qt.MatchFlag.MatchExactly) >= 0:
            self._line.selectAll()

    def _on_edited(self) -> None:
        self.is_writing = True
        self._pause.start()
        self.writing.emit()

    def _on_pause(self) -> None:
        if self.currentText().strip():  # else there is something to come yet
            self.said.emit(False)

    def _say(self, *, meant: bool) -> None:
        self._pause.stop()
        self.is_writing = False
        self.said.emit(meant)
