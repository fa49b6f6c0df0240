"""A table in which headers are changed, added and removed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.letter import Letter
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models.header_edits import HeaderEdits
from wqstudio.ui.theme import SPACE_S, Theme


class HeaderEditor(QWidget):
    changed = Signal()

    def __init__(self, letter: Letter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = HeaderEdits(letter.headers, "string" if any(each.type for each in letter.headers) else "")
        self.model.setParent(self)
        self.table = _Table(self.model)
        self._theme = theme
        row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        row.addWidget(self._button("editHeaderAdd", "Add", "Add a header", "plus", self._add))
        row.addWidget(self._button("editHeaderRemove", "Remove", "Remove the chosen headers", "trash", self._remove))
        row.addStretch(1)
        row.addWidget(self._button("editHeaderRestore", "As it came", "Undo all of it", "refresh", self.model.restore))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE_S, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        for signal in (
            self.model.dataChanged,
            self.model.rowsInserted,
            self.model.rowsRemoved,
            self.model.modelReset,
        ):
            signal.connect(lambda *_: self.changed.emit())

    def _button(self, name: str, text: str, title: str, icon: str, action: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(title)
        button.setToolTip(title)
        button.setAutoDefault(False)
        bind_icon(button, icon, self._theme)
        button.clicked.connect(lambda _checked: action())  # type: ignore[operator]
        return button

    def _add(self) -> None:
        name = self.model.add()
        self.table.setCurrentIndex(name)
        self.table.edit(name)

    def _remove(self) -> None:
        self.table.remove_chosen()


class _Table(QTableView):
    """Del removes what is chosen."""

    def __init__(self, model: HeaderEdits) -> None:
        super().__init__()
        self._edits = model
        self.setObjectName("editHeaders")
        self.setAccessibleName("Headers of the copy")
        self.setModel(model)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        self.setColumnWidth(0, 150)

    def remove_chosen(self) -> None:
        self._edits.remove([index.row() for index in self.selectionModel().selectedRows()])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.state() != QAbstractItemView.State.EditingState:
            self.remove_chosen()
        else:
            super().keyPressEvent(event)
