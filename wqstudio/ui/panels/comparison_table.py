"""The figures of runs that are compared: a column for each, with how it stands to the first."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from wqstudio.ui.models.comparison_rows import Cell, Row, Table
from wqstudio.ui.panels.painting import background, legible
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_S, Concept, Theme

_Index = QModelIndex | QPersistentModelIndex
_ROW_HEIGHT = 26
_LEAST_NAME, _LEAST_VALUE = 170, 84
_LEAST_COMPARED = 190
_CELL = Qt.ItemDataRole.UserRole


class ComparisonModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.table = Table((), ())

    def show_table(self, table: Table) -> None:
        self.beginResetModel()
        self.table = table
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's default
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  the same
        return 0 if parent.isValid() else 1 + len(self.table.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        title = "Figure" if section == 0 else self.table.titles[section - 1]
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == Qt.ItemDataRole.ToolTipRole and section > 1:
            return plain_tip(f"{title}, and the difference to {self.table.titles[0]}")
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.table.rows[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tip(row, index.column()))
        if index.column() == 0:
            return row.name if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole} else None
        cell = row.cells[index.column() - 1]
        if role == _CELL:
            return cell
        return cell.words if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole} else None

    def _tip(self, row: Row, column: int) -> str:
        if column == 0:
            return f"{row.name}\n{row.definition}"
        return f"{self.table.titles[column - 1]}: {row.cells[column - 1].words}\n{row.name}: {row.definition}"


class ComparisonTable(QTableView):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.rows = ComparisonModel()
        self.setModel(self.rows)
        self.setItemDelegate(_Cells(theme, self))
        self.setObjectName("comparisonTable")
        self.setAccessibleName("Figures of the runs, and the difference to the first")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(_ROW_HEIGHT)
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        theme.changed.connect(self.viewport().update)

    def show_table(self, table: Table) -> None:
        self.rows.show_table(table)
        self._share()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
            table = Table(self.rows.table.titles, tuple(self.rows.table.rows[row] for row in chosen))
            QGuiApplication.clipboard().setText(table.as_text())
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: Any) -> bool:
        if event.type() == event.Type.Resize:
            self._share()
        return super().viewportEvent(event)

    def _share(self) -> None:
        """The room among the columns: names as they need, and more for those with differences than for the first."""
        columns = self.rows.columnCount()
        if columns < 2:
            return
        metrics = QFontMetrics(self.font())
        longest = max((metrics.horizontalAdvance(row.name) for row in self.rows.table.rows), default=0)
        compared = columns - 2
        room = self.viewport().width()
        name = min(longest + 3 * SPACE_S, max(_LEAST_NAME, room - _LEAST_VALUE - compared * _LEAST_COMPARED))
        first = max(_LEAST_VALUE, metrics.horizontalAdvance(self.rows.table.titles[0]) + 3 * SPACE_S)
        first = min(first, 2 * _LEAST_VALUE)
        each = max(_LEAST_COMPARED, (room - name - first) // compared) if compared else 0
        widths = [name, first if compared else max(first, room - name), *([each] * compared)]
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)


class _Cells(QStyledItemDelegate):
    """The value, and beside it how it stands to the first run: with sign and word, the colour only adds to it."""

    def __init__(self, theme: Theme, parent: QTableView) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        cell = index.data(_CELL)
        if not isinstance(cell, Cell):
            super().paint(painter, option, index)
            return
        background(painter, option)
        painter.save()
        painter.setFont(option.font)
        box = option.rect.adjusted(SPACE_S, 0, -SPACE_S // 2, 0)
        painter.setPen(QColor(self._theme.tones.text))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, left, cell.value)
        taken = max(_LEAST_VALUE - 2 * SPACE_S, option.fontMetrics.horizontalAdvance(cell.value) + SPACE_S)
        if cell.difference:
            self._paint_difference(painter, option, box.adjusted(taken, 0, 0, 0), cell)
        painter.restore()

    def _paint_difference(self, painter: QPainter, option: QStyleOptionViewItem, box: QRect, cell: Cell) -> None:
        said = ", ".join(filter(None, (cell.difference, cell.verdict)))
        tones = self._theme.tones
        if cell.better is None:
            painter.setPen(QColor(tones.muted))
        else:
            painter.setPen(legible(Concept.ACKED.color, self._theme) if cell.better else QColor(tones.error))
        shown = option.fontMetrics.elidedText(said, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
