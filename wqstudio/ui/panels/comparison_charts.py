"""The timelines of runs that are compared, one below the other on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.ui.graphs.run_axis import RunAxis
from wqstudio.ui.graphs.run_chart import ZOOM_KEY, RunChart
from wqstudio.ui.graphs.time_surface import ZOOM_STEP
from wqstudio.ui.graphs.timeline_names import WIDTH
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.run_view import RunView
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme

_PAN_SHARE = 0.1
"""Of the span, by one key."""


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """One run."""

    title: str
    below: str
    """What it was, in small."""
    timeline: Timeline
    ended: float
    """Seconds since it began."""
    words: str
    """Where it ended, at its end."""


class ComparisonCharts(QFrame):
    """Zoomed, dragged and pointed at together. Keys: arrows, plus, minus, and 0 for the whole."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("comparisonCharts")
        self.setAccessibleName("Timelines of the runs, one below the other on one axis")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("kind", "card")
        self.view = RunView(self)
        self.charts: list[RunChart] = []
        self._refit = QTimer(self, singleShot=True, interval=0)
        """Once all charts have their room: each says that it has another."""
        self._refit.timeout.connect(self._fit)
        self._axis = RunAxis(theme)
        self._all = QToolButton()
        self._all.setText("Show all")
        self._all.setObjectName("comparisonShowAll")
        self._all.setAccessibleName("Show the runs as a whole")
        self._all.setToolTip("Show the runs as a whole (0)")
        self._all.setProperty("kind", "chip")
        self._all.clicked.connect(self.view.show_all)
        self._strips = QWidget()
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(0)
        self._corner = PlainLabel("since each began")
        self._corner.setProperty("kind", "muted")
        self._corner.setToolTip("Ctrl and the wheel zoom all runs, dragging moves them, 0 shows them as a whole")
        self._corner.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._corner.setContentsMargins(0, 0, SPACE_S, 0)
        self._corner.setFixedWidth(WIDTH)
        foot.addWidget(self._corner)
        foot.addWidget(self._axis, 1)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(1, SPACE_S, SPACE_S, SPACE_XS)
        column.setSpacing(0)
        column.addWidget(self._strips, 1)
        column.addLayout(foot)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
        self._all.setParent(self)
        self._all.hide()
        self.view.changed.connect(self._show)
        self._axis.zoom_key = ZOOM_KEY
        self._axis.zoomed.connect(self.view.zoom)
        self._axis.panned.connect(self.view.pan)
        self._axis.pointed.connect(self.view.pointed)

    def show_strips(self, strips: Sequence[Strip]) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_XS)
        self.charts = []
        for number, strip in enumerate(strips, start=1):
            if number > 1:
                column.addSpacing(SPACE_XS)
            column.addLayout(_heading(strip))
            chart = RunChart(strip.timeline, self._theme, self.view, strip.ended, strip.words)
            chart.setObjectName(f"run {number}")
            chart.setAccessibleName(f"{strip.title}, {strip.words}")
            chart.resized.connect(self._refit.start)
            column.addWidget(chart, 1)
            self.charts.append(chart)
        column.addStretch(0)
        self._column.replaceWidget(self._strips, page)
        self._strips.deleteLater()
        self._strips = page
        self.view.show_all()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Charts have their room by now: it is fitted to before anything is painted."""
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        view, step = self.view, _PAN_SHARE * self.view.span
        middle = view.start + view.span / 2
        match event.key():
            case Qt.Key.Key_Left:
                view.pan(-step)
            case Qt.Key.Key_Right:
                view.pan(step)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                view.zoom(1 / ZOOM_STEP, middle)
            case Qt.Key.Key_Minus:
                view.zoom(ZOOM_STEP, middle)
            case Qt.Key.Key_0:
                view.show_all()
            case _:
                super().keyPressEvent(event)

    def _fit(self) -> None:
        """To the ends of the runs; how much room the words there need depends on the breadth."""
        self._refit.stop()
        self.view.fit([chart.bars.end for chart in self.charts])

    def _show(self) -> None:
        for chart in self.charts:
            chart.show_view()
        if self.charts:
            most = max(self.charts, key=lambda chart: chart.line.highest).line
            highest, step = most.highest, most.step
            for chart in self.charts:
                chart.share_scale(highest, step)
            bars = self.charts[0].bars
            self._axis.advance(bars.start, bars.span)
            self._axis.setContentsMargins(0, 0, 0, 0)
        self._all.setVisible(not self.view.whole)
        self._all.adjustSize()
        self._all.move(self.width() - self._all.width() - SPACE_M, SPACE_XS)
        self._all.raise_()


def _heading(strip: Strip) -> QHBoxLayout:
    title, below = PlainLabel(strip.title), ElidedLabel()
    title.setProperty("kind", "runTitle")
    below.setProperty("kind", "muted")
    below.setText(strip.below)
    below.setToolTip(plain_tip(strip.below))
    row = QHBoxLayout()
    row.setContentsMargins(SPACE_S + SPACE_XS, 0, 0, 0)
    row.setSpacing(SPACE_S)
    row.addWidget(title)
    row.addWidget(below, 1)
    return row
