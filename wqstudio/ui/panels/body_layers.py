"""What a body is wrapped in as a row of chips, the outermost first; each shows the body as it is there."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_XS


class BodyLayers(QWidget):
    """Hidden where nothing is wrapped."""

    chosen = Signal(int)
    """How many wraps are to be opened."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("bodyLayers")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(SPACE_XS)
        self._shown: tuple[str, ...] = ()

    def show_layers(self, names: Sequence[str], current: int) -> None:
        """``names``: of each wrap, and last of what is inside them all."""
        if tuple(names) != self._shown:
            self._shown = tuple(names)
            self._rebuild()
        for level, chip in enumerate(self.findChildren(QPushButton)):
            chip.setChecked(level == current)
        self.setVisible(len(names) > 1)

    def _rebuild(self) -> None:
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        for level, name in enumerate(self._shown):
            if level:
                arrow = PlainLabel("›")
                arrow.setProperty("kind", "muted")
                self._row.addWidget(arrow)
            self._row.addWidget(self._chip(name, level))
        self._row.addStretch(1)

    def _chip(self, name: str, level: int) -> QPushButton:
        chip = QPushButton(name)
        chip.setCheckable(True)
        chip.setObjectName(f"bodyLayer{level}")
        chip.setProperty("kind", "chip")
        inside = f"What is inside the {self._shown[level - 1]}" if level else "The body as it came"
        chip.setToolTip(inside)
        chip.setAccessibleName(f"{inside}: {name}")
        chip.clicked.connect(lambda: self.chosen.emit(level))
        return chip
