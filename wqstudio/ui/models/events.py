"""The event log: in order of time, the newest last, bounded, and a filter over it."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from wqstudio.domain.events import Event, Topic
from wqstudio.ui.models.event_rows import EventRow, fold
from wqstudio.ui.plain import plain_tip

Index: TypeAlias = QModelIndex | QPersistentModelIndex

EVENTS_SHOWN = 2_000

_LATE = 10.0
"""Seconds by which an event may be told of after those that came later."""

_ROOT = QModelIndex()


class EventRole(IntEnum):
    ROW = Qt.ItemDataRole.UserRole + 1
    """The ``EventRow``."""


class EventsModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None, bound: int = EVENTS_SHOWN) -> None:
        super().__init__(parent)
        self._bound = bound
        self._rows: list[EventRow] = []

    def append(self, events: Sequence[Event]) -> None:
        """Add a batch; the oldest lines beyond the bound are dropped."""
        batch = fold(self._rows, sorted(events, key=lambda event: event.at))
        for position, row in batch.repeats.items():
            self._rows[position] = row
            self.dataChanged.emit(self.index(position), self.index(position))
        self._make_room(len(batch.new))
        self._insert(batch.new[-self._bound :])

    def clear(self) -> None:
        self.beginResetModel()
        self._rows.clear()
        self.endResetModel()

    def row(self, index: Index) -> EventRow:
        return self._rows[index.row()]

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == EventRole.ROW:
            return row
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(row.tip)
        return row.text if role == Qt.ItemDataRole.DisplayRole else None

    def _make_room(self, wanted: int) -> None:
        surplus = min(len(self._rows), len(self._rows) + wanted - self._bound)
        if surplus <= 0:
            return
        self.beginRemoveRows(QModelIndex(), 0, surplus - 1)
        del self._rows[:surplus]
        self.endRemoveRows()

    def _insert(self, rows: Iterable[EventRow]) -> None:
        new = list(rows)
        while new:
            place = self._place(new[0])
            some = new[:1] if place < len(self._rows) else new
            self.beginInsertRows(QModelIndex(), place, place + len(some) - 1)
            self._rows[place:place] = some
            self.endInsertRows()
            new = new[len(some) :]

    def _place(self, row: EventRow) -> int:
        """Behind what happened before it: some are told of a little late. Not so by a clock that is wrong."""
        place = len(self._rows)
        while place and 0 < self._rows[place - 1].event.at - row.event.at <= _LATE:
            place -= 1
        return place


class EventsFilter(QSortFilterProxyModel):
    """Lines of one topic, or of all, that contain a text."""

    def __init__(self, model: EventsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._text = ""
        self._topic: Topic | None = None
        self.setSourceModel(model)

    def show(self, text: str, topic: Topic | None) -> None:
        """``topic`` None: all of them."""
        self._text, self._topic = text.casefold(), topic
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        event = self._model.row(self._model.index(source_row, 0, source_parent)).event
        if self._topic is not None and event.topic is not self._topic:
            return False
        return self._text in event.text.casefold() or self._text in event.queue.casefold()
