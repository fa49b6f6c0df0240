"""Headline figures side by side, as many in a row as there is room for."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from wqstudio.ui.models.headline import Figure
from wqstudio.ui.panels.painting import legible
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_L, SPACE_M, Theme

_CELL_WIDTH = 124


class Figures(QWidget):
    def __init__(self, theme: Theme, cell_width: int = _CELL_WIDTH) -> None:
        super().__init__()
        self._theme, self._cell_width = theme, cell_width
        self._cells: list[_Cell] = []
        self._columns = 0
        self._stale = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE_M)
        self._grid.setVerticalSpacing(SPACE_L)
        theme.changed.connect(self._recolor)

    def show_figures(self, figures: Sequence[Figure]) -> None:
        for surplus in self._cells[len(figures) :]:
            self._grid.removeWidget(surplus)
            surplus.hide()
            surplus.deleteLater()
        del self._cells[len(figures) :]
        if len(figures) > len(self._cells):
            self._cells += [_Cell(self._theme, self) for _ in figures[len(self._cells) :]]
            self._place()
        for cell, figure in zip(self._cells, figures, strict=True):
            cell.show_figure(figure)
        self._recolor()

    def show_stale(self, *, stale: bool) -> None:
        """Grey the figures while they are not those of now."""
        if stale != self._stale:
            self._stale = stale
            self._recolor()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        columns = max(2, (self.width() + SPACE_M) // (self._cell_width + SPACE_M))
        for column in range(max(columns, self._columns)):
            self._grid.setColumnStretch(column, int(column < columns))
        self._columns = columns
        for position, cell in enumerate(self._cells):
            self._grid.addWidget(cell, position // columns, position % columns)

    def _recolor(self) -> None:
        for cell in self._cells:
            cell.recolor(stale=self._stale)


class _Cell(QWidget):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._figure = Figure("", "")
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)  # so that no value is cut
        self._value, self._caption = PlainLabel(), PlainLabel()
        self._value.setProperty("kind", "figure")
        self._value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._caption.setProperty("kind", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._value)
        layout.addWidget(self._caption)

    def show_figure(self, figure: Figure) -> None:
        if figure == self._figure:
            return
        self._figure = figure
        self._value.setText(figure.value)
        self._caption.setText(figure.caption)
        self.setAccessibleName(f"{figure.caption}: {figure.value}")
        self.setToolTip(plain_tip(f"Unknown: {figure.unknown}") if figure.unknown else "")

    def recolor(self, *, stale: bool) -> None:
        tones, figure = self._theme.tones, self._figure
        color = QColor(tones.text)
        if stale or figure.unknown or figure.quiet:
            color = QColor(tones.muted)
        elif figure.concept is not None:
            color = legible(figure.concept.color, self._theme)
        palette = self._value.palette()
        if palette.color(QPalette.ColorRole.WindowText) == color:
            return
        palette.setColor(QPalette.ColorRole.WindowText, color)
        self._value.setPalette(palette)
