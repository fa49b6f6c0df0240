"""The journal as a table, the newest run first, read page by page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import shiboken6
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from wqstudio.background import spawn
from wqstudio.domain.redrive import Progress
from wqstudio.engine.journal.journal import Entry
from wqstudio.engine.moves import plan_words
from wqstudio.ui.models import journal_texts as texts
from wqstudio.ui.plain import plain_tip

Index: TypeAlias = QModelIndex | QPersistentModelIndex
Read: TypeAlias = Callable[[int, int], Awaitable[Sequence[Entry]]]
"""Entries from a place on, so many at most."""

_ROOT = QModelIndex()
_PAGE = 200
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_FIGURES = frozenset({2, 4})


class JournalModel(QAbstractTableModel):
    TITLES = ("When", "What", "Messages", "Result", "Took", "Where")

    def __init__(self, read: Read, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._read = read
        self._entries: list[Entry] = []
        self._more = False
        self._question = 0
        """Answers to an older one come too late."""
        self._fetching = False

    async def reload(self) -> None:
        """Read anew as much as was read. What is new is put on top, what is there already is brought up to date."""
        question = self._ask()
        entries = list(await self._read(0, max(_PAGE, len(self._entries))))
        if self._is_asked(question):
            self._take(entries)

    def _take(self, entries: list[Entry]) -> None:
        old = self._entries
        known = {entry.id for entry in old}
        fresh = next((at for at, entry in enumerate(entries) if entry.id in known), len(entries))
        kept = len(entries) - fresh
        if [entry.id for entry in entries[fresh:]] != [entry.id for entry in old[:kept]]:
            self.beginResetModel()
            self._entries, self._more = entries, len(entries) >= _PAGE
            self.endResetModel()
            return
        if fresh:
            self.beginInsertRows(QModelIndex(), 0, fresh - 1)
            self._entries = entries[:fresh] + old
            self._more = self._more if old else fresh >= _PAGE
            self.endInsertRows()
        for row, entry in enumerate(entries):
            if self._entries[row] != entry:
                self._entries[row] = entry
                self._announce(row)

    def restart(self) -> None:
        """For another reader's answers, which the next ``reload`` brings."""
        self._ask()
        self.beginResetModel()
        self._entries, self._more = [], False
        self.endResetModel()

    def follow(self, run: str, progress: Progress) -> bool:
        """Of a run that goes on. False: it is not among those read."""
        row = self.row_of(run)
        if row < 0:
            return False
        self._entries[row] = replace(self._entries[row], progress=progress)
        self._announce(row)
        return True

    def entry(self, row: int) -> Entry:
        return self._entries[row]

    def row_of(self, run: str) -> int:
        """-1: it is not among those read."""
        return next((row for row, entry in enumerate(self._entries) if entry.id == run), -1)

    def canFetchMore(self, parent: Index = _ROOT) -> bool:
        return self._more and not parent.isValid()

    def fetchMore(self, _parent: Index = _ROOT) -> None:
        if self._more and not self._fetching:
            self._fetching = True
            spawn(self._fetch(), "a page of the journal")

    async def _fetch(self) -> None:
        question = self._question
        try:
            read = await self._read(len(self._entries), _PAGE)
        finally:
            self._fetching = False
        if self._is_asked(question):
            self._append(read)

    def _append(self, read: Sequence[Entry]) -> None:
        known = {entry.id for entry in self._entries}
        self._more = len(read) >= _PAGE
        entries = [entry for entry in read if entry.id not in known]  # newer ones have moved some down into this page
        if entries:
            self.beginInsertRows(QModelIndex(), len(self._entries), len(self._entries) + len(entries) - 1)
            self._entries += entries
            self.endInsertRows()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and 0 <= section < len(self.TITLES):
            if role == Qt.ItemDataRole.DisplayRole:
                return self.TITLES[section]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if section in _FIGURES else _LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry, column = self._entries[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _cell(entry, column)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(f"{texts.what(entry)}: {plan_words.meant_then(entry.plan)}")
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self.TITLES[column]}: {_cell(entry, column)}"
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column in _FIGURES else _LEFT
            case _:
                return None

    def _ask(self) -> int:
        self._question += 1
        return self._question

    def _is_asked(self, question: int) -> bool:
        return shiboken6.isValid(self) and question == self._question

    def _announce(self, row: int) -> None:
        self.dataChanged.emit(self.index(row, 0), self.index(row, self.columnCount() - 1))


def _cell(entry: Entry, column: int) -> str:
    match column:
        case 0:
            return texts.when(entry)
        case 1:
            return texts.what(entry)
        case 2:
            return texts.how_many(entry.progress)
        case 3:
            return texts.result(entry.plan, entry.progress)
        case 4:
            return texts.took(entry)
        case _:
            return entry.broker
