"""The names beside a timeline's lanes, as far as there is room for them."""

from math import ceil

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from wqstudio.engine.timeline.timeline import Lane
from wqstudio.ui.graphs.timeline_bars import TimelineBars
from wqstudio.ui.names import visible
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme, lane_color

_LINE = 13
"""Pixels that a name takes; lanes that are lower have one each so many."""
_FONT = 11
_CHIP = 3
WIDTH = 132


class TimelineNames(QWidget):
    """Follows ``bars``. A name that is cut, or has no room, is told by the tool tip."""

    wheeled = Signal(int)
    """Logical pixels to scroll."""

    def __init__(self, bars: TimelineBars, theme: Theme) -> None:
        super().__init__()
        self._bars, self._theme = bars, theme
        self._marked = -1
        self.setObjectName("timelineNames")
        self.setFixedWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        font = QFont(self.font())
        font.setPixelSize(_FONT)
        self.setFont(font)
        theme.changed.connect(self.update)
        bars.lanes_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 100)

    def mark(self, worker: int | None) -> None:
        """Have that one's name stand out."""
        lane = -1 if worker is None else self._bars.lanes.place(worker)
        if lane != self._marked:
            self._marked = lane
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Where all lanes are in sight, it is for the page around them."""
        if self._bars.wanted_height > self._bars.height():
            self.wheeled.emit(-event.angleDelta().y())
            event.accept()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            lane = self._bars.lane_at(event.pos().y())
            if lane >= 0:
                QToolTip.showText(event.globalPos(), plain_tip(told(self._bars.lanes.lanes[lane])), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        pitch, top = self._bars.pitch, self._bars.top
        every = max(1, ceil(_LINE / pitch))
        first, last = int(top // pitch), int((top + self.height()) // pitch) + 1
        for place, lane in enumerate(self._bars.lanes.lanes[first:last], start=first):
            box = QRectF(0, place * pitch - top, self.width(), pitch)
            self._paint_chip(painter, box, lane)
            named = place == self._marked if self._near_marked(place, every) else place % every == 0
            if named:
                self._paint_name(painter, box, lane, marked=place == self._marked)

    def _near_marked(self, place: int, every: int) -> bool:
        """The one that stands out takes the room of its neighbours."""
        return self._marked >= 0 and abs(place - self._marked) < every

    def _paint_chip(self, painter: QPainter, box: QRectF, lane: Lane) -> None:
        color = lane_color(lane.place)
        color.setAlphaF(1.0 if lane.ended is None else 0.35)
        high = max(2.0, box.height() - 4)
        painter.fillRect(QRectF(SPACE_XS, box.top() + (box.height() - 2 - high) / 2, _CHIP, high), color)

    def _paint_name(self, painter: QPainter, box: QRectF, lane: Lane, *, marked: bool) -> None:
        tones, metrics = self._theme.tones, QFontMetrics(self.font())
        middle = max(box.center().y() - 1, _LINE / 2)
        line = QRectF(_CHIP + SPACE_S + SPACE_XS, middle - 8, self.width() - _CHIP - 2 * SPACE_S - SPACE_XS, 16)
        if lane.ended is None:
            speed = f"×{lane.speed:g}"
            painter.setPen(QColor(tones.muted))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, speed)
            line.setRight(line.right() - metrics.horizontalAdvance(speed) - SPACE_XS)
        painter.setPen(QColor(tones.text if marked or lane.ended is None else tones.muted))
        name = metrics.elidedText(visible(lane.name), Qt.TextElideMode.ElideMiddle, int(line.width()))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)


def told(lane: Lane) -> str:
    """A lane in words."""
    return f"{visible(lane.name)}, speed ×{lane.speed:g}" + ("" if lane.ended is None else ", not there any more")
