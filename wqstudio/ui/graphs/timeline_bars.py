"""The lanes of a timeline, with a bar for each delivery."""

import time

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QWheelEvent

from wqstudio.domain.dispatch_rows import TAKEN_UP
from wqstudio.domain.worker import Outcome
from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.ui.graphs.time_surface import TimeSurface
from wqstudio.ui.graphs.timeline_ink import Ink, heights
from wqstudio.ui.graphs.timeline_lanes import LaneTable, in_sight, pitch
from wqstudio.ui.graphs.timeline_links import Hop, Links
from wqstudio.ui.graphs.timeline_notable import Notable, bearing_marks
from wqstudio.ui.graphs.timeline_overlay import (
    MARK_HEIGHT,
    MARK_ROOM,
    Link,
    Mark,
    Open,
    paint_crosshair,
    paint_held,
    paint_incidents,
    paint_links,
    paint_marks,
    paint_open,
    paint_outline,
)
from wqstudio.ui.graphs.timeline_pointing import Pointed, Pointing
from wqstudio.ui.graphs.timeline_tape import Frame, Tape
from wqstudio.ui.models.lane_scope import belonging
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Theme

_LINKS, _MARKS = 60, 300
"""The newest so many are drawn; more would say nothing."""
_LINKED_FROM = 10
"""Logical pixels that a lane must be high for all links to be drawn, and not only those of what one points at."""
_REACH = 3.0
"""Pixels by which one may miss a bar."""


class TimelineBars(TimeSurface):
    lanes_changed = Signal()
    """Others, or another height of them."""
    delivery_pointed = Signal(object)
    """``Pointed``, or None."""
    wheeled = Signal(int)
    """Over the lanes with a key held: logical pixels to scroll."""

    def __init__(self, timeline: Timeline, theme: Theme) -> None:
        super().__init__()
        self._timeline, self._theme = timeline, theme
        self._tape = Tape(Ink.of(theme.tones))
        self._scope = Scope()
        self.lanes = LaneTable(())
        self.pitch = 1.0
        """Logical pixels from lane to lane."""
        self._margin = self._core = 0.0
        """Heights beside a bar, and of a bar."""
        self._lanes_in_sight = range(0)
        self._top = self._seen = 0
        self._beginnings = timeline.beginnings
        self._crosshair: float | None = None
        self._pointed: Pointed | None = None
        self._hovered: QPointF | None = None
        """Where the pointer rests, if that chose what is pointed out: time moves on beneath it."""
        self._notable = Notable()
        self._links = Links(timeline, self._notable)
        self._pointing = Pointing(timeline)
        self._chain: list[Hop] = []
        """Of the delivery under the pointer."""
        self._now = time.time()
        self._now_column = 0
        """Where now is."""
        self.setObjectName("timelineBars")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.rested.connect(self._point)
        theme.changed.connect(self._wear)

    @property
    def tape(self) -> Tape:
        return self._tape

    @property
    def start(self) -> float:
        """Unix time at the left edge."""
        return self._start

    @property
    def span(self) -> float:
        """Seconds in sight."""
        return self._span

    @property
    def pointed_out(self) -> Pointed | None:
        return self._pointed

    @property
    def wanted_height(self) -> float:
        """Of all lanes, in logical pixels."""
        return self.pitch * len(self.lanes)

    @property
    def top(self) -> float:
        """How far the lanes are scrolled, in logical pixels."""
        return self._top / self.devicePixelRatioF()

    def show_scope(self, scope: Scope) -> None:
        """From the next ``advance`` on, the lanes of that alone."""
        self._scope = scope
        self.point_out(None)

    def scroll_to(self, top: float) -> None:
        self._top = round(top * self.devicePixelRatioF())

    def advance(self, end: float, span: float, now: float) -> bool:
        """Show what was until ``end``. Returns whether there is anything new to see, beneath which has changed too."""
        ratio = self.devicePixelRatioF()
        columns, rows = round(self.width() * ratio), round(self.height() * ratio)
        if columns <= 0 or rows <= 0:
            return False
        scale = span / columns
        first = int(end // scale) + 1 - columns
        self._now = now
        self.show_span(first * scale, span)
        self._choose_lanes(first * scale, end)
        high = pitch(rows, len(self.lanes), ratio)
        if high / ratio != self.pitch:
            self.pitch = high / ratio
            self._margin, self._core, _ = (each / ratio for each in heights(high))
            self.lanes_changed.emit()
        self._lanes_in_sight = range(self._top // high, min((self._top + rows) // high + 1, len(self.lanes)))
        changed = self._draw(Frame(columns, rows, high, self._top), first, scale)
        changed |= self._goes_on(int(now // scale) - first, columns)
        if changed and self._hovered is not None:
            self.pointed.emit(self.time_at(self._hovered.x()))
            self._choose(self.delivery_at(self._hovered))
        if changed or self._timeline.open:
            self.update()
        return changed

    def point_at(self, time_: float | None) -> None:
        """Put the crosshair there."""
        if time_ != self._crosshair:
            self._crosshair = time_
            self.update()

    def lane_at(self, y: float) -> int:
        """-1 where there is none."""
        lane = int((y + self.top) // self.pitch)
        return lane if 0 <= lane < len(self.lanes) else -1

    def delivery_at(self, here: QPointF) -> Pointed | None:
        lane = self.lane_at(here.y())
        if lane < 0:
            return None
        worker, when = self.lanes.lanes[lane].worker, self.time_at(here.x())
        slack = _REACH * self._span / max(1, self.width())
        return self._pointing.at(worker, when, slack, self._now)

    def box_of(self, pointed: Pointed) -> QRectF:
        """Of its bar; empty where it is not kept any more."""
        lane, extent = self.lanes.place(pointed.worker), self._pointing.extent(pointed, self._now)
        return QRectF() if extent is None or lane < 0 else self._box(lane, *extent)

    def middle_of(self, pointed: Pointed) -> float:
        """When half of its work was done; now, where it is not kept any more."""
        extent = self._pointing.extent(pointed, self._now)
        return self._now if extent is None else sum(extent) / 2

    def nearest(self, lane: int, when: float) -> Pointed:
        """What the lane's worker was at nearest to that time."""
        return self._pointing.nearest(self.lanes.lanes[lane].worker, when)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event)
        if not event.isAccepted() and event.modifiers() != Qt.KeyboardModifier.NoModifier:
            turned = event.angleDelta()
            self.wheeled.emit(-(turned.y() or turned.x()))
            event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_out(None)

    def point_out(self, pointed: Pointed | None) -> None:
        """Outline that delivery, and draw its links, wherever the pointer rests."""
        self._hovered = None
        self._choose(pointed)

    def _choose(self, pointed: Pointed | None) -> None:
        if pointed != self._pointed:
            self._pointed, self._chain = pointed, self._hops_of(pointed)
            self.delivery_pointed.emit(pointed)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        self._tape.paint(painter)
        painter.scale(ratio, ratio)
        self._cover_the_future(painter)
        tones = self._theme.tones
        opened = self._opened()
        paint_held(painter, self._held(), tones)
        paint_open(painter, opened, tones)
        paint_marks(painter, self._marks(), tones)
        paint_links(painter, map(self._link, self.linked), tones)
        paint_incidents(painter, (self.x_of(each.at) for each in self._timeline.incidents), self._lanes_size, tones)
        if self._pointed is not None and not (box := self.box_of(self._pointed)).isEmpty():
            paint_outline(painter, box, tones)
        if self._crosshair is not None:
            paint_crosshair(painter, self.x_of(self._crosshair), self.height(), tones)

    @property
    def _lanes_size(self) -> QSize:
        """Of what of the lanes is in sight."""
        return QSize(self.width(), min(self.height(), round(self.wanted_height - self.top)))

    def _goes_on(self, now_column: int, columns: int) -> bool:
        """Whether now has moved through a picture that stands still."""
        goes_on = now_column != self._now_column and 0 <= now_column < columns
        self._now_column = now_column
        return goes_on

    def _cover_the_future(self, painter: QPainter) -> None:
        """Nobody is there yet, though lanes go on to the right edge."""
        if (now := self.x_of(self._now)) < self.width():
            painter.fillRect(QRectF(now, 0, self.width() - now, self.height()), QColor(self._theme.tones.panel))

    def _choose_lanes(self, start: float, end: float) -> None:
        lanes = in_sight(belonging(self._timeline.lanes, self._scope), start, end)
        if lanes != self.lanes.lanes:
            self.lanes = LaneTable(lanes)
            self.lanes_changed.emit()

    def _draw(self, frame: Frame, first: int, scale: float) -> bool:
        timeline = self._timeline
        rows, total = timeline.deliveries, timeline.dropped + len(timeline.deliveries)
        if self._beginnings != timeline.beginnings:  # the past was forgotten
            self._beginnings, self._seen = timeline.beginnings, 0
            self._tape.forget()
            self.point_out(None)
        changed = self._tape.show(self.lanes, frame, first, scale, rows)
        if total > self._seen:
            changed |= self._tape.add(rows[max(0, self._seen - timeline.dropped) :])
            self._seen = total
        return changed

    def _opened(self) -> list[Open]:
        opened: list[Open] = []
        for one in self._timeline.open:
            lane = self.lanes.place(one.worker)
            if lane in self._lanes_in_sight and one.begun < min(self._start + self._span, self._now):
                opened.append(Open(self._box(lane, one.begun, self._now), one.deliveries > 1))
        return opened

    def _held(self) -> list[QRectF]:
        """What is held now, from when it came: beside the bars, since those that are drawn already lie above it."""
        begins = [(hoard.worker, hoard.since, self._now) for hoard in self._timeline.hoards()]
        lay = (one for one in self._timeline.open if one.begun - one.received >= TAKEN_UP)
        begins += [(one.worker, one.received, min(one.begun, self._now)) for one in lay]
        boxes: list[QRectF] = []
        for worker, since, until in begins:
            if (lane := self.lanes.place(worker)) in self._lanes_in_sight and since < until:
                box, margin = self._box(lane, since, until), self._margin
                boxes += [box.adjusted(0, -margin, 0, -box.height()), box.adjusted(0, box.height(), 0, margin)]
        return boxes

    def _box(self, lane: int, begun: float, ended: float) -> QRectF:
        """Of a bar."""
        left, right = max(self.x_of(begun), -9.0), min(self.x_of(ended), self.width() + 9.0)
        return QRectF(left, lane * self.pitch - self.top + self._margin, max(right - left, 1.0), self._core)

    def _marks(self) -> list[Mark]:
        if self._core < MARK_HEIGHT:
            return []
        rows = self._timeline.deliveries
        seen = self._notable.within(self._timeline, self._start, self._start + self._span, _MARKS)
        marked = bearing_marks(rows, seen, MARK_ROOM * self._span / self.width())
        found: list[Mark] = []
        for worker, begun, ended, outcome in rows[["worker", "begun", "ended", "outcome"]][marked].tolist():
            lane = self.lanes.place(worker)
            if lane >= 0 and self.x_of(ended) <= self.width():
                found.append(Mark(self._box(lane, begun, ended), Outcome(outcome)))
        return found

    @property
    def linked(self) -> list[Hop]:
        """What links are drawn: all in sight where lanes are high enough; of what one points at, always."""
        hops = list(self._chain)
        if self.pitch >= _LINKED_FROM:
            hops += self._links.in_sight(self._start, self._start + self._span, _LINKS)
        return [hop for hop in dict.fromkeys(hops) if self._shows(hop)]

    def _shows(self, hop: Hop) -> bool:
        return self.lanes.place(hop.worker) >= 0 and self.lanes.place(hop.other) >= 0

    def _link(self, hop: Hop) -> Link:
        start, end = (self.lanes.place(worker) for worker in (hop.worker, hop.other))
        return Link(
            QPointF(self.x_of(hop.ended), self._box(start, hop.ended, hop.ended).center().y()),
            QPointF(self.x_of(hop.begun), self._box(end, hop.begun, hop.begun).center().y()),
        )

    def _hops_of(self, pointed: Pointed | None) -> list[Hop]:
        if pointed is None:
            return []
        if (opened := self._pointing.opened(pointed)) is not None:
            return self._links.of_open(opened)
        row = self._pointing.row(pointed)
        return [] if row is None else self._links.of_row(row)

    def _point(self, here: QPointF) -> None:
        self._hovered = here if self.rect().contains(here.toPoint()) else None
        self._choose(None if self._hovered is None else self.delivery_at(self._hovered))

    def _wear(self) -> None:
        self._tape.wear(Ink.of(self._theme.tones))
        self.update()
