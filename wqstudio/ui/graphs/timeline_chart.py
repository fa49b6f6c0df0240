"""Lanes, waiting line and clock of a timeline, and what hands do with them."""

import time

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollBar, QSizePolicy

from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.ui.graphs.axes import clock
from wqstudio.ui.graphs.back_to_live import BackToLive
from wqstudio.ui.graphs.readout import Readout
from wqstudio.ui.graphs.time_surface import ZOOM_STEP, TimeSurface
from wqstudio.ui.graphs.timeline_axis import TimelineAxis
from wqstudio.ui.graphs.timeline_bars import TimelineBars
from wqstudio.ui.graphs.timeline_lanes import HIGHEST
from wqstudio.ui.graphs.timeline_line import LOWEST, LineScale, TimelineLine
from wqstudio.ui.graphs.timeline_names import TimelineNames
from wqstudio.ui.graphs.timeline_pointing import Pointed, Pointing
from wqstudio.ui.graphs.timeline_words import Told, being_worked_on, settled
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import SPACE_S, Theme
from wqstudio.ui.timeline_view import TimelineView

DELAY = 0.15
"""Seconds by which it trails the clock: the fleet tells 20 times a second how deliveries ended."""
_GAP = SPACE_S
"""Pixels between lanes and line."""
_PAN_SHARE = 0.1
"""Of the span, by one key."""


class TimelineChart(QFrame):
    story_wanted = Signal(object, QPoint)
    """``Pointed``, and where on the screen it was asked for."""

    def __init__(self, timeline: Timeline, theme: Theme, view: TimelineView) -> None:
        super().__init__()
        self._timeline, self._theme, self._view = timeline, theme, view
        self._pointing = Pointing(timeline)
        self._version = -1
        self._line_due = False
        self._rest: QPointF | None = None
        """Where the mouse is on the line, while it is."""
        self.setObjectName("timelineChart")
        self.setAccessibleName("Timeline of deliveries: one lane per worker, one bar per delivery")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("kind", "card")
        self.bars, self.line, self._axis = (
            TimelineBars(timeline, theme),
            TimelineLine(timeline, theme),
            TimelineAxis(theme),
        )
        self._names, self._scale = TimelineNames(self.bars, theme), LineScale(self.line, theme)
        self._scroll = QScrollBar(Qt.Orientation.Vertical)
        self._scroll.setObjectName("timelineScroll")
        self._scroll.setAccessibleName("Scroll through the lanes")
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        self._readout = Readout(self.bars)
        self._back = _beside_the_clock(BackToLive(self, "timeline", "Timeline", theme, view))
        self._lay_out()
        self._connect()

    def advance(self, now: float) -> None:
        """Move on with the clock; the lanes and the line below in turns, so that no frame is long."""
        start, end = self._view.edges(now + self._view.lag - DELAY)
        if self._line_due:
            self._line_due = False
            if self.line.advance(self.bars.start, self.bars.span, now - DELAY):
                self._scale.update()
            self._read_again()
            return
        moved = self.bars.advance(end, end - start, now - DELAY)
        if moved or self._version != self._timeline.version:
            self._version = self._timeline.version
            self._line_due = True
            self._axis.advance(self.bars.start, self.bars.span)

    def show_scope(self, scope: Scope) -> None:
        """Of the lanes and of the line below, that alone."""
        self.bars.show_scope(scope)
        self.line.show_queue(scope.queue)
        self._version = -1

    def fit(self) -> None:
        """Show the whole run, or what there is of it so far."""
        self._view.fit(*self._timeline.whole)

    def picture(self) -> QPixmap:
        """As it is now, without what only hands need."""
        shown = not self._back.isHidden()
        self._back.hide()
        picture = self.grab()
        self._back.setVisible(shown)
        return picture

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _PAN_SHARE * self._view.span
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right as key:
                sign = -1 if key == Qt.Key.Key_Left else 1
                if shifted:
                    self._choose_beside(sign)
                else:
                    self._pan(sign * step)
            case Qt.Key.Key_Up | Qt.Key.Key_Down as key:
                self._choose_lane(-1 if key == Qt.Key.Key_Up else 1)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._zoom(1 / ZOOM_STEP, self.bars.time_at(self.bars.width() / 2))
            case Qt.Key.Key_Home:
                self.fit()
            case Qt.Key.Key_Minus:
                self._zoom(ZOOM_STEP, self.bars.time_at(self.bars.width() / 2))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if self.bars.pointed_out is not None:
                self._want_story(self.bars.pointed_out, self.bars.box_of(self.bars.pointed_out).bottomLeft())
            case Qt.Key.Key_Escape if self.bars.pointed_out is not None:
                self.bars.point_out(None)
            case _:
                super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where room is very short, lanes and line have half of it each: else the clock would cover the line's foot."""
        super().resizeEvent(event)
        beside = self._grid.contentsMargins()
        room = self.height() - beside.top() - beside.bottom() - _GAP - self._back.sizeHint().height()
        self.line.setMinimumHeight(min(LOWEST, max(0, room // 2)))
        self._fit_scroll()

    def _lay_out(self) -> None:
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(1, SPACE_S, SPACE_S, SPACE_S)
        grid.setSpacing(0)
        grid.addWidget(self._names, 0, 0)
        grid.addWidget(self.bars, 0, 1)
        grid.addWidget(self._scroll, 0, 2)
        grid.setRowMinimumHeight(1, _GAP)
        grid.addWidget(self._scale, 2, 0)
        grid.addWidget(self.line, 2, 1)
        grid.addWidget(self._back, 3, 0, Qt.AlignmentFlag.AlignHCenter)
        grid.addWidget(self._axis, 3, 1, Qt.AlignmentFlag.AlignTop)
        grid.setRowStretch(0, 4)
        grid.setRowStretch(2, 1)
        grid.setColumnStretch(1, 1)

    def _connect(self) -> None:
        surfaces: tuple[TimeSurface, ...] = (self.bars, self.line, self._axis)
        for surface in surfaces:
            surface.zoomed.connect(self._zoom_at)
            surface.panned.connect(self._pan)
            surface.pointed.connect(self._view.pointed)
        self._view.pointed.connect(self._point_at)
        self._scroll.valueChanged.connect(self._scroll_to)
        for wheeled in (self.bars.wheeled, self._names.wheeled):
            wheeled.connect(lambda pixels: self._scroll.setValue(self._scroll.value() + pixels))
        self.bars.lanes_changed.connect(self._fit_lanes)
        self.bars.delivery_pointed.connect(self._read_out)
        self.bars.clicked.connect(self._click)
        self.line.rested.connect(self._read_line)

    def _fit_lanes(self) -> None:
        """Few lanes leave the rest of the room to the line below."""
        for part in (self.bars, self._names, self._scroll):
            part.setMaximumHeight(max(HIGHEST, HIGHEST * len(self.bars.lanes)))
        self._fit_scroll()

    def _fit_scroll(self) -> None:
        room = self.bars.height()
        self._scroll.setRange(0, max(0, round(self.bars.wanted_height - room)))
        self._scroll.setPageStep(room)
        self._scroll.setSingleStep(max(1, round(self.bars.pitch * 2)))
        self._scroll.setVisible(self._scroll.maximum() > 0)

    def _scroll_to(self, top: int) -> None:
        self.bars.scroll_to(top)
        self._names.update()

    def _zoom(self, factor: float, anchor: float) -> None:
        self._view.zoom(factor, anchor, time.time() + self._view.lag)

    def _zoom_at(self, factor: float, anchor: float) -> None:
        self._view.zoom_at(factor, anchor, time.time() + self._view.lag - DELAY)

    def _pan(self, seconds: float) -> None:
        self._view.pan(seconds, time.time() + self._view.lag)

    def _point_at(self, at: float | None) -> None:
        self.bars.point_at(at)
        self.line.point_at(at)
        if at is None:
            self._rest = None
            self._readout.hide()

    def _click(self, here: QPointF) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if (pointed := self.bars.delivery_at(here)) is not None:
            self._want_story(pointed, here)

    def _want_story(self, pointed: Pointed, here: QPointF) -> None:
        self._readout.hide()
        self.story_wanted.emit(pointed, self.bars.mapToGlobal(here.toPoint()))

    def _choose_lane(self, step: int) -> None:
        """The one above or below, and what its worker was at at the same time."""
        lanes, chosen = self.bars.lanes, self.bars.pointed_out
        if not len(lanes):
            return
        lane = 0 if chosen is None else min(max(lanes.place(chosen.worker) + step, 0), len(lanes) - 1)
        when = self.bars.span / 2 + self.bars.start if chosen is None else self.bars.middle_of(chosen)
        self._reveal(lane)
        self.bars.point_out(self.bars.nearest(lane, when))

    def _choose_beside(self, step: int) -> None:
        chosen = self.bars.pointed_out
        if chosen is None:
            self._choose_lane(0)
            return
        pointed = self._pointing.beside(chosen, step)
        if pointed is None:
            return
        if not 0 <= self.bars.x_of(self.bars.middle_of(pointed)) <= self.bars.width():
            self._pan(self.bars.middle_of(pointed) - self.bars.start - self.bars.span / 2)
        self.bars.point_out(pointed)

    def _reveal(self, lane: int) -> None:
        top, pitch = lane * self.bars.pitch, self.bars.pitch
        if top < self._scroll.value():
            self._scroll.setValue(int(top))
        elif top + pitch > self._scroll.value() + self.bars.height():
            self._scroll.setValue(int(top + pitch - self.bars.height()) + 1)

    def _read_out(self, pointed: Pointed | None) -> None:
        self._names.mark(None if pointed is None else pointed.worker)
        told = None if pointed is None else self._told(pointed)
        self.bars.setCursor(Qt.CursorShape.ArrowCursor if told is None else Qt.CursorShape.PointingHandCursor)
        if pointed is None or told is None:
            self._readout.hide()
            return
        box = self.bars.box_of(pointed)
        at = QPoint(round(min(max(box.center().x(), 0), self.bars.width())), round(box.bottom()) + SPACE_S)
        self._readout.show_rows(at, told.heading, told.rows, self._theme.tones)

    def _told(self, pointed: Pointed) -> Told | None:
        timeline, tones = self._timeline, self._theme.tones
        lane = self.bars.lanes.place(pointed.worker)
        if lane < 0:
            return None
        name = self.bars.lanes.lanes[lane].name
        if (opened := self._pointing.opened(pointed)) is not None:
            return being_worked_on(name, opened, time.time(), tones)
        row = self._pointing.row(pointed)
        return None if row is None else settled(name, timeline.deliveries[row : row + 1], tones)

    def _read_again(self) -> None:
        """The time under a mouse that rests on the line is another one as time goes on."""
        if self._rest is not None:
            self._view.pointed.emit(self.line.time_at(self._rest.x()))
            self._read_line(self._rest)

    def _read_line(self, here: QPointF) -> None:
        self._rest = here
        at = self.line.time_at(here.x())
        place = QPoint(round(here.x()), self.bars.height())
        self._readout.show_rows(place, clock(at), self.line.rows_at(here), self._theme.tones)


def _beside_the_clock(back: BackToLive) -> BackToLive:
    """Where it hides nothing, and its coming and going moves nothing."""
    back.setProperty("kind", "chip")
    policy = back.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    back.setSizePolicy(policy)
    return back
