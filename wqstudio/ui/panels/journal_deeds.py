"""What can be done about the run that the journal shows: to finish it, undo it, or give it up."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget

from wqstudio.engine.journal.journal import Entry
from wqstudio.ui.models import journal_texts as texts
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_S


class JournalDeeds(QWidget):
    """Buttons below each other; what cannot be done is not there. The same as a menu."""

    finish_wanted = Signal(object)
    """The ``Entry`` of that run, or of another one that some of its messages were left to."""
    undo_wanted = Signal(str)
    """The run's id."""
    give_up_wanted = Signal(object)
    """The ``Entry``."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("journalDeeds")
        self._entry: Entry | None = None
        self._other: Entry | None = None
        self._finish = self._button("Finish", "journalFinish", "Go on where it was interrupted")
        self._finish_other = self._button("Finish it first", "journalFinishOther", "")
        self._undo = self._button("Undo…", "journalUndo", "Bring back what nobody has taken yet")
        self._give_up = self._button("Give up…", "journalGiveUp", "It will not be finished any more")
        self._buttons = (self._finish, self._finish_other, self._undo, self._give_up)
        self._finish.clicked.connect(lambda: self.finish_wanted.emit(self._entry))
        self._finish_other.clicked.connect(lambda: self.finish_wanted.emit(self._other))
        self._undo.clicked.connect(lambda: self._entry is not None and self.undo_wanted.emit(self._entry.id))
        self._give_up.clicked.connect(lambda: self.give_up_wanted.emit(self._entry))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        for button in self._buttons:
            layout.addWidget(button)
        layout.addStretch(1)

    def show_entry(self, entry: Entry, *, here: bool, writes: bool) -> None:
        """``here``: it is of this broker; ``writes``: which may be changed."""
        if self._entry is None or entry.id != self._entry.id:
            self.know(undoable=False, other=None)
        self._entry = entry
        left = here and texts.finishable(entry)
        self._finish.setVisible(left and writes)
        self._give_up.setVisible(left)

    def know(self, *, undoable: bool, other: Entry | None) -> None:
        """``other``: the run to be finished first, where some messages were left to one."""
        self._undo.setVisible(undoable)
        self._other = other
        self._finish_other.setVisible(other is not None)
        if other is not None:
            self._finish_other.setToolTip(plain_tip(f"Go on with run {other.id}: {texts.what(other)}"))

    def allow(self, *, allowed: bool) -> None:
        """Not while the run, or its undo, goes on."""
        for button in (self._finish, self._undo, self._give_up):
            button.setEnabled(allowed)

    def give_up(self) -> None:
        """Does nothing where there is nothing to be given up."""
        if not self._give_up.isHidden():
            self._give_up.click()

    def menu(self, parent: QWidget) -> QMenu:
        """Empty: nothing can be done."""
        menu = QMenu(parent)
        menu.setObjectName("journalMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in self._buttons:
            if not button.isHidden():
                keys = "\tDel" if button is self._give_up else ""
                entry = menu.addAction(f"{button.text()}{keys}", button.click)
                entry.setEnabled(button.isEnabled())
        return menu

    def _button(self, text: str, name: str, said: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(said)
        button.hide()
        return button
