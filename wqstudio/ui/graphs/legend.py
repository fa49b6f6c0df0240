"""The legend of a graph: a sample of each line, its name and its newest value."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from wqstudio.ui.graphs.curves import Curve
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_XS, STALE_OPACITY, Theme

_LINE, _PATCH = 20, 10
_HEIGHT = 18
"""Of a line."""
_LINES = 2


class Legend(QWidget):
    """Entries on one line, or on two where that shows their values; those beyond are counted at the end.

    Painted, since it changes often.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._entries: Sequence[tuple[Curve, str]] = ()
        self._stale = False
        self._fitted = 0
        """The width for which the height was chosen."""
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        font = self.font()
        font.setPixelSize(11)
        self.setFont(font)

    def show_entries(self, entries: Sequence[tuple[Curve, str]]) -> None:
        """Curves and their values as text."""
        words = [f"{curve.name} {value}" for curve, value in entries]
        if words == [f"{curve.name} {value}" for curve, value in self._entries]:
            return
        self._entries = entries
        self.setAccessibleDescription(", ".join(words))
        self.setToolTip(plain_tip("\n".join(words)))
        self._fit()
        self.update()

    def show_stale(self, *, stale: bool) -> None:
        self._stale = stale
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, _HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(STALE_OPACITY if self._stale else 1.0)
        lines = self._lines(self._entries)
        if len(lines) > _LINES:
            lines = self._lines([(curve, "") for curve, _ in self._entries])
        for number, line in enumerate(lines[:_LINES]):
            beyond = lines[_LINES:] if number == _LINES - 1 else []
            self._paint_line(painter, number * _HEIGHT, line, sum(map(len, beyond)))

    def _fit(self) -> None:
        """As high as its lines; but two stay two until the width changes, lest a digit more or less move the plot."""
        lines = min(_LINES, max(1, len(self._lines(self._entries))))
        wanted = lines * _HEIGHT
        if wanted > self.height() or self.width() != self._fitted:
            self._fitted = self.width()
            self.setFixedHeight(wanted)

    def _lines(self, entries: Sequence[tuple[Curve, str]]) -> list[list[tuple[Curve, str]]]:
        """As many entries on each as fit, and one at least."""
        lines: list[list[tuple[Curve, str]]] = []
        left = self.width()
        for curve, value in entries:
            width = self._width(curve, value)
            if not lines or left + width > self.width():
                lines.append([])
                left = 0
            lines[-1].append((curve, value))
            left += width + SPACE_M
        return lines

    def _paint_line(self, painter: QPainter, top: int, line: Sequence[tuple[Curve, str]], beyond: int) -> None:
        """``beyond``: entries for which there is no line; they, and those that make room to say so, are counted."""
        left = 0
        for index, (curve, value) in enumerate(line):
            rest = len(line) - index + beyond
            room = self.width() - left - (0 if rest == 1 else self._advance(f"+{rest - 1}") + SPACE_M)
            if beyond and index and self._width(curve, value) > room:
                break
            self._paint_entry(painter, left, top, curve, value)
            left += self._width(curve, value) + SPACE_M
        else:
            rest = beyond
        if rest:
            self._write(painter, left, top, f"+{rest}", self._theme.tones.muted)

    def _paint_entry(self, painter: QPainter, left: int, top: int, curve: Curve, value: str) -> None:
        middle = top + _HEIGHT / 2
        sample = _sample(curve)
        if curve.top is None:
            painter.setPen(QPen(curve.color, 2.0, curve.stroke.value))
            painter.drawLine(left, round(middle), left + sample, round(middle))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(curve.color))
            painter.drawRoundedRect(QRectF(left, middle - sample / 2, sample, sample), 2, 2)
        begin = left + sample + SPACE_XS
        self._write(painter, begin, top, curve.name, self._theme.tones.muted)
        self._write(painter, begin + self._advance(curve.name) + SPACE_XS, top, value, self._theme.tones.text)

    def _write(self, painter: QPainter, left: int, top: int, words: str, color: str) -> None:
        painter.setPen(QColor(color))
        painter.drawText(
            left, top, self.width() - left, _HEIGHT, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words
        )

    def _width(self, curve: Curve, value: str) -> int:
        words = self._advance(curve.name) + (SPACE_XS + self._advance(value) if value else 0)
        return _sample(curve) + SPACE_XS + words

    def _advance(self, words: str) -> int:
        return self.fontMetrics().horizontalAdvance(words)


def _sample(curve: Curve) -> int:
    """Width of the stretch of line, or of the patch of area."""
    return _LINE if curve.top is None else _PATCH
