"""Finds a queue by its name, among those that are known or not."""

from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from wqstudio.brokers.port import Words
from wqstudio.ui.panels.popover import Popover

_MOST_SHOWN = 10


class QueueFinder(Popover):
    found = Signal(str)

    def __init__(self, words: Words, parent: QWidget) -> None:
        super().__init__(f"Look into another {words.queue}", "Look", parent)
        self.setObjectName("queueFinder")
        self._name = QLineEdit()
        self._name.setMinimumWidth(280)
        self.add_field("Name", self._name, "queueFinderName")
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(_MOST_SHOWN)
        self._name.setCompleter(completer)
        self._name.textChanged.connect(lambda text: self.button.setEnabled(bool(text)))
        self._name.returnPressed.connect(self.button.click)
        self.button.clicked.connect(self._on_chosen)

    def ask_below(self, widget: QWidget, names: Sequence[str]) -> None:
        self._names.setStringList(list(names))
        self._name.clear()
        self.button.setEnabled(False)
        self.open_below(widget)
        self._name.setFocus()

    def _on_chosen(self) -> None:
        self.hide()
        self.found.emit(self._name.text())
