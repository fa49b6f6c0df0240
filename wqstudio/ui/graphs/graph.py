"""What every graph is: a title, the figure of now, a legend and a plot. A new graph only says what it reads."""

import time
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from wqstudio.domain.history import History
from wqstudio.ui import format as figures
from wqstudio.ui.graphs.back_to_live import CornerBackToLive
from wqstudio.ui.graphs.curves import Curve, gaps
from wqstudio.ui.graphs.legend import Legend
from wqstudio.ui.graphs.past import Past
from wqstudio.ui.graphs.plot import Plot
from wqstudio.ui.graphs.readout import Readout
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme
from wqstudio.ui.time_view import TimeView

_ROOM_FOR_NOTE = 330
"""Width of a graph below which its note is left out."""


class Graph(QFrame):
    """Subclasses name themselves and turn a reading of the past into curves."""

    name: str
    """The widget's object name."""
    title: str
    unit: str
    """What the value axis counts."""
    polls = 1
    """So many polls make a value; fewer unknown rows than that are no gap."""

    def __init__(self, theme: Theme, view: TimeView) -> None:
        super().__init__()
        self._theme, self._view = theme, view
        self._curves: Sequence[Curve] = ()
        self._stale = False
        self.setObjectName(self.name)
        self.setAccessibleName(f"{self.title}, in {self.unit}, over time")
        self.setProperty("kind", "card")
        self._plot = Plot(f"{self.name}Plot")
        self._plot.setAccessibleName(f"{self.title} plot: wheel zooms, dragging moves through time")
        self._readout = Readout(self._plot)
        self._legend = Legend(theme)
        self._legend.setObjectName(f"{self.name}Legend")
        self._back = CornerBackToLive(self._plot, self.name, self.title, theme, view)
        self._lay_out()
        self._connect()
        self._wear()

    @abstractmethod
    def read(self, past: Past) -> Sequence[Curve]:
        """The curves to draw, stacked ones lowest first."""

    @abstractmethod
    def figure(self, curves: Sequence[Curve]) -> tuple[str, str]:
        """The figure of now, and the words after it."""

    @staticmethod
    def suits(history: History) -> bool:
        """Whether there is something to draw; a graph that needs what only some brokers tell is left out elsewhere."""
        del history
        return True

    def note(self, past: Past) -> str:
        """What the reader has to know beside the title, where the curves are not those of the scope itself."""
        del past
        return ""

    @property
    def curves(self) -> Sequence[Curve]:
        return self._curves

    @property
    def plot(self) -> Plot:
        return self._plot

    def show_stale(self, *, stale: bool) -> None:
        """Grey what is drawn while the numbers are not those of now."""
        if stale != self._stale:
            self._stale = stale
            self._plot.show_stale(stale=stale)
            self._legend.show_stale(stale=stale)
            self._figure.setProperty("stale", stale)
            self._figure.style().polish(self._figure)

    def refresh(self, past: Past) -> None:
        """Read and redraw."""
        self._plot.show_range(past.start, past.end)
        self._curves = self.read(past)
        self._plot.show_curves(self._curves, self._gaps(past))
        self._plot.point_again()
        newest = self._last_seen(past) if self._stale else self._curves
        figure, words = self.figure(newest)
        self._figure.setText(figure)
        self._unit.setText(words)
        self._note.setText(self.note(past))
        self._legend.show_entries([(curve, self.value_text(curve.latest)) for curve in newest])

    def _last_seen(self, past: Past) -> Sequence[Curve]:
        """The curves up to the last snapshot, which may have left the visible stretch: all rows since are unknown."""
        if past.snapshot is None or past.snapshot.at >= past.end:
            return self._curves
        at = past.snapshot.at
        return [curve.until(at) for curve in self.read(replace(past, start=min(past.start, at), end=at))]

    def advance(self, now: float) -> None:
        """Move on with the clock, without reading anything."""
        self._plot.show_range(*self._view.edges(now))

    def counted(self, value: float) -> tuple[str, str]:
        """A figure in messages, with the word."""
        return self.value_text(value), "message" if value == 1 else "messages"

    def value_text(self, value: float) -> str:
        return figures.count(round(value, 1) if np.isfinite(value) else None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._note.setVisible(self.width() >= _ROOM_FOR_NOTE)
        self._back.place()

    def _gaps(self, past: Past) -> list[tuple[float, float]]:
        """Of the curves that share the last one's rows: shares laid under a total have rows of their own."""
        if not self._curves:
            return []
        times = self._curves[-1].times
        known = np.zeros(len(times), bool)
        for curve in self._curves:
            if curve.times is times:
                known |= ~np.isnan(curve.values)
        return gaps(times, known, past.end, self.polls)

    def _lay_out(self) -> None:
        title = PlainLabel(self.title)
        title.setProperty("kind", "heading")
        self._note = PlainLabel()
        self._note.setProperty("kind", "muted")
        self._figure = PlainLabel(figures.UNKNOWN)
        self._figure.setObjectName(f"{self.name}Figure")
        self._figure.setProperty("kind", "figure")
        self._unit = PlainLabel(self.unit)
        self._unit.setProperty("kind", "muted")
        head = QHBoxLayout()
        head.setSpacing(SPACE_S)
        head.addWidget(title, 0, Qt.AlignmentFlag.AlignBaseline)
        head.addWidget(self._note, 0, Qt.AlignmentFlag.AlignBaseline)
        head.addStretch(1)
        head.addWidget(self._figure, 0, Qt.AlignmentFlag.AlignBaseline)
        head.addWidget(self._unit, 0, Qt.AlignmentFlag.AlignBaseline)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_XS)
        layout.addLayout(head)
        layout.addWidget(self._legend)
        layout.addWidget(self._plot, 1)

    def _connect(self) -> None:
        self._plot.zoomed.connect(lambda factor, at: self._view.zoom(factor, at, time.time()))
        self._plot.panned.connect(lambda seconds: self._view.pan(seconds, time.time()))
        self._plot.pointed.connect(self._view.pointed)
        self._plot.pointed.connect(self._read_out)
        self._view.pointed.connect(self._plot.point_at)
        self._theme.changed.connect(self._wear)

    def _wear(self) -> None:
        self._plot.wear(self._theme.tones)
        self._legend.update()

    def _read_out(self, at: float | None) -> None:
        if at is None or not self._curves:
            self._readout.hide()
            return
        values = [(curve, self.value_text(curve.at(at))) for curve in self._curves]
        self._readout.show_at(self._plot.pixel_of(at), at, values, self._theme.tones)
