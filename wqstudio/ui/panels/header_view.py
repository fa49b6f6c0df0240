"""Headers and properties of a message as a table whose nested values unfold."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.letter import Letter
from wqstudio.ui.models.header_rows import Row, copied, header_rows, property_rows
from wqstudio.ui.panels.quiet_button import quiet_button
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XL, Theme

_ROW = Qt.ItemDataRole.UserRole


class HeaderView(QWidget):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("headerView")
        self._theme = theme
        self._model = QStandardItemModel(0, 3, self)
        self.table = _Table(self._model)
        self.table.setAccessibleName("Headers and properties")
        self._summary = PlainLabel()
        self._summary.setObjectName("headerSummary")
        self._summary.setProperty("kind", "muted")
        copy = quiet_button("headerCopy", "Copy all headers and properties", "copy", theme, self._copy_all)
        head = QHBoxLayout()
        head.addWidget(self._summary, 1)
        head.addWidget(copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_S)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)
        self._groups: list[Row] = []
        theme.changed.connect(self._fill)

    def show_headers(self, letter: Letter) -> None:
        headers, properties = tuple(header_rows(letter.headers)), tuple(property_rows(letter))
        groups = (Row("Headers", "", "", headers), Row("Properties", "", "", properties))
        self._groups = [group for group in groups if group.children]
        one = len(headers) == 1
        self._summary.setText(f"{len(headers)} header{'' if one else 's'}" if headers else "It came without headers.")
        self._fill()

    def _fill(self) -> None:
        self._model.clear()
        self._model.setHorizontalHeaderLabels(["Name", "Value", "Type"])
        muted = QColor(self._theme.tones.muted)
        for group in self._groups:
            title = QStandardItem(group.name)
            title.setForeground(muted)
            title.setData(group, _ROW)
            title.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self._model.appendRow(title)
            _add(title, group.children, muted)
        self.table.dress()

    def _copy_all(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(copied(self._groups)))


class _Table(QTreeView):
    def __init__(self, model: QStandardItemModel) -> None:
        super().__init__()
        self.setObjectName("headerTable")
        self.setModel(model)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformRowHeights(True)
        self.setIndentation(SPACE_M)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)

    def dress(self) -> None:
        """After another letter came: groups are unfolded, what is nested in values is not."""
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(SPACE_XL * 2)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        for group in range(self.model().rowCount()):
            self.setFirstColumnSpanned(group, QModelIndex(), True)
            self.expand(self.model().index(group, 0))
        self._share()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._share()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        else:
            super().keyPressEvent(event)

    def copy_rows(self) -> None:
        chosen = sorted(self.selectionModel().selectedRows(), key=self._place)
        rows: Sequence[Row] = [index.data(_ROW) for index in chosen]
        lines = [f"{row.name}\t{row.value}\t{row.type}".rstrip("\t") for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _place(self, index: QModelIndex) -> int:
        return self.visualRect(index).top()

    def _share(self) -> None:
        """Names take what they need, up to less than half."""
        if self.model().rowCount():
            room = self.viewport().width()
            self.setColumnWidth(0, min(self.sizeHintForColumn(0) + SPACE_M, room * 9 // 20))


def _add(parent: QStandardItem, rows: Sequence[Row], muted: QColor) -> None:
    for row in rows:
        name, value, kind = (QStandardItem(text) for text in (Row(row.name, row.name).in_cell, row.in_cell, row.type))
        name.setData(row, _ROW)
        value.setToolTip(plain_tip(row.value[:1000]))
        name.setToolTip(plain_tip(row.name[:1000]))
        kind.setForeground(muted)
        parent.appendRow([name, value, kind])
        _add(name, row.children, muted)
