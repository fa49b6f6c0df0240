"""The keys, on one page."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_S, SPACE_XL
from wqstudio.ui.window_actions import ActionSpec, shown_keys

_COLUMNS = 2


class KeyList(QDialog):
    """Closed by Esc."""

    def __init__(self, parent: QWidget, specs: Sequence[ActionSpec]) -> None:
        super().__init__(parent)
        self.setObjectName("keyList")
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        columns = [QVBoxLayout() for _ in range(_COLUMNS)]
        for index, (group, members) in enumerate(_grouped(specs).items()):
            columns[index % _COLUMNS].addLayout(_section(group, members))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_XL, SPACE_L, SPACE_XL, SPACE_XL)
        layout.setSpacing(2 * SPACE_XL)
        for column in columns:
            column.setSpacing(SPACE_L)
            column.addStretch(1)
            layout.addLayout(column)


def _grouped(specs: Sequence[ActionSpec]) -> dict[str, list[tuple[str, str]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for spec in specs:
        if spec.keys:
            groups.setdefault(spec.group, []).append((spec.text, shown_keys(spec.keys)))
    groups.setdefault("Window", []).extend([("Show a tab", "1 – 9"), ("Close what is open on top", "Esc")])
    groups.setdefault("Graphs", []).extend([("Zoom in time", "Wheel"), ("Move through time", "Drag")])
    groups["Timeline"] = [
        ("Move, zoom", "← →  + -"),
        ("Fit the whole run", "Home"),
        ("Choose a lane", "↑ ↓"),
        ("Choose a delivery of the lane", "Shift ← →"),
        ("Tell its story", "Enter"),
        ("Scroll through the lanes", "Ctrl Wheel"),
    ]
    return groups


def _section(title: str, rows: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE_XL)
    grid.setVerticalSpacing(SPACE_S)
    heading = PlainLabel(title)
    heading.setProperty("kind", "heading")
    grid.addWidget(heading, 0, 0, 1, 2)
    for row, (text, keys) in enumerate(rows, start=1):
        key = PlainLabel(keys)
        key.setProperty("kind", "key")
        grid.addWidget(PlainLabel(text), row, 0)
        grid.addWidget(key, row, 1, Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(0, 1)
    return grid
