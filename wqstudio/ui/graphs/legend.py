"""The legend of a graph: a sample of each line, its name and its newest value."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from wqstudio.ui.graphs.curves import Curve
from wqstudio.ui.theme import SPACE_M, SPACE_XS, STALE_OPACITY, Theme

_LINE, _PATCH = 20, 10
_HEIGHT = 18


class Legend(QWidget):
    """One line of entries; those for which there is no room are counted at its end. Painted, since it changes often."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._entries: Sequence[tuple[Curve, str]] = ()
        self._stale = False
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
        self.setToolTip("\n".join(words))
        self.update()

    def show_stale(self, *, stale: bool) -> None:
        self._stale = stale
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(STALE_OPACITY if self._stale else 1.0)
        left = 0
        entries = self._fitting()
        for index, (curve, value) in enumerate(entries):
            rest = len(entries) - index
            room = self.width() - left - (0 if rest == 1 else self._advance(f"+{rest - 1}") + SPACE_M)
            if self._width(curve, value) > room and index:
                self._write(painter, left, f"+{rest}", self._theme.tones.muted)
                return
            self._paint_entry(painter, left, curve, value)
            left += self._width(curve, value) + SPACE_M

    def _fitting(self) -> Sequence[tuple[Curve, str]]:
        """The entries, without their values where these do not fit."""
        needed = sum(self._width(curve, value) + SPACE_M for curve, value in self._entries) - SPACE_M
        return self._entries if needed <= self.width() else [(curve, "") for curve, _ in self._entries]

    def _paint_entry(self, painter: QPainter, left: int, curve: Curve, value: str) -> None:
        middle = _HEIGHT / 2
        sample = _sample(curve)
        if curve.top is None:
            painter.setPen(QPen(curve.color, 2.0, curve.stroke.value))
            painter.drawLine(left, round(middle), left + sample, round(middle))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(curve.color))
            painter.drawRoundedRect(QRectF(left, middle - sample / 2, sample, sample), 2, 2)
        begin = left + sample + SPACE_XS
        self._write(painter, begin, curve.name, self._theme.tones.muted)
        self._write(painter, begin + self._advance(curve.name) + SPACE_XS, value, self._theme.tones.text)

    def _write(self, painter: QPainter, left: int, words: str, color: str) -> None:
        painter.setPen(QColor(color))
        painter.drawText(
            left, 0, self.width() - left, _HEIGHT, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words
        )

    def _width(self, curve: Curve, value: str) -> int:
        words = self._advance(curve.name) + (SPACE_XS + self._advance(value) if value else 0)
        return _sample(curve) + SPACE_XS + words

    def _advance(self, words: str) -> int:
        return self.fontMetrics().horizontalAdvance(words)


def _sample(curve: Curve) -> int:
    """Width of the stretch of line, or of the patch of area."""
    return _LINE if curve.top is None else _PATCH
