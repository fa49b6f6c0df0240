"""The picture of a timeline's past: painted once, and moved along.

A frame costs what has come since the one before: the columns that time has uncovered, and the bars that have ended.
"""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from wqstudio.domain.delivery import Deliveries
from wqstudio.domain.series import Integers
from wqstudio.ui.graphs.timeline_cells import PRESENT, Codes, bars, be_present, draw
from wqstudio.ui.graphs.timeline_ink import Ink, Parts, Pixels, parts
from wqstudio.ui.graphs.timeline_lanes import LaneTable
from wqstudio.ui.graphs.timeline_past import between


@dataclass(frozen=True, slots=True)
class Frame:
    """What of a timeline is in sight, in pixels of the screen."""

    columns: int
    rows: int
    pitch: int
    """Height of a lane."""
    top: int
    """Pixels above what is in sight."""


class Tape:
    """Codes of all lanes, and pixels of those in sight.

    The pixels are a ring: column ``c`` of time is column ``c % columns`` of the image, so nothing is copied when
    time moves on.
    """

    def __init__(self, ink: Ink) -> None:
        self._ink = ink
        self._lanes = LaneTable(())
        self._frame = Frame(1, 1, 1, 0)
        self._scale = 1.0
        self._codes: Codes = np.zeros((1, 1), np.uint8)
        self._laid_out = False
        self._shape()
        self.first = 0
        """The column at the left edge; columns count from the epoch."""

    @property
    def scale(self) -> float:
        """Seconds a column is long."""
        return self._scale

    def wear(self, ink: Ink) -> None:
        self._ink = ink
        self._paint_all()

    def show(self, lanes: LaneTable, frame: Frame, first: int, scale: float, deliveries: Deliveries) -> bool:
        """Make the picture that of this stretch. Returns whether it is another one than before."""
        same = (
            self._laid_out
            and lanes.workers == self._lanes.workers
            and scale == self._scale
            and (frame.columns, frame.rows, frame.pitch) == (self._frame.columns, self._frame.rows, self._frame.pitch)
        )
        moved = first - self.first
        if not same or abs(moved) >= frame.columns:
            self._begin_anew(lanes, frame, first, scale, deliveries)
            return True
        ended = lanes is not self._lanes and self._end(lanes)
        if moved:
            self._move(moved, deliveries)
        if frame.top != self._frame.top:
            self._frame = frame
            self._shape_rows()
            self._paint_all()
            return True
        return moved != 0 or ended

    def forget(self) -> None:
        """Begin anew at the next showing."""
        self._laid_out = False

    def add(self, settled: Deliveries) -> bool:
        """Draw what has ended since. Returns whether any of it is in sight."""
        drawn = bars(settled, self._lanes.of_worker, self._scale)
        drawn = drawn.within(self.first, self.first + self._frame.columns)
        if not len(drawn):
            return False
        draw(self._codes[:-1], self.first, drawn)
        begin, end = drawn.reach
        rows = np.flatnonzero(np.isin(self._lane_of_row, np.unique(drawn.lane)))
        self._paint(rows, max(begin, self.first), min(end, self.first + self._frame.columns))
        return bool(len(rows))

    def code(self, lane: int, column: int) -> int:
        """What is drawn there; for tests and read-outs."""
        return int(self._codes[lane, column - self.first])

    def paint(self, painter: QPainter) -> None:
        """At the painter's origin, pixel by pixel."""
        columns, rows = self._frame.columns, self._frame.rows
        split = self.first % columns
        painter.drawImage(0, 0, self._image, split, 0, columns - split, rows)
        if split:
            painter.drawImage(columns - split, 0, self._image, 0, 0, split, rows)

    def picture(self) -> QImage:
        """All of it, in order."""
        image = QImage(self._image.size(), QImage.Format.Format_RGB32)
        painter = QPainter(image)
        self.paint(painter)
        painter.end()
        return image.copy(QRect(0, 0, self._frame.columns, self._frame.rows))

    def _begin_anew(self, lanes: LaneTable, frame: Frame, first: int, scale: float, deliveries: Deliveries) -> None:
        fits = (frame.columns, frame.rows) == (self._frame.columns, self._frame.rows)
        self._lanes, self._frame, self.first, self._scale = lanes, frame, first, scale
        self._codes = np.zeros((len(lanes) + 1, frame.columns), np.uint8)  # the last one is below all lanes
        if not fits or not self._laid_out:
            self._shape()
        self._shape_rows()
        self._laid_out = True
        self._fill(first, first + frame.columns, deliveries)
        self._paint_all()

    def _end(self, lanes: LaneTable) -> bool:
        """Take on the same workers, of whom some may have ended: what comes after is not theirs any more.

        Returns whether any of that is in sight.
        """
        (_, before), (_, until) = self._lanes.presence(self._scale), lanes.presence(self._scale)
        self._lanes = lanes
        behind = self.first + self._frame.columns
        ended = [lane for lane in np.flatnonzero(until < before).tolist() if until[lane] < behind]
        for lane in ended:
            begin = max(int(until[lane]), self.first)
            self._codes[lane, begin - self.first :] &= ~np.uint8(PRESENT)
            self._paint(np.flatnonzero(self._lane_of_row == lane), begin, behind)
        return bool(ended)

    def _shape(self) -> None:
        self._image = QImage(self._frame.columns, self._frame.rows, QImage.Format.Format_RGB32)
        line = self._image.bytesPerLine() // 4
        memory: Pixels = np.frombuffer(self._image.bits(), np.uint32)
        self._pixels = memory.reshape(self._frame.rows, line)[:, : self._frame.columns]
        self._shape_rows()

    def _shape_rows(self) -> None:
        """Which lane, and which part of it, each row of pixels shows."""
        row = np.arange(self._frame.rows) + self._frame.top
        self._lane_of_row: Integers = np.minimum(row // self._frame.pitch, len(self._lanes))
        self._part_of_row: Parts = parts(self._frame.pitch)[row % self._frame.pitch]

    def _move(self, columns: int, deliveries: Deliveries) -> None:
        """To later columns, or to earlier ones where negative."""
        width = self._frame.columns
        if columns > 0:
            self._codes[:, :-columns] = self._codes[:, columns:].copy()
            begin, end = self.first + width, self.first + width + columns
        else:
            self._codes[:, -columns:] = self._codes[:, :columns].copy()
            begin, end = self.first + columns, self.first
        self.first += columns
        self._codes[:, begin - self.first : end - self.first] = 0
        self._fill(begin, end, deliveries)
        self._paint(None, begin, end)

    def _fill(self, begin: int, end: int, deliveries: Deliveries) -> None:
        seen = self._codes[:-1, begin - self.first : end - self.first]
        be_present(seen, begin, *self._lanes.presence(self._scale))
        found = between(deliveries, begin * self._scale, end * self._scale)
        draw(seen, begin, bars(found, self._lanes.of_worker, self._scale))

    def _paint_all(self) -> None:
        self._paint(None, self.first, self.first + self._frame.columns)

    def _paint(self, rows: Integers | None, begin: int, end: int) -> None:
        """Columns from ``begin`` to before ``end``; of ``rows``, or of all."""
        columns = self._frame.columns
        turn = end - end % columns
        for start, stop in ((begin, turn), (turn, end)) if begin < turn < end else ((begin, end),):
            place = slice(start % columns, start % columns + stop - start)
            lanes = self._lane_of_row if rows is None else self._lane_of_row[rows]
            lane_parts = self._part_of_row if rows is None else self._part_of_row[rows]
            codes = self._codes[lanes, start - self.first : stop - self.first]
            height = np.arange(self._frame.rows) if rows is None else rows
            pixels = self._ink.pixels(codes, lane_parts, start, height + self._frame.top)
            self._pixels[slice(None) if rows is None else rows, place] = pixels
