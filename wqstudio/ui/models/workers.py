"""The workers of a fleet, in the order in which they came."""

from collections.abc import Container, Iterable
from enum import IntEnum
from typing import TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from wqstudio.domain.worker import Phase, WorkerState
from wqstudio.ui.models.worker_rows import WorkerRow, worker_row
from wqstudio.ui.plain import plain_tip

Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()


class WorkerRole(IntEnum):
    ROW = Qt.ItemDataRole.UserRole + 1
    """The ``WorkerRow``."""


class WorkersModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[WorkerRow] = []
        self._positions: dict[int, int] = {}

    def apply(self, states: Iterable[WorkerState]) -> None:
        """Take the new states of workers, those of new ones among them."""
        new: list[WorkerState] = []
        for state in states:
            position = self._positions.get(state.id)
            if position is None:
                new.append(state)
            elif self._rows[position].state != state:
                self._rows[position] = worker_row(state)
                self.dataChanged.emit(self.index(position), self.index(position))
        if new:
            self._append(new)

    def remove(self, worker: int) -> None:
        position = self._positions.get(worker)
        if position is None:
            return
        self.beginRemoveRows(QModelIndex(), position, position)
        del self._rows[position]
        self._positions = {row.state.id: place for place, row in enumerate(self._rows)}
        self.endRemoveRows()

    def keep(self, workers: Container[int]) -> None:
        """Remove the rows of all others, which the fleet has forgotten."""
        for worker in [row.state.id for row in self._rows if row.state.id not in workers]:
            self.remove(worker)

    def state(self, worker: int) -> WorkerState | None:
        position = self._positions.get(worker)
        return None if position is None else self._rows[position].state

    def row(self, index: Index) -> WorkerRow:
        return self._rows[index.row()]

    def index_of(self, worker: int) -> QModelIndex:
        position = self._positions.get(worker)
        return QModelIndex() if position is None else self.index(position)

    def working(self) -> list[int]:
        """Positions of the workers that have a task in hand."""
        return [i for i, row in enumerate(self._rows) if row.state.phase is Phase.WORKING]

    def over(self) -> list[int]:
        """Ids of the workers that have ended."""
        return [row.state.id for row in self._rows if row.state.phase.over]

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == WorkerRole.ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(row.state.reason) or None  # the card may have no room for all of it
        return row.spoken if role == Qt.ItemDataRole.AccessibleTextRole else None

    def _append(self, states: list[WorkerState]) -> None:
        first = len(self._rows)
        latest = {state.id: state for state in states}
        self.beginInsertRows(QModelIndex(), first, first + len(latest) - 1)
        self._rows += [worker_row(state) for state in latest.values()]
        self._positions |= {id_: first + offset for offset, id_ in enumerate(latest)}
        self.endInsertRows()
