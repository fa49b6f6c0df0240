"""The table of the journal: a line for each run, each column as wide as what is in it."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from wqstudio.ui.models.journal import JournalModel
from wqstudio.ui.panels.table_dress import dress
from wqstudio.ui.theme import SPACE_M

_ROW_HEIGHT = 28
_LEAST_COLUMN, _MOST_COLUMN = 48, 260
_WHAT, _TOOK, _WHERE = 1, 4, 5
_NARROW = 520
"""Pixels below which it tells of a run what counts most."""


_REMOVE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class JournalTable(QTableView):
    give_up_wanted = Signal()
    """Del: the run that is chosen."""

    def __init__(self, model: JournalModel) -> None:
        super().__init__()
        self.setObjectName("journalTable")
        self.setAccessibleName("Journal of moves")
        self.setModel(model)
        dress(self, _ROW_HEIGHT)
        self.setWordWrap(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        header = self.horizontalHeader()
        header.setSectionResizeMode(_WHAT, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(_LEAST_COLUMN)
        self.show_where(shown=False)

    def event(self, event: QEvent) -> bool:
        """Del is the table's, before it is the window's for workers."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _REMOVE:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _REMOVE:
            self.give_up_wanted.emit()
        else:
            super().keyPressEvent(event)

    def show_where(self, *, shown: bool) -> None:
        """The broker, where there are several."""
        self.setColumnHidden(_WHERE, not shown)

    def fit(self) -> None:
        """What was done takes the room that the others leave."""
        header = self.horizontalHeader()
        self.setColumnHidden(_TOOK, self.viewport().width() < _NARROW)
        for column in range(self.model().columnCount()):
            if column != _WHAT:
                needed = self.sizeHintForColumn(column) + SPACE_M
                header.resizeSection(column, min(_MOST_COLUMN, max(needed, header.sectionSizeHint(column))))
