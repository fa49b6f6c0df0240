"""How tables of rows to read look and behave: quiet, chosen row by row, scrolled pixel by pixel."""

from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView

CELL_INSET = 9
"""Pixels from the edges of a cell, and of its column's head, to its text: where the style sheet and Qt have it."""


def dress(table: QTableView, row_height: int) -> None:
    """``row_height``: logical pixels, at least."""
    table.setFrameShape(QFrame.Shape.NoFrame)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    rows = table.verticalHeader()
    rows.hide()
    rows.setDefaultSectionSize(row_height)  # before the minimum, which makes each lower row higher, one by one
    rows.setMinimumSectionSize(row_height)
    table.horizontalHeader().setHighlightSections(False)
