"""Asks for the name of a queue that nothing lists, and looks whether it is there."""

import time
from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from wqstudio.brokers.port import Words
from wqstudio.engine.monitor import Beat
from wqstudio.ui.panels.popover import Popover


class QueueNamer(Popover):
    """Stays open until a poll that knew of the name has ended: then the queue is there, or it says that it is not."""

    named = Signal()
    """``names`` are more, or fewer, than before."""
    found = Signal(str)
    """The queue that was asked for last."""

    def __init__(self, words: Words, parent: QWidget) -> None:
        super().__init__(f"Watch a {words.queue} by name", "Watch", parent)
        self.setObjectName("queueNamer")
        self._words = words
        self._names: list[str] = []
        self._sought, self._since = "", 0.0
        self._name = QLineEdit()
        self._name.setMinimumWidth(240)
        self.add_field("Name", self._name, "queueNamerName")
        self._name.textChanged.connect(self._on_typed)
        self._name.returnPressed.connect(self.button.click)
        self.button.clicked.connect(self._seek)
        self._on_typed("")

    @property
    def names(self) -> Sequence[str]:
        """The queues to be watched, those that turned out not to be there left out."""
        return self._names

    def ask_below(self, widget: QWidget) -> None:
        self._name.clear()
        self.open_below(widget)
        self._name.setFocus()

    def hear(self, beat: Beat) -> None:
        snapshot = beat.snapshot
        if not self._sought or snapshot is None or beat.failure is not None or snapshot.at < self._since:
            return
        name, self._sought = self._sought, ""
        if isinstance(snapshot.queues, Mapping) and name in snapshot.queues:
            self.hide()
            self.found.emit(name)
        else:
            self._names.remove(name)
            self.say(f"There is no {self._words.queue} of that name here.")
            self.named.emit()

    def _on_typed(self, name: str) -> None:
        self._sought = ""
        self.say("")
        self.button.setEnabled(bool(name))

    def _seek(self) -> None:
        self._sought, self._since = self._name.text(), time.time()
        if self._sought not in self._names:
            self._names.append(self._sought)
        self.button.setEnabled(False)
        self.named.emit()
