"""Settings and state of a thing as a list of two columns that can be read, selected and copied."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from wqstudio.domain.queue import SettingGroup
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_XS

_SHARES = (9, 10)
"""Of the width, for names and for values."""


class SettingsList(QWidget):
    """Changes values in place; only other names make it anew, so a selection and the place read survive."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: list[tuple[str, list[str]]] = []
        self._values: list[_Value] = []
        self._content: QWidget | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def show_groups(self, groups: Sequence[SettingGroup]) -> None:
        names = [(group.title, [setting.name for setting in group.settings]) for group in groups]
        if names != self._names:
            self._names = names
            self._rebuild(groups)
        values = [setting.value for group in groups for setting in group.settings]
        for label, value in zip(self._values, values, strict=True):
            label.show_value(value)

    def as_text(self) -> str:
        values = iter(self._values)
        lines = []
        for title, names in self._names:
            lines += [title, *(f"  {name}: {next(values).value}" for name in names)]
        return "\n".join(lines)

    def _rebuild(self, groups: Sequence[SettingGroup]) -> None:
        if self._content is not None:
            self._content.deleteLater()
        self._values = []
        self._content = QWidget()
        grid = QGridLayout(self._content)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_M)
        grid.setVerticalSpacing(SPACE_XS)
        for column, share in enumerate(_SHARES):
            grid.setColumnStretch(column, share)
        for group in groups:
            self._add_title(grid, group.title)
            for setting in group.settings:
                self._add_setting(grid, setting.name)
        self._layout.addWidget(self._content)

    def _add_title(self, grid: QGridLayout, title: str) -> None:
        row = grid.rowCount()
        if self._values:
            grid.setRowMinimumHeight(row, SPACE_L)
        label = PlainLabel(title)
        label.setProperty("kind", "section")
        grid.addWidget(label, row + 1, 0, 1, 2)

    def _add_setting(self, grid: QGridLayout, name: str) -> None:
        row = grid.rowCount()
        label, value = PlainLabel(name, wordWrap=True), _Value()
        label.setProperty("kind", "muted")
        value.setAccessibleName(name)
        grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignTop)
        self._values.append(value)


class _Value(PlainLabel):
    """Wraps between words; a word that is wider than the label is elided, and whole in the tool tip."""

    def __init__(self) -> None:
        super().__init__(wordWrap=True)
        self.value = ""
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setMinimumWidth(1)  # or its longest word would widen the list

    def show_value(self, value: str) -> None:
        if value != self.value:
            self.value = value
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics, room = self.fontMetrics(), self.width()
        words = (metrics.elidedText(word, Qt.TextElideMode.ElideMiddle, room) for word in self.value.split(" "))
        shown = self.value if "\n" in self.value else " ".join(words)
        if shown != self.text():
            self.setText(shown)
            self.setToolTip("" if shown == self.value else plain_tip(self.value))
