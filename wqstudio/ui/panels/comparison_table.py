"""The figures of runs that are compared: a column for each, with how it stands to the first."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from wqstudio.ui.models.comparison_rows import Cell, Row, Table
from wqstudio.ui.panels.painting import background, legible, smaller
from wqstudio.ui.panels.table_dress import CELL_INSET, dress
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_S, Concept, Theme

_Index = QModelIndex | QPersistentModelIndex
_ROW_HEIGHT, _TALL_ROW = 26, 42
_LEAST_NAME, _LEAST_VALUE = 112, 82
_VALUE = 56
"""Pixels of a value, so that differences beside values begin below each other."""
_MOST_TITLE = 2 * _LEAST_VALUE
"""Pixels up to which a column is as wide as its title."""
_CELL = Qt.ItemDataRole.UserRole
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ComparisonModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.table = Table((), ())
        self._shown: tuple[str, ...] = ()

    def show_titles(self, shown: tuple[str, ...]) -> None:
        """Of all columns, as far as there is room for them."""
        if shown != self._shown:
            self._shown = shown
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(shown) - 1)

    def show_table(self, table: Table) -> None:
        self.beginResetModel()
        self.table, self._shown = table, ()
        self.endResetModel()

    @property
    def titles(self) -> tuple[str, ...]:
        """Of all columns, whole."""
        return ("Figure", *self.table.titles)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's default
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  the same
        return 0 if parent.isValid() else 1 + len(self.table.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        title = self.titles[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._shown[section] if section < len(self._shown) else title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return title
        if role == Qt.ItemDataRole.ToolTipRole and section > 0:
            return plain_tip(title if section == 1 else f"{title}, and the difference to {self.table.titles[0]}")
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
    """As high as all its rows: it is scrolled with the page around it."""

    shared = Signal()
    """Its columns have other widths."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.rows = ComparisonModel()
        self.setModel(self.rows)
        self._cells = _Cells(theme, self)
        self.setItemDelegate(self._cells)
        self.setObjectName("comparisonTable")
        self.setAccessibleName("Figures of the runs, and the difference to the first")
        dress(self, _ROW_HEIGHT)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAutoScroll(False)
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

    def _header_font(self) -> QFont:
        font = QFont(self.font())
        font.setBold(True)
        return font

    def _share(self) -> None:
        """The room among the columns; where there is little, differences stand below the values, and names wrap.

        Where there is still less, differences are told in brief: the tool tip has all of it.
        """
        compared = self.rows.columnCount() - 2
        if compared < 0:
            return
        table, room = self.rows.table, self.viewport().width()
        metrics = QFontMetrics(self.font())
        longest = max((metrics.horizontalAdvance(row.name) for row in table.rows), default=0) + 3 * SPACE_S
        first = self._needed(0, stacked=True)
        beside, below = (
            [self._needed(1 + each, stacked=stacked) for each in range(compared)] for stacked in (False, True)
        )
        self._cells.stacked = room < longest + first + sum(beside)
        needed = below if self._cells.stacked else beside
        if room < _LEAST_NAME + first + sum(needed):
            first, needed = _LEAST_VALUE, compared * [_LEAST_VALUE]
        name = min(longest, max(_LEAST_NAME, room - first - sum(needed)))
        spare = max(0, room - name - first - sum(needed))
        widths = [width + spare // compared for width in needed] if compared else []
        widths = [name, first if compared else max(first, room - name), *widths]
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)
        metrics = QFontMetrics(self._header_font())
        self.rows.show_titles(
            tuple(
                metrics.elidedText(title, Qt.TextElideMode.ElideRight, width - 2 * CELL_INSET)
                for title, width in zip(self.rows.titles, widths, strict=True)
            )
        )
        self.verticalHeader().setDefaultSectionSize(_TALL_ROW if self._cells.stacked else _ROW_HEIGHT)
        self._fit_height(too_wide=sum(widths) > room)
        self.shared.emit()

    def _needed(self, run: int, *, stacked: bool) -> int:
        """Pixels, for nothing of that run to be cut, except for a title that is very long."""
        cells = [row.cells[run] for row in self.rows.table.rows]
        title = QFontMetrics(self._header_font()).horizontalAdvance(self.rows.table.titles[run]) + 3 * SPACE_S
        widest = max((self._cells.width(cell, self.font(), stacked=stacked) for cell in cells), default=0)
        return max(min(title, _MOST_TITLE), widest + 2 * SPACE_S, _LEAST_VALUE)

    def _fit_height(self, *, too_wide: bool) -> None:
        rows = self.rows.rowCount() * self.verticalHeader().defaultSectionSize()
        bar = self.horizontalScrollBar().sizeHint().height() if too_wide else 0
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + rows + bar)


class _Cells(QStyledItemDelegate):
    """The value, and beside it how it stands to the first run: with sign and word, the colour only adds to it."""

    def __init__(self, theme: Theme, parent: QTableView) -> None:
        super().__init__(parent)
        self._theme = theme
        self.stacked = False
        """The difference is below the value."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        cell = index.data(_CELL)
        if not isinstance(cell, Cell):
            super().paint(painter, option, index)
            return
        background(painter, option)
        painter.save()
        painter.setFont(option.font)
        box = option.rect.adjusted(CELL_INSET, 0, -SPACE_S // 2, 0)
        upper, lower = QRect(box), QRect(box)
        if self.stacked:
            upper.setBottom(box.center().y())
            lower.setTop(box.center().y() - 1)
            upper.adjust(0, 3, 0, 0)
            lower.adjust(0, 0, 0, -3)
        else:
            lower.adjust(_value_width(cell, option.fontMetrics), 0, 0, 0)
        painter.setPen(QColor(self._theme.tones.text))
        painter.drawText(upper, _LEFT, cell.value)
        if cell.difference:
            self._paint_difference(painter, option, lower, cell)
        painter.restore()

    def width(self, cell: Cell, font: QFont, *, stacked: bool) -> int:
        """Pixels for the whole of it."""
        metrics = QFontMetrics(font)
        if not stacked:
            return _value_width(cell, metrics) + metrics.horizontalAdvance(cell.compared)
        below = QFontMetrics(smaller(font, 1)).horizontalAdvance(cell.compared)
        return max(metrics.horizontalAdvance(cell.value), below)

    def _paint_difference(self, painter: QPainter, option: QStyleOptionViewItem, box: QRect, cell: Cell) -> None:
        said = cell.compared
        tones = self._theme.tones
        if cell.better is None:
            painter.setPen(QColor(tones.muted))
        else:
            painter.setPen(legible(Concept.ACKED.color, self._theme) if cell.better else QColor(tones.error))
        if self.stacked:
            painter.setFont(smaller(option.font, 1))
        if painter.fontMetrics().horizontalAdvance(said) > box.width():
            said = cell.brief
        shown = painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, _LEFT, shown)


def _value_width(cell: Cell, metrics: QFontMetrics) -> int:
    """Of what stands before the difference."""
    return max(_VALUE, metrics.horizontalAdvance(cell.value) + SPACE_S)
