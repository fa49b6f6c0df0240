"""The two axes: local clock time below, figures as people read them on the left."""

import time
from datetime import datetime

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont

from wqstudio.ui import format as figures
from wqstudio.ui.theme import Tones

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600)
_LABEL_WIDTH = 72
"""Pixels that a label and the air about it take."""
_FONT_PIXELS = 11
_OVERHANG = 8
"""Pixels by which a label may stand out beyond its axis."""


def clock(at: float, *, seconds: bool = True) -> str:
    """Local time of day."""
    return datetime.fromtimestamp(at).strftime("%H:%M:%S" if seconds else "%H:%M")  # noqa: DTZ006  local time is meant


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
    def __init__(self, side: str) -> None:
        super().__init__(side)
        font = QFont()
        font.setPixelSize(_FONT_PIXELS)
        self.setStyle(tickFont=font, tickLength=0, maxTickLevel=0, hideOverlappingLabels=_OVERHANG)
        self.enableAutoSIPrefix(False)  # there is no label to hold one, and it was laid out anew with each frame

    def wear(self, tones: Tones) -> None:
        line = QColor(tones.line)
        self.setPen(line)
        self.setTextPen(QColor(tones.muted))
        self.setTickPen(line)


class ClockAxis(_Axis):
    """Ticks at round local times, closer where there is room."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.setHeight(20)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803  pyqtgraph's names
        return [clock_ticks(minVal, maxVal, size)]

    def tickStrings(self, values: list[float], _scale: float, spacing: float) -> list[str]:
        return [tick_label(value, spacing) for value in values]


class FigureAxis(_Axis):
    """A few round figures, counted in thousands and millions."""

    def __init__(self) -> None:
        super().__init__("left")
        self.setWidth(44)
        self.step = 1.0
        """Between two ticks."""

    def boundingRect(self) -> QRectF:
        """With room for the labels at both ends, which the library leaves out where there is a grid."""
        bounds: QRectF = super().boundingRect()
        return bounds.adjusted(0, -_OVERHANG, 0, _OVERHANG)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803  pyqtgraph's names
        step = self.step if size > 90 else 2 * self.step
        return [(step, [minVal + step * index for index in range(int((maxVal - minVal) / step + 0.01) + 1)])]

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        return [figures.count(round(value, 2)) for value in values]
