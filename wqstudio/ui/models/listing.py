"""One of a broker's listings as a table, kept in step with it row by row."""

from collections.abc import Container, Mapping, Sequence
from enum import IntEnum
from typing import TypeAlias

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from wqstudio.domain.listing import Column, Listing, Measure, Row
from wqstudio.domain.reading import Unknown
from wqstudio.ui.models.listing_cells import exact, in_order, is_quiet, matches, shown, tip
from wqstudio.ui.models.runs import runs
from wqstudio.ui.plain import plain_tip

Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class CellRole(IntEnum):
    QUIET = Qt.ItemDataRole.UserRole + 1
    """Whether the cell has nothing to tell: it is zero, or could not be read."""


class ListingModel(QAbstractTableModel):
    """Rows in the order chosen, filtered.

    The texts of a row are made when a view first asks for one of them after a change: a beat over thousands of rows
    pays for those on the screen.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._title = ""
        self._columns: tuple[Column, ...] = ()
        self._rows: Mapping[str, Row] = {}
        self._texts: dict[str, tuple[str, ...]] = {}
        self._shown: list[str] = []
        """Keys."""
        self._wanted_text = ""
        self._by, self._descending = 0, False

    # What it is fed with

    def show(self, listing: Listing) -> None:
        """Rows that are unknown leave those of before, if they are of the same listing."""
        if (listing.title, listing.columns) != (self._title, self._columns):
            self._begin(listing)
        if isinstance(listing.rows, Unknown) or listing.rows is self._rows:
            return
        self._keep_shown(listing.rows)  # while what goes can still be read
        before, self._rows = self._rows, listing.rows
        changed = {key for key, row in listing.rows.items() if key in before and before[key] != row}
        self._texts = {key: text for key, text in self._texts.items() if key in listing.rows and key not in changed}
        self._arrange()
        self._announce(changed)

    def set_filter(self, text: str) -> None:
        """Show the rows of which a word contains ``text``."""
        self._wanted_text = text.casefold()
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._by, self._descending = column, order is Qt.SortOrder.DescendingOrder
        self._arrange()

    # What views ask

    @property
    def total(self) -> int:
        """Rows there are, the hidden ones among them."""
        return len(self._rows)

    @property
    def measures(self) -> list[Measure]:
        return [column.measure for column in self._columns]

    @property
    def wraps(self) -> bool:
        """Rows may take several lines."""
        return any(column.wraps for column in self._columns)

    def is_empty(self, column: int) -> bool:
        """It is of words, and no row has any there, the hidden ones among them."""
        text = self._columns[column].measure is Measure.TEXT
        return text and all(row.cells[column] == "" for row in self._rows.values())

    def queue_at(self, index: Index) -> str:
        """The queue that the row leads to, or empty."""
        return self._rows[self._shown[index.row()]].queue

    def copied(self, rows: Sequence[int]) -> str:
        """These rows for other programs: a line each, tabs between the cells."""
        return "\n".join("\t".join(map(exact, self._rows[self._shown[row]].cells)) for row in rows)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        key, column = self._shown[index.row()], self._columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(key, index)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{column.title}: {self._text(key, index) or 'none'}"
            case _:
                return self._aside(self._rows[key], index.column(), role)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.title
            case Qt.ItemDataRole.ToolTipRole:
                return column.tip or None
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case _:
                return None

    # One change after another

    def _begin(self, listing: Listing) -> None:
        self.beginResetModel()
        self._title, self._columns = listing.title, listing.columns
        self._rows = {}
        self._texts.clear()
        self._shown.clear()
        self._by, self._descending = 0, False
        self.endResetModel()

    def _text(self, key: str, index: Index) -> str:
        if key not in self._texts:
            cells = zip(self._rows[key].cells, self._columns, strict=True)
            self._texts[key] = tuple(shown(cell, column.measure) for cell, column in cells)
        return self._texts[key][index.column()]

    def _aside(self, row: Row, number: int, role: int) -> object:
        """What a cell tells of itself besides its text."""
        cell = row.cells[number]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(tip(cell, self._columns[number], row) or "") or None
        return is_quiet(cell) if role == CellRole.QUIET else None

    def _arrange(self) -> None:
        """Bring the list that is shown to what filter and order ask for: removals, one move of all, insertions."""
        admitted = [pair for pair in self._rows.items() if not self._wanted_text or matches(pair[1], self._wanted_text)]
        target = in_order(admitted, self._by, descending=self._descending) if self._columns else []
        self._keep_shown(set(target))
        kept = set(self._shown)
        self._reorder([key for key in target if key in kept])
        for first, last in runs(i for i, key in enumerate(target) if key not in kept):
            self.beginInsertRows(QModelIndex(), first, last)
            self._shown[first:first] = target[first : last + 1]
            self.endInsertRows()

    def _keep_shown(self, wanted: Container[str]) -> None:
        for first, last in reversed(list(runs(i for i, key in enumerate(self._shown) if key not in wanted))):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._shown[first : last + 1]
            self.endRemoveRows()

    def _reorder(self, target: list[str]) -> None:
        if target == self._shown:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        keys = [self._shown[index.row()] for index in before]
        self._shown = target
        places = {key: row for row, key in enumerate(target)}
        after = [self.index(places[key], index.column()) for key, index in zip(keys, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _announce(self, changed: set[str]) -> None:
        last_column = len(self._columns) - 1
        for first, last in runs(row for row, key in enumerate(self._shown) if key in changed):
            self.dataChanged.emit(self.index(first, 0), self.index(last, last_column))


def _alignment(column: Column) -> Qt.AlignmentFlag:
    return _LEFT if column.measure is Measure.TEXT else _RIGHT
