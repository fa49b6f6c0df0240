"""The headers of a dead letter while somebody changes them: those left alone stay the very values they were."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from wqstudio.domain.letter import Header
from wqstudio.ui.models.header_rows import as_text

_COLUMNS = ("Name", "Value", "Type")
_AnyIndex = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class _Row:
    header: Header
    """As it is to be sent."""
    fault: str = ""
    """Why what was typed is no value of its type; ``typed`` is shown then."""
    typed: str = ""


class HeaderEdits(QAbstractTableModel):
    def __init__(self, headers: Sequence[Header], new_type: str) -> None:
        """``new_type``: of headers that are added: "string", or empty where all are text."""
        super().__init__()
        self._came = tuple(headers)
        self._new_type = new_type
        self._rows = [_Row(header) for header in headers]

    @property
    def headers(self) -> tuple[Header, ...]:
        return tuple(row.header for row in self._rows)

    @property
    def changed(self) -> bool:
        rows = self._rows
        return len(rows) != len(self._came) or any(
            row.header is not came for row, came in zip(rows, self._came, strict=True)
        )

    @property
    def fault(self) -> str:
        """Of the first header that cannot be sent; empty: all can."""
        told = next((f"{row.header.name}: {row.fault}" for row in self._rows if row.fault), "")
        nameless = any(not row.header.name for row in self._rows)
        return told or ("A header has no name yet." if nameless else "")

    def add(self) -> QModelIndex:
        """The name of the new one, to be typed."""
        place = len(self._rows)
        self.beginInsertRows(QModelIndex(), place, place)
        self._rows.append(_Row(Header("", "", self._new_type)))
        self.endInsertRows()
        return self.index(place, 0)

    def remove(self, rows: Sequence[int]) -> None:
        for row in sorted(set(rows), reverse=True):
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._rows[row]
            self.endRemoveRows()

    def restore(self) -> None:
        self.beginResetModel()
        self._rows = [_Row(header) for header in self._came]
        self.endResetModel()

    def rowCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return _COLUMNS[section]
        return None

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.fault or ("" if _editable(row.header) else "It can be removed, but not changed here.")
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return None
        value = row.typed if row.fault else _text(row.header.value)
        return (row.header.name, value, row.header.type)[index.column()]

    def flags(self, index: _AnyIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        column = index.column()
        if column == 0 or (column == 1 and _editable(self._rows[index.row()].header)):
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def setData(self, index: _AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole:
            return False
        row, text = self._rows[index.row()], str(value)
        if text == self.data(index, role):
            return False  # an editor that was opened and closed changes nothing
        self._rows[index.row()] = self._as_it_came(_named(row, text) if index.column() == 0 else _valued(row, text))
        self.dataChanged.emit(index, index)
        return True

    def _as_it_came(self, row: _Row) -> _Row:
        """What was changed back is what it was, in its very type."""
        same = (came for came in self._came if came == row.header and isinstance(came.value, type(row.header.value)))
        came = next(same, None)
        return row if came is None or row.fault else _Row(came)


def _named(row: _Row, name: str) -> _Row:
    return replace(row, header=replace(row.header, name=name.strip()))


def _valued(row: _Row, text: str) -> _Row:
    try:
        value = _parsed(text, row.header.value)
    except (ValueError, InvalidOperation):
        kind = row.header.type or "value"
        return replace(row, fault=f"“{text}” is not a valid {kind}.", typed=text)
    return _Row(replace(row.header, value=value))


def _editable(header: Header) -> bool:
    """What a line of text can hold."""
    return isinstance(header.value, bool | int | float | str | bytes | Decimal) and _text(header.value).isprintable()


def _text(value: Any) -> str:
    match value:
        case bool():
            return as_text(value)
        case int():
            return str(int(value))
        case str():
            return value
        case _:
            return as_text(value)


def _parsed(text: str, like: Any) -> Any:
    match like:
        case bool():
            return bool(_TRUTH.index(text.strip().lower()))
        case int():
            return int(text)
        case float():
            return float(text)
        case Decimal():
            return Decimal(text)
        case bytes():
            return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()
        case _:
            return text


_TRUTH = ("false", "true")
