"""What a table of dead letters shows in a cell, by role. Pure but for Qt's names."""

from collections.abc import Callable, Mapping
from enum import Enum, IntEnum

from PySide6.QtCore import Qt

from wqstudio.ui.models.letter_rows import TITLES, LetterColumn, LetterRow
from wqstudio.ui.plain import plain_tip


class LetterRole(IntEnum):
    SECOND = Qt.ItemDataRole.UserRole + 1
    """The line below the first."""
    STATE = Qt.ItemDataRole.UserRole + 2
    """``RowState``"""
    PROBLEM = Qt.ItemDataRole.UserRole + 3
    """Why it cannot be requeued as it is; empty: it can."""
    SHORT = Qt.ItemDataRole.UserRole + 4
    """The first line of a column that is too narrow for it."""


class RowState(Enum):
    """The value is what is shown where there are no texts."""

    THERE = ""
    COMING = "…"
    GONE = "gone meanwhile"


def alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == LetterColumn.SIZE else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


ANSWERS: Mapping[int, Callable[[LetterRow, int], object]] = {
    Qt.ItemDataRole.DisplayRole: lambda row, column: row.first[column],
    Qt.ItemDataRole.TextAlignmentRole: lambda _row, column: alignment(column),
    Qt.ItemDataRole.ToolTipRole: lambda row, column: plain_tip(row.tips[column]) or None,
    Qt.ItemDataRole.AccessibleTextRole: lambda row, column: (
        f"{TITLES[column]}: {row.first[column]} {row.second[column]}".rstrip()
    ),
    LetterRole.SECOND: lambda row, column: row.second[column],
    LetterRole.STATE: lambda _row, _column: RowState.THERE,
    LetterRole.SHORT: lambda row, column: row.short_why if column == LetterColumn.WHY else row.first[column],
    LetterRole.PROBLEM: lambda row, _column: row.line.problem,
}
"""What a row in memory answers, by role."""
