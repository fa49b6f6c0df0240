"""The table of the journal: a line for each run, each column as wide as what is in it, as far as there is room."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from wqstudio.ui.models.journal import JournalModel
from wqstudio.ui.panels.column_room import share_columns
from wqstudio.ui.panels.table_dress import dress
from wqstudio.ui.theme import SPACE_M

_ROW_HEIGHT = 28
_LEAST_COLUMN = 48
_WHEN, _WHAT, _MESSAGES, _TOOK, _WHERE = 0, 1, 2, 4, 5
_FIGURES = (_WHEN, _MESSAGES)
"""Part of a figure would be another one."""
_NARROW = 520
"""Pixels below which it tells of a run what counts most."""

_REMOVE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class _Ends(QStyledItemDelegate):
    """Where there is no room for all of a text, its ends tell more of it: what was done, and where to."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


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
        ends = _Ends(self)
        for column in (_WHAT, _WHERE):
            self.setItemDelegateForColumn(column, ends)
        self.horizontalHeader().setMinimumSectionSize(_LEAST_COLUMN)
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def show_where(self, *, shown: bool) -> None:
        """The broker, where there are several."""
        self.setColumnHidden(_WHERE, not shown)

    def fit(self) -> None:
        """What was done takes the room that the others leave; where that is too little, the longest texts give way."""
        room, header = self.viewport().width(), self.horizontalHeader()
        self.setColumnHidden(_TOOK, room < _NARROW)
        columns = [column for column in range(self.model().columnCount()) if not self.isColumnHidden(column)]
        wanted = [max(self.sizeHintForColumn(each) + SPACE_M, header.sectionSizeHint(each)) for each in columns]
        least = [
            want if each in _FIGURES else min(want, header.sectionSizeHint(each))
            for each, want in zip(columns, wanted, strict=True)
        ]
        widths = share_columns(room, wanted, least, [each == _WHAT for each in columns])
        for column, width in zip(columns, widths, strict=True):
            header.resizeSection(column, width)
