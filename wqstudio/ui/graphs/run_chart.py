"""One run of a comparison: its lanes and its waiting line, on an axis that it shares with the others."""

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollBar

from wqstudio.domain.delivery import Deliveries
from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.ui import format as figures
from wqstudio.ui.graphs.readout import Readout
from wqstudio.ui.graphs.run_bars import RunBars
from wqstudio.ui.graphs.timeline_lanes import LOWEST
from wqstudio.ui.graphs.timeline_line import LineScale, TimelineLine
from wqstudio.ui.graphs.timeline_names import TimelineNames
from wqstudio.ui.graphs.timeline_pointing import Pointed
from wqstudio.ui.graphs.timeline_words import Told, settled
from wqstudio.ui.run_view import RunView
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme

ZOOM_KEY = Qt.KeyboardModifier.ControlModifier
"""The wheel alone scrolls the page that the runs stand on."""
_LINE_LOWEST, _LINE_HIGHEST = 36, 72
_LANE_HIGHEST = 28
_NAMED = 16
"""Pixels a lane must be high to bear its name, which those of…"""
_LANES_NAMED = 8
"""… so few workers always do."""
_LANES_SEEN = 20
"""So many lanes are always in sight, however low; beyond, one scrolls."""


class RunChart(QFrame):
    resized = Signal()
    """There is other room for what is to be seen."""

    def __init__(self, timeline: Timeline, theme: Theme, view: RunView, ended: float, words: str) -> None:
        """``ended``: seconds since the run began, which ``words`` say."""
        super().__init__()
        self.timeline, self._theme, self._view = timeline, theme, view
        self._ended = ended
        self.bars, self.line = RunBars(timeline, theme, ended, words), TimelineLine(timeline, theme)
        self._names, self._scale = TimelineNames(self.bars, theme), LineScale(self.line, theme)
        self._scroll = QScrollBar(Qt.Orientation.Vertical)
        self._scroll.setObjectName("runScroll")
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._readout = Readout(self.bars)
        self._lay_out()
        self._connect()

    def show_view(self) -> None:
        """What the shared view says is to be seen."""
        self.bars.advance(self._view.end, self._view.span, self._ended)
        self.line.advance(self.bars.start, self.bars.span, max(self._ended, self.bars.start))

    def share_scale(self, highest: float, step: float) -> None:
        """Of the waiting line: that of the chart that needs the most."""
        self.line.share_scale(highest, step)
        self._scale.update()

    def point_at(self, at: float | None) -> None:
        self.bars.point_at(at)
        self.line.point_at(at)
        if at is None:
            self._readout.hide()

    def _lay_out(self) -> None:
        lanes = max(1, len(self.timeline.lanes))
        self.bars.setMinimumHeight(max(_NAMED * min(lanes, _LANES_NAMED), LOWEST * min(lanes, _LANES_SEEN)))
        for part in (self.bars, self._names, self._scroll):
            part.setMaximumHeight(_LANE_HIGHEST * lanes)
        self.line.setMinimumHeight(_LINE_LOWEST)
        self.line.setMaximumHeight(_LINE_HIGHEST)
        self._scale.setMaximumHeight(_LINE_HIGHEST)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self._names, 0, 0)
        grid.addWidget(self.bars, 0, 1)
        grid.addWidget(self._scroll, 0, 2)
        grid.setRowMinimumHeight(1, SPACE_XS)
        grid.addWidget(self._scale, 2, 0)
        grid.addWidget(self.line, 2, 1)
        grid.setRowStretch(0, max(2, lanes))
        grid.setRowStretch(2, 2)
        grid.setColumnStretch(1, 1)

    def _connect(self) -> None:
        for surface in (self.bars, self.line):
            surface.zoom_key = ZOOM_KEY
            surface.zoomed.connect(self._view.zoom)
            surface.panned.connect(self._view.pan)
            surface.pointed.connect(self._view.pointed)
        self._view.pointed.connect(self.point_at)
        self._scroll.valueChanged.connect(self._scroll_to)
        for wheeled in (self.bars.wheeled, self._names.wheeled):
            wheeled.connect(lambda pixels: self._scroll.setValue(self._scroll.value() + pixels))
        self.bars.lanes_changed.connect(self._fit_scroll)
        self.bars.delivery_pointed.connect(self._read_out)
        self.bars.resized.connect(self.resized)
        self.line.rested.connect(self._read_line)

    def _fit_scroll(self) -> None:
        room = self.bars.height()
        self._scroll.setRange(0, max(0, round(self.bars.wanted_height - room)))
        self._scroll.setPageStep(room)
        self._scroll.setVisible(self._scroll.maximum() > 0)

    def _scroll_to(self, top: int) -> None:
        self.bars.scroll_to(top)
        self._names.update()
        self.resized.emit()

    def _read_out(self, pointed: Pointed | None) -> None:
        self._names.mark(None if pointed is None else pointed.worker)
        if pointed is None or pointed.number is None:
            self._readout.hide()
            return
        told = self._told(pointed, self.timeline.deliveries[pointed.number : pointed.number + 1])
        box = self.bars.box_of(pointed)
        at = QPoint(round(min(max(box.center().x(), 0), self.bars.width())), round(box.bottom()) + SPACE_S)
        self._readout.show_rows(at, told.heading, told.rows, self._theme.tones)

    def _told(self, pointed: Pointed, row: Deliveries) -> Told:
        name = self.bars.lanes.lanes[self.bars.lanes.place(pointed.worker)].name
        return settled(name, row, self._theme.tones, elapsed)

    def _read_line(self, here: QPointF) -> None:
        at = self.line.time_at(here.x())
        rows = self.line.rows_at(here)
        self._readout.show_rows(QPoint(round(here.x()), 0), elapsed(at), rows, self._theme.tones)


def elapsed(at: float) -> str:
    """Since the run began."""
    return f"after {figures.measured(max(0.0, at))}"
