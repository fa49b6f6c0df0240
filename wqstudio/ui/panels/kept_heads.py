"""The heads of a table that is scrolled with the page around it, kept at the top of the page."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHeaderView, QScrollArea, QTableView


class KeptHeads(QHeaderView):
    """In sight where the table's own heads are not, and some of its rows are.

    Heads of their own, beside the table's: those are where Qt puts them again and again, whoever moves them.
    """

    def __init__(self, table: QTableView, page: QScrollArea) -> None:
        super().__init__(Qt.Orientation.Horizontal, page.viewport())
        self._table, self._page = table, page
        self.setObjectName("keptHeads")
        self.setAccessibleName(f"{table.accessibleName()}: heads")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFont(table.font())
        self.setHighlightSections(False)
        self.setModel(table.model())
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.hide()
        bar = page.verticalScrollBar()
        bar.valueChanged.connect(self.place)
        bar.rangeChanged.connect(self.place)

    def place(self) -> None:
        """Again, after the table has moved or its columns have other widths."""
        heads = self._table.horizontalHeader()
        at = self._table.mapTo(self._page.viewport(), QPoint())
        seen = at.y() < 0 < at.y() + self._table.height() - 2 * heads.height()
        if seen:
            for column in range(self.count()):
                self.resizeSection(column, heads.sectionSize(column))
            self.setGeometry(at.x(), 0, self._table.width(), heads.height())
            self.raise_()
        self.setVisible(seen)
