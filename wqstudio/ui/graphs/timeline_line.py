"""The waiting line below a timeline's lanes, on the same axis of time."""

from math import ceil

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from wqstudio.domain.series import Floats, Integers
from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.ui import format as figures
from wqstudio.ui.graphs.curves import value_scale
from wqstudio.ui.graphs.time_surface import TimeSurface
from wqstudio.ui.graphs.timeline_ink import Pixels
from wqstudio.ui.graphs.timeline_names import WIDTH
from wqstudio.ui.graphs.timeline_overlay import (
    incident_labels,
    label_box,
    paint_crosshair,
    paint_incident_words,
    paint_incidents,
    words_height,
)
from wqstudio.ui.graphs.timeline_strip import StripInk, StripShape, sampled, strip
from wqstudio.ui.graphs.timeline_words import Row
from wqstudio.ui.theme import SPACE_S, Concept, Theme

LOWEST = 96
"""Pixels; it takes what the lanes leave."""
_CAPTION, _CAPTION_LINE = 15, 16
"""Where the words beside the strip begin, and how high a line of them is."""
_WAITING, _UNIT, _HOARDED = "Waiting", "messages", "┄ hoarded"
_AIR = 8
"""Pixels above the highest value the scale has, so that its label is whole."""
_TICK = 36
"""Pixels between two ticks at least."""
_PIXELS_A_POINT = 3
_MOST_TOLD = 8
"""Incidents in a read-out."""
_NEAR = 4.0
"""Pixels within which one points at a dotted line."""


class TimelineLine(TimeSurface):
    """How many wait for a worker, filled; and how many workers hold without having begun them, dashed.

    Where a pixel stands for some time, it is the most there were in it: a burst shows, however short.
    """

    def __init__(self, timeline: Timeline, theme: Theme) -> None:
        super().__init__()
        self._timeline, self._theme = timeline, theme
        self._waiting: tuple[Floats, Integers] = (np.empty(0), np.empty(0, np.int64))
        self._hoarded = self._waiting
        self._queue = ""
        self._until = 0.0
        """What comes after is not known yet, or was not any more: before the first ``advance``, everything."""
        self._crosshair: float | None = None
        self.hoards = False
        """Whether anything in sight is hoarded."""
        self.highest, self.step = value_scale(0.0)
        """The upper end of the scale, and the step between its ticks."""
        self._pixels: Pixels = np.zeros((1, 1), np.uint32)
        self._image = QImage()
        """Looks into the pixels."""
        self.setObjectName("timelineLine")
        self.setMinimumHeight(LOWEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self._draw)

    def show_queue(self, queue: str) -> None:
        """From the next ``advance`` on, those in that queue alone; empty: in all."""
        self._queue = queue

    def advance(self, start: float, span: float, until: float) -> bool:
        """Show what was from ``start``, as far as ``until``. Returns whether scale or caption are others."""
        self.show_span(start, span)
        self._until = until
        end = min(start + span, until)
        points = max(20, self.width() // _PIXELS_A_POINT)
        self._waiting = self._timeline.waiting(start, end, points, self._queue)
        self._hoarded = self._timeline.hoarded(start, end, points, self._queue)
        highest, self.step = value_scale(float(max(_most(self._waiting), _most(self._hoarded))))
        hoards = bool(self._hoarded[1].any())
        changed = (highest, hoards) != (self.highest, self.hoards)
        self.highest, self.hoards = highest, hoards
        self._draw()
        return changed

    def share_scale(self, highest: float, step: float) -> None:
        """That of another line, until the next ``advance``: as high as there means as many as there."""
        if (highest, step) != (self.highest, self.step):
            self.highest, self.step = highest, step
            self._draw()

    def waiting_at(self, time: float) -> tuple[int, int]:
        """How many waited then, and how many were held and not begun."""
        return _at(self._waiting, time), _at(self._hoarded, time)

    def rows_at(self, here: QPointF) -> list[Row]:
        """For the read-out."""
        waiting, hoarded = self.waiting_at(self.time_at(here.x()))
        told = self.told_at(here)
        more = [("", f"and {len(told) - _MOST_TOLD} more events", "")] if len(told) > _MOST_TOLD else []
        return [
            (Concept.WAITING.value, "waiting", figures.count(waiting)),
            (Concept.IN_FLIGHT.value, "held, not begun", figures.count(hoarded)),
            *(("", words, "") for words in told[:_MOST_TOLD]),
            *more,
        ]

    def told_at(self, here: QPointF) -> list[str]:
        """What was done or befell at that place, and all that the label there stands for."""
        incidents, high = self._incidents(), words_height(self.font())
        under = [
            member
            for label in incident_labels(incidents, self.size(), self.font())
            if label_box(label, self.size(), high).contains(here)
            for member in label.members
        ]
        beside = [number for number, (x, _) in enumerate(incidents) if abs(x - here.x()) <= _NEAR]
        return [incidents[number][1] for number in sorted({*under, *beside})]

    def point_at(self, time: float | None) -> None:
        if time != self._crosshair:
            self._crosshair = time
            self.update()

    def y_of(self, value: float) -> float:
        return self.height() - 1 - value / self.highest * (self.height() - 1 - _AIR)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, tones = QPainter(self), self._theme.tones
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        painter.drawImage(0, 0, self._image)
        painter.scale(ratio, ratio)
        if (began := self.x_of(self._timeline.whole[0])) > 0:
            painter.fillRect(QRectF(0, 0, began, self.height()), QColor(tones.panel))
        if (known := max(0.0, self.x_of(self._until))) < self.width():
            painter.fillRect(QRectF(known, 0, self.width() - known, self.height()), QColor(tones.panel))
        incidents = self._incidents()
        paint_incidents(painter, (x for x, _ in incidents), self.size(), tones)
        paint_incident_words(painter, incident_labels(incidents, self.size(), self.font()), self.size(), tones)
        if self._crosshair is not None:
            paint_crosshair(painter, self.x_of(self._crosshair), self.height(), tones)

    def _incidents(self) -> list[tuple[float, str]]:
        """Those in sight, from left to right."""
        found = ((self.x_of(each.at), each.words) for each in self._timeline.incidents)
        return sorted(((x, words) for x, words in found if 0 <= x < self.width()), key=lambda each: each[0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    def _draw(self) -> None:
        """Pixel by pixel of the screen."""
        ratio = self.devicePixelRatioF()
        columns, rows = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        at = np.linspace(self._start, self._start + self._span, columns, dtype=np.float64)
        waiting, hoarded = (self._rows(sampled(*line, at), rows) for line in (self._waiting, self._hoarded))
        grid = self._rows(np.array(ticks(self.highest, self.step, self.height())), rows)
        shape = StripShape(
            rows, waiting, hoarded, grid, max(2, round(2 * ratio)), int(self._start / self._span * columns)
        )
        self._pixels = strip(shape, StripInk.of(self._theme.tones))
        self._image = QImage(self._pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
        self.update()

    def _rows(self, values: Floats | Integers, rows: int) -> Integers:
        """Where values are, in rows of ``rows``."""
        high = rows - 1 - values / self.highest * (rows - 1 - _AIR * rows / max(1, self.height()))
        return np.clip(np.rint(high), 0, rows - 1).astype(np.int64)


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
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for place, words in enumerate(captions(self.height(), hoards=self._line.hoards)):
            painter.setPen(QColor(self._ink(words)))
            painter.drawText(QRectF(_CAPTION, place * _CAPTION_LINE, self.width(), _CAPTION_LINE), left, words)

    def _ink(self, caption: str) -> str:
        tones = self._theme.tones
        return {_WAITING: tones.text, _UNIT: tones.muted, _HOARDED: Concept.IN_FLIGHT.value}[caption]


def captions(height: int, *, hoards: bool) -> list[str]:
    """As many lines as are whole: what the dashed line means gives way last."""
    room = height // _CAPTION_LINE
    wanted = [_WAITING, _UNIT, *([_HOARDED] if hoards else [])]
    for spare in (_UNIT, _HOARDED):
        if len(wanted) > room and spare in wanted:
            wanted.remove(spare)
    return wanted


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
