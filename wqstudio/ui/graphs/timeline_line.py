"""The waiting line below a timeline's lanes, on the same axis of time."""

from math import ceil

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from wqstudio.domain.series import Floats
from wqstudio.engine.timeline import Timeline
from wqstudio.ui import format as figures
from wqstudio.ui.graphs.curves import value_scale
from wqstudio.ui.graphs.time_surface import TimeSurface
from wqstudio.ui.graphs.timeline_cells import Integers
from wqstudio.ui.graphs.timeline_names import WIDTH
from wqstudio.ui.graphs.timeline_overlay import paint_crosshair
from wqstudio.ui.theme import SPACE_S, Concept, Theme

LOWEST = 96
"""Pixels; it takes what the lanes leave."""
_AIR = 8
"""Pixels above the highest value the scale has, so that its label is whole."""
_TICK = 36
"""Pixels between two ticks at least."""
_FILL_ALPHA = 60
_PIXELS_A_POINT = 3


class TimelineLine(TimeSurface):
    """How many wait for a worker, filled; and how many workers hold without having begun them, dashed."""

    def __init__(self, timeline: Timeline, theme: Theme) -> None:
        super().__init__()
        self._timeline, self._theme = timeline, theme
        self._waiting: tuple[Floats, Integers] = (np.empty(0), np.empty(0, np.int64))
        self._hoarded = self._waiting
        self._crosshair: float | None = None
        self.highest, self.step = value_scale(0.0)
        """The upper end of the scale, and the step between its ticks."""
        self.setObjectName("timelineLine")
        self.setMinimumHeight(LOWEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def advance(self, start: float, span: float, until: float) -> bool:
        """Show what was from ``start``, as far as ``until``. Returns whether the scale is another one."""
        self.show_span(start, span)
        end = min(start + span, until)
        points = max(20, self.width() // _PIXELS_A_POINT)
        self._waiting = self._timeline.waiting(start, end, points)
        self._hoarded = self._timeline.hoarded(start, end, points)
        self.update()
        highest, self.step = value_scale(float(max(_most(self._waiting), _most(self._hoarded))))
        changed, self.highest = highest != self.highest, highest
        return changed

    def waiting_at(self, time: float) -> tuple[int, int]:
        """How many waited then, and how many were held and not begun."""
        return _at(self._waiting, time), _at(self._hoarded, time)

    def point_at(self, time: float | None) -> None:
        if time != self._crosshair:
            self._crosshair = time
            self.update()

    def y_of(self, value: float) -> float:
        return self.height() - 1 - value / self.highest * (self.height() - 1 - _AIR)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, tones = QPainter(self), self._theme.tones
        painter.fillRect(self.rect(), QColor(tones.panel))
        painter.setPen(QColor(tones.line))
        for value in ticks(self.highest, self.step, self.height()):
            painter.drawLine(QPointF(0, round(self.y_of(value))), QPointF(self.width(), round(self.y_of(value))))
        self._paint_waiting(painter)
        self._paint_hoarded(painter)
        if self._crosshair is not None:
            paint_crosshair(painter, self.x_of(self._crosshair), self.height(), tones)

    def _paint_waiting(self, painter: QPainter) -> None:
        steps = self._steps(self._waiting)
        if not steps:
            return
        color, bottom = Concept.WAITING.color, self.height() - 1.0
        fill = QColor(color)
        fill.setAlpha(_FILL_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        area = [QPointF(steps[0].x(), bottom), *steps, QPointF(steps[-1].x(), bottom)]
        painter.drawPolygon(QPolygonF(area))
        painter.setPen(QPen(color, 2.0))
        painter.drawPolyline(QPolygonF(steps))

    def _paint_hoarded(self, painter: QPainter) -> None:
        steps = self._steps(self._hoarded)
        if steps and self._hoarded[1].any():
            painter.setPen(QPen(Concept.IN_FLIGHT.color, 1.5, Qt.PenStyle.DashLine))
            painter.drawPolyline(QPolygonF(steps))

    def _steps(self, line: tuple[Floats, Integers]) -> list[QPointF]:
        """As a person's pen would draw it: from value to value, the last one held to the end."""
        times, counts = line
        if len(times) < 2:
            return []
        change = np.flatnonzero(np.diff(counts)) + 1
        kept = np.unique(np.concatenate([[0], change, [len(times) - 1]]))
        x = (times[kept] - self._start) / self._span * self.width()
        y = self.height() - 1 - counts[kept] / self.highest * (self.height() - 1 - _AIR)
        corners: list[QPointF] = []
        for left, high in zip(x.tolist(), y.tolist(), strict=True):
            if corners:
                corners.append(QPointF(left, corners[-1].y()))
            corners.append(QPointF(left, high))
        return corners


class LineScale(QWidget):
    """The scale beside the waiting line, and what it counts."""

    def __init__(self, line: TimelineLine, theme: Theme) -> None:
        super().__init__()
        self._line, self._theme = line, theme
        self.setFixedWidth(WIDTH)
        font = QFont(self.font())
        font.setPixelSize(11)
        self.setFont(font)
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, tones = QPainter(self), self._theme.tones
        painter.setPen(QColor(tones.muted))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in ticks(self._line.highest, self._line.step, self.height()):
            box = QRectF(0, self._line.y_of(value) - 8, self.width() - SPACE_S, 16)
            if box.bottom() > self.height():
                box.moveBottom(self.height())
            painter.drawText(box, right, figures.count(value))
        painter.setPen(QColor(tones.text))
        painter.drawText(
            QRectF(SPACE_S + 3 + 4, 0, self.width(), 16),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            "Waiting",
        )
        painter.setPen(QColor(tones.muted))
        painter.drawText(
            QRectF(SPACE_S + 3 + 4, 15, self.width(), 16),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            "messages",
        )


def ticks(highest: float, step: float, height: int) -> list[float]:
    """As many as there is room for."""
    every = step * max(1, ceil(highest / step / max(1, height // _TICK)))
    return [every * index for index in range(int(highest / every + 0.01) + 1)]


def _most(line: tuple[Floats, Integers]) -> int:
    return int(line[1].max(initial=0))


def _at(line: tuple[Floats, Integers], time: float) -> int:
    times, counts = line
    place = int(np.searchsorted(times, time, side="right")) - 1
    return int(counts[place]) if 0 <= place < len(counts) else 0
