"""The four graphs of what the Explorer's selection is doing now."""

import time
from collections import deque

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import Unknown
from wqstudio.engine.monitor import Beat
from wqstudio.engine.studio import Studio
from wqstudio.ui import format as figures
from wqstudio.ui.frame_clock import FrameClock
from wqstudio.ui.graphs import GRAPHS
from wqstudio.ui.graphs.graph import Graph
from wqstudio.ui.graphs.past import Past, WorkerLoad
from wqstudio.ui.panels.scope_head import ScopeHead
from wqstudio.ui.panels.scrolling import let_scroll
from wqstudio.ui.scope import Scope
from wqstudio.ui.staleness import why_stale
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme
from wqstudio.ui.time_view import TimeView

_NARROW = 500
"""Below this width the graphs stand one above the other."""
_LEAST_HEIGHT = 150


class Overview(QWidget):
    """Reads the history once a beat and moves between the beats, one graph a frame, so that no frame is long."""

    whole_broker_wanted = Signal()

    def __init__(self, studio: Studio, theme: Theme, view: TimeView, clock: FrameClock) -> None:
        super().__init__()
        self.setObjectName("overview")
        self._studio, self._view, self._clock = studio, view, clock
        self._scope = Scope()
        self._load = WorkerLoad()
        self.graphs: tuple[Graph, ...] = tuple(
            graph(theme, view) for graph in GRAPHS if graph.suits(studio.monitor.history)
        )
        self._dirty: deque[Graph] = deque()
        self._moving = 0
        self._beat: Beat | None = None
        self._lay_out(theme)
        view.changed.connect(self._refresh_soon)
        clock.tick.connect(self._on_tick)
        self._unsubscribe = studio.monitor.subscribe(self._on_beat)
        self._describe()

    def detach(self) -> None:
        """Ask nothing more of the studio."""
        self._unsubscribe()
        self._clock.tick.disconnect(self._on_tick)

    def show_scope(self, scope: Scope) -> None:
        self._scope = scope
        self._describe()
        self._refresh_soon()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        """Their turns come later, and until then each would show where it was last, at first 1970."""
        super().showEvent(event)
        for graph in self.graphs:
            graph.advance(time.time())
        self._refresh_soon()

    def _lay_out(self, theme: Theme) -> None:
        self._head = ScopeHead(theme, "scope", "Show the whole broker")
        self._head.all_wanted.connect(self.whole_broker_wanted)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE_S)
        inside = QWidget()
        inside.setObjectName("graphs")
        inside.setLayout(self._grid)
        area = QScrollArea()
        let_scroll(area)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys move all graphs at once, and those are the window's
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_S, SPACE_XS, SPACE_S, SPACE_M)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(self._head)
        layout.addWidget(area, 1)
        self._columns = 0
        self._arrange()

    def _arrange(self) -> None:
        columns = 1 if self.width() < _NARROW else 2
        if columns == self._columns:
            return
        self._columns = columns
        for column in range(2):
            self._grid.setColumnStretch(column, int(column < columns))
        for index, graph in enumerate(self.graphs):
            graph.setMinimumHeight(_LEAST_HEIGHT)
            self._grid.addWidget(graph, index // columns, index % columns)

    def _on_beat(self, beat: Beat) -> None:
        if beat.snapshot is not None and beat.failure is None:
            self._view.lag = beat.interval + beat.snapshot.took
            self._load.record(beat.snapshot.at, self._studio.fleet.workers)
        self._beat = beat
        self._describe()
        self._refresh_soon()

    def _on_tick(self, now: float) -> None:
        if not self.isVisible():
            return
        stale = self._beat is not None and bool(why_stale(self._beat, now))
        for graph in self.graphs:
            graph.show_stale(stale=stale)
        if self._dirty:
            self._dirty.popleft().refresh(self._past(now))
        elif self._view.live:
            self._moving = (self._moving + 1) % len(self.graphs)
            self.graphs[self._moving].advance(now)

    def _refresh_soon(self) -> None:
        """One a frame, each in its turn: asked again and again, as while dragging, none may starve."""
        self._dirty.extend(graph for graph in self.graphs if graph not in self._dirty)

    def _past(self, now: float) -> Past:
        studio = self._studio
        start, end = self._view.edges(now)
        history, snapshot = studio.monitor.history, studio.monitor.snapshot
        return Past(history, self._load, snapshot, studio.broker.words, self._scope, start, end, now)

    def _describe(self) -> None:
        self._head.say(self._scope, f"All {self._studio.broker.words.queues}", self._stored())

    def _stored(self) -> str:
        """How much lies in the scope's queues, in words."""
        snapshot = self._studio.monitor.snapshot
        if snapshot is None:
            return "waiting for the first numbers"
        if isinstance(snapshot.queues, Unknown):
            return "could not be listed"
        if self._scope.whole_broker:
            return ""
        queue = snapshot.queues.get(self._scope.queue)
        if queue is None:
            return "not there any more"
        return f"{queue.kind}, {_messages(queue)}, {figures.size(queue.bytes)}"


def _messages(queue: QueueState) -> str:
    return f"{figures.count(queue.messages)} message{'' if queue.messages == 1 else 's'}"
