"""The two axes: local clock time below, figures as people read them on the left."""

import time
from abc import abstractmethod
from datetime import datetime
from functools import lru_cache

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from wqstudio.ui import format as figures
from wqstudio.ui.theme import Tones

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600)
_LABEL_WIDTH = 72
"""Pixels that a label and the air about it take."""
_FONT_PIXELS = 11
_OVERHANG = 8
"""Pixels by which a label may stand out beyond its axis."""
_BELOW, _BESIDE = 2, 5
"""Pixels between an axis and its labels."""
_ROOMY = 88
"""Pixels of height above which there is room for each step."""
_GRID_ALPHA = 130


def clock(at: float, *, seconds: bool = True) -> str:
    """Local time of day."""
    return datetime.fromtimestamp(at).strftime("%H:%M:%S" if seconds else "%H:%M")  # noqa: DTZ006  local time is meant


@lru_cache(maxsize=256)  # the same ones stand below every graph, frame after frame
def tick_label(at: float, step: float) -> str:
    """Of a tick, with others ``step`` seconds beside it."""
    if step >= 1:
        return clock(at, seconds=step < 60)
    tenths = round(at * 10)
    return f"{clock(tenths // 10)}.{tenths % 10}"


def clock_ticks(start: float, end: float, room: float) -> tuple[float, list[float]]:
    """Round local times, as close as ``room`` pixels let them be: the step between them, and where they are."""
    fitting = max(1.0, room / _LABEL_WIDTH)
    step = next((float(s) for s in _STEPS if (end - start) / s <= fitting), float(_STEPS[-1]))
    shift = time.localtime(start).tm_gmtoff
    first = -((-start - shift) // step) * step - shift
    return step, [first + step * index for index in range(int((end - first) // step) + 1)]


class _Axis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph ships no types
    """Painted by the few strokes that it takes, anew with each frame: the library, which knows axes of all kinds and
    records what it draws of them to play it, took a third of the frame for that.
    """

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._font = QFont()
        self._font.setPixelSize(_FONT_PIXELS)
        self._metrics = QFontMetricsF(self._font)
        self._ink = QColor()
        self._line, self._grid = QPen(), QPen()
        self.enableAutoSIPrefix(False)  # there is no label to hold one, and it was laid out anew with each frame

    def wear(self, tones: Tones) -> None:
        line, grid = QColor(tones.line), QColor(tones.line)
        grid.setAlpha(_GRID_ALPHA)
        self._ink = QColor(tones.muted)
        self._line, self._grid = QPen(line, 0), QPen(grid, 0)  # one pixel of the screen
        self.update()

    def boundingRect(self) -> QRectF:
        """With room for the labels at both ends, and for the line itself, which lies at the edge."""
        box: QRectF = self.rect()
        return box.adjusted(-_OVERHANG, -_OVERHANG, _OVERHANG, _OVERHANG)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(self._font)
        painter.setPen(self._line)
        self.draw(painter, self.rect(), *self.range)

    @abstractmethod
    def draw(self, painter: QPainter, box: QRectF, least: float, most: float) -> None:
        """The line, the ticks and the labels of what goes from ``least`` to ``most`` in ``box``."""


class ClockAxis(_Axis):
    """Ticks at round local times, closer where there is room."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.setHeight(20)

    def draw(self, painter: QPainter, box: QRectF, least: float, most: float) -> None:
        painter.drawLine(QLineF(-1, 1, box.width() + 1, 1))
        painter.setPen(self._ink)
        step, times = clock_ticks(least, most, box.width())
        for at in times:
            label, middle = tick_label(at, step), (at - least) / (most - least) * box.width()
            half = self._metrics.horizontalAdvance(label) / 2
            if half - _OVERHANG <= middle <= box.width() + _OVERHANG - half:
                painter.drawText(QPointF(middle - half, _BELOW + self._metrics.ascent()), label)


class FigureAxis(_Axis):
    """A few round figures, counted in thousands and millions, each with a line across the view."""

    def __init__(self) -> None:
        super().__init__("left")
        self.setWidth(44)
        self.step = 1.0
        """Between two ticks."""

    def boundingRect(self) -> QRectF:
        return super().boundingRect().adjusted(0, 0, self.linkedView().width(), 0)

    def draw(self, painter: QPainter, box: QRectF, least: float, most: float) -> None:
        painter.drawLine(QLineF(box.width() - 1, -1, box.width() - 1, box.height() + 1))
        step = self.step if box.height() > _ROOMY else 2 * self.step
        values = [least + step * index for index in range(int((most - least) / step + 0.01) + 1)]
        heights = [box.height() * (most - value) / (most - least) for value in values]
        painter.setPen(self._grid)
        across = box.width() + self.linkedView().width()
        painter.drawLines([QLineF(box.width(), y, across, y) for y in heights])
        painter.setPen(self._ink)
        below = (self._metrics.ascent() - self._metrics.descent()) / 2
        for value, y in zip(values, heights, strict=True):
            label = figures.count(round(value, 2))
            painter.drawText(QPointF(box.width() - _BESIDE - self._metrics.horizontalAdvance(label), y + below), label)
