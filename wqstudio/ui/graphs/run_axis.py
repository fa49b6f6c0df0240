"""The axis below the charts of a comparison: seconds since each run began."""

from math import ceil, floor

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent

from wqstudio.engine.timeline_axis import decimals_of, round_step
from wqstudio.ui.graphs.time_surface import TimeSurface
from wqstudio.ui.theme import Theme

_HEIGHT = 20
_TICK = 64
"""Pixels from one tick to the next at least."""


class RunAxis(TimeSurface):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("runAxis")
        self.setAccessibleName("Seconds since each run began")
        self.setFixedHeight(_HEIGHT)
        font = QFont(self.font())
        font.setPixelSize(11)
        self.setFont(font)
        theme.changed.connect(self.update)

    def advance(self, start: float, span: float) -> None:
        self.show_span(start, span)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, tones = QPainter(self), self._theme.tones
        painter.fillRect(self.rect(), QColor(tones.panel))
        painter.setPen(QColor(tones.line))
        painter.drawLine(0, 0, self.width(), 0)
        metrics = QFontMetrics(self.font())
        for at, label in elapsed_ticks(self._start, self._span, max(2, self.width() // _TICK)):
            half = metrics.horizontalAdvance(label) / 2 + 1
            x = self.x_of(at)
            painter.setPen(QColor(tones.line))
            painter.drawLine(QPointF(x, 0), QPointF(x, 4))
            left = min(max(x - half, 0.0), self.width() - 2 * half)  # the first is at the beginning, and whole
            painter.setPen(QColor(tones.muted))
            painter.drawText(QRectF(left, 4, 2 * half, _HEIGHT - 4), Qt.AlignmentFlag.AlignCenter, label)


def elapsed_ticks(start: float, span: float, most: int) -> list[tuple[float, str]]:
    """At round seconds since the beginning, at most so many."""
    step = round_step(span / most)
    decimals = decimals_of(step)
    first = max(0, ceil(start / step - 1e-9))
    numbers = range(first, floor((start + span) / step + 1e-9) + 1)
    return [(number * step, f"{number * step:,.{decimals}f}\N{NARROW NO-BREAK SPACE}s") for number in numbers]
