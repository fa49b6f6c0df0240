"""The explorer's filter: a text, which queues at all, and in which order."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models.explorer_rows import Order, Show
from wqstudio.ui.theme import SPACE_XS, Theme


class ExplorerFilter(QWidget):
    changed = Signal()

    def __init__(self, theme: Theme, noun: str, parent: QWidget | None = None) -> None:
        """``noun``: what is filtered, in the plural."""
        super().__init__(parent)
        self.line = QLineEdit(placeholderText=f"Filter {noun}", clearButtonEnabled=True)
        self.line.setObjectName("explorerFilter")
        self.line.setAccessibleName(f"Filter {noun} by name")
        self.line.setToolTip(f"{noun[0].upper()}{noun[1:]} by their names, and by those of what is below them")
        search = QAction(self)
        bind_icon(search, "search", theme, "muted")
        self.line.addAction(search, QLineEdit.ActionPosition.LeadingPosition)
        self.line.textChanged.connect(self.changed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(self.line)
        layout.addWidget(self._choices(theme))

    @property
    def text(self) -> str:
        return self.line.text().strip()

    @property
    def show_only(self) -> Show:
        return Show(self._show.checkedAction().data())

    @property
    def order(self) -> Order:
        return Order(self._order.checkedAction().data())

    @property
    def narrows(self) -> bool:
        return bool(self.text) or self.show_only is not Show.ALL

    def reset(self) -> None:
        """Hide nothing any more."""
        self._show.actions()[0].setChecked(True)
        self.line.clear()
        self._on_choice()

    def choose(self, choice: Show | Order) -> None:
        group = self._show if isinstance(choice, Show) else self._order
        next(action for action in group.actions() if action.data() == choice.value).trigger()

    def _choices(self, theme: Theme) -> QToolButton:
        self._button = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self._button.setObjectName("explorerChoices")
        self._button.setToolTip("Which are listed, and in which order")
        self._button.setAccessibleName("Which are listed, and in which order")
        bind_icon(self._button, "filter", theme)
        menu = QMenu(self._button)
        self._show = self._group(menu, [choice.value for choice in Show])
        menu.addSeparator()
        self._order = self._group(menu, [choice.value for choice in Order])
        self._button.setMenu(menu)
        return self._button

    def _group(self, menu: QMenu, choices: list[str]) -> QActionGroup:
        group = QActionGroup(menu)
        for position, choice in enumerate(choices):
            action = QAction(choice, group, checkable=True, checked=position == 0)
            action.setData(choice)
            menu.addAction(action)
        group.triggered.connect(self._on_choice)
        return group

    def _on_choice(self) -> None:
        self._button.setProperty("kind", "primary" if self.show_only is not Show.ALL else "")
        self._button.style().polish(self._button)
        self.changed.emit()
