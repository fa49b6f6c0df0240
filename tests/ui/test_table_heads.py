"""Heads of tables stand above what is in their columns."""

from collections import Counter

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QTableView, QTableWidget, QTableWidgetItem, QWidget
from pytestqt.qtbot import QtBot

from wqstudio.ui.models.comparison_rows import Cell, Row, Table
from wqstudio.ui.panels.comparison_table import ComparisonTable
from wqstudio.ui.panels.table_dress import dress
from wqstudio.ui.theme import Theme

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LOUD = 60
"""Of 765: by how much a pixel of a letter differs from what is behind it."""


@pytest.mark.usefixtures("theme")
@pytest.mark.parametrize("name", ["", "ledgerWorkers", "listingTable", "journalTable", "editHeaders"])
def test_heads_stand_above_their_cells(qtbot: QtBot, name: str) -> None:
    table = QTableWidget()
    table.setObjectName(name)  # before it has columns: the style of a head is chosen when it first has a size
    dress(table, 28)
    table.setRowCount(1)
    table.setColumnCount(2)
    for column, side in enumerate((_LEFT, _RIGHT)):
        head, cell = QTableWidgetItem("HH"), QTableWidgetItem("HH")
        for item in (head, cell):
            item.setTextAlignment(side)
        table.setHorizontalHeaderItem(column, head)
        table.setItem(0, column, cell)
    _show(table, qtbot)
    assert _left(table, 0, of_head=True) == pytest.approx(_left(table, 0, of_head=False), abs=1)
    assert _right(table, 1, of_head=True) == pytest.approx(_right(table, 1, of_head=False), abs=1)


def test_heads_of_runs_stand_above_their_figures(qtbot: QtBot, theme: Theme) -> None:
    table = ComparisonTable(theme)
    table.show_table(Table(("H", "H"), (Row("H", "", (Cell("H"), Cell("H"))),)))
    _show(table, qtbot)
    for column in (1, 2):
        assert _left(table, column, of_head=True) == pytest.approx(_left(table, column, of_head=False), abs=1)


def _show(table: QTableView, qtbot: QtBot) -> None:
    qtbot.addWidget(table)
    table.resize(640, 120)
    table.show()
    qtbot.waitExposed(table)


def _left(table: QTableView, column: int, *, of_head: bool) -> int:
    """Where a head, or a cell of the first row, begins to be written."""
    return min(_written(table, column, of_head=of_head))


def _right(table: QTableView, column: int, *, of_head: bool) -> int:
    return max(_written(table, column, of_head=of_head))


def _written(table: QTableView, column: int, *, of_head: bool) -> list[int]:
    """The pixels across at which there is something to be read, from the column's left edge."""
    head = table.horizontalHeader()
    if of_head:
        return _inked(head, QRect(head.sectionViewportPosition(column), 0, head.sectionSize(column), head.height() - 3))
    return _inked(table.viewport(), table.visualRect(table.model().index(0, column)))


def _inked(widget: QWidget, place: QRect) -> list[int]:
    picture = widget.grab(place).toImage()
    rows = range(2, picture.height() - 2)
    seen = {x: [picture.pixelColor(x, y) for y in rows] for x in range(picture.width())}
    behind = Counter(color.name() for column in seen.values() for color in column).most_common(1)[0][0]
    return [x for x, column in seen.items() if any(_differs(color, QColor(behind)) for color in column)]


def _differs(color: QColor, behind: QColor) -> bool:
    parts = (color.red() - behind.red(), color.green() - behind.green(), color.blue() - behind.blue())
    return sum(map(abs, parts)) > _LOUD
