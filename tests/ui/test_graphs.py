"""Graphs fed by a real history, pointed at and dragged as by a person."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from wqstudio.brokers.port import Words
from wqstudio.domain.history import History
from wqstudio.domain.queue import ConsumerState, QueueState, Source
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.snapshot import Snapshot
from wqstudio.domain.worker import Phase, WorkerSpec, WorkerState
from wqstudio.ui.graphs import GRAPHS
from wqstudio.ui.graphs.graph import Graph
from wqstudio.ui.graphs.in_flight import InFlightGraph
from wqstudio.ui.graphs.past import Past, WorkerLoad
from wqstudio.ui.graphs.rates import RatesGraph
from wqstudio.ui.graphs.redeliveries import RedeliveriesGraph
from wqstudio.ui.graphs.waiting import WaitingGraph
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import DARK, LIGHT, Scheme, Theme, lane_color
from wqstudio.ui.time_view import TimeView

WORDS = Words("NATS JetStream", "stream", "streams", "consumer", "pending", "ack pending", "pull size")
ROWS = 60


@dataclass
class Lab:
    """A minute of two queues, ``down`` rows of it without a connection."""

    theme: Theme
    view: TimeView
    history: History
    load: WorkerLoad
    snapshot: Snapshot
    now: float

    def past(self, scope: Scope) -> Past:
        start, end = self.view.edges(self.now)
        return Past(self.history, self.load, self.snapshot, WORDS, scope, start, end, self.now)

    def show(self, qtbot: QtBot, kind: type[Graph], scope: Scope = Scope()) -> Graph:  # noqa: B008  frozen
        graph = kind(self.theme, self.view)
        qtbot.addWidget(graph)
        graph.resize(600, 320)
        with qtbot.waitExposed(graph):
            graph.show()
        graph.refresh(self.past(scope))
        return graph


def _lab(
    theme: Theme, down: Sequence[int] = (), *, redelivered_is_rate: bool = False, in_flight: Reading[int] = 3
) -> Lab:
    now = time.time()
    history, load = History(redelivered_is_rate=redelivered_is_rate), WorkerLoad()
    snapshot = _snapshot(now, 0, in_flight)
    for row in range(ROWS):
        at = now - ROWS + 1 + row
        if row in down:
            history.gap(at)
            continue
        snapshot = _snapshot(at, row, in_flight)
        history.record(snapshot)
        load.record(at, {1: _worker(1, held=2), 2: _worker(2, held=row % 2)})
    view = TimeView(span=60.0)
    return Lab(theme, view, history, load, snapshot, now)


def _snapshot(at: float, row: int, in_flight: Reading[int] = 3) -> Snapshot:
    return Snapshot(at, 0.01, "NATS 2.15", {name: _queue(name, row, in_flight) for name in ("jobs", "mail")})


def _queue(name: str, row: int, in_flight: Reading[int]) -> QueueState:
    consumers = tuple(ConsumerState(name, each, row, 3, 0, 0, row, row, None) for each in ("a", "b"))
    return QueueState(
        name,
        "work queue stream",
        messages=row,
        bytes=row * 100,
        waiting=row,
        in_flight=in_flight,
        redelivered=1,
        stuck=2,
        oldest=None,
        published=row * 10,
        delivered=row * 8,
        acked=row * 7,
        consumers=consumers,
        redeliveries=row * 2,
        retrying=4,
    )


def _worker(number: int, held: int) -> WorkerState:
    spec = WorkerSpec(f"worker-{number}", Source("jobs", "a"))
    return WorkerState(number, spec, Phase.WORKING, host=1, held=held, place=number + 3)


def _label(graph: Graph, name: str) -> str:
    label = graph.findChild(QLabel, name)
    assert label is not None
    return label.text()


@pytest.mark.parametrize("counted", [False, True])
def test_there_is_one_graph_of_what_is_redelivered_for_either_kind_of_broker(counted: bool) -> None:
    history = History(redelivered_is_rate=counted)
    assert len({graph.title for graph in GRAPHS}) == len([graph for graph in GRAPHS if graph.suits(history)]) == 4


def test_where_redeliveries_are_counted_they_are_drawn_by_the_second(qtbot: QtBot, theme: Theme) -> None:
    lab = _lab(theme, redelivered_is_rate=True)
    graph = lab.show(qtbot, RedeliveriesGraph, Scope("jobs"))
    assert (_label(graph, "redeliveriesGraphFigure"), graph.curves[0].latest) == ("2", 2)
    assert graph.note(lab.past(Scope("jobs"))) == "4 wait for a retry"
    assert graph.note(lab.past(Scope("jobs", "a"))) == "of jobs, 4 wait for a retry"
    assert graph.note(lab.past(Scope())) == "8 wait for a retry"


@pytest.mark.parametrize("kind", GRAPHS)
def test_every_graph_names_itself_and_draws_the_past(qtbot: QtBot, theme: Theme, kind: type[Graph]) -> None:
    graph = _lab(theme).show(qtbot, kind, Scope("jobs"))
    assert graph.accessibleName()
    assert graph.curves
    assert all(len(curve.times) > ROWS - 5 for curve in graph.curves)


def test_the_figure_is_the_newest_value_of_the_scope(qtbot: QtBot, theme: Theme) -> None:
    lab = _lab(theme)
    assert _label(lab.show(qtbot, WaitingGraph, Scope("jobs")), "waitingGraphFigure") == "59"
    assert _label(lab.show(qtbot, WaitingGraph), "waitingGraphFigure") == "118"
    assert _label(lab.show(qtbot, WaitingGraph, Scope("jobs", "a")), "waitingGraphFigure") == "59"
    assert _label(lab.show(qtbot, RatesGraph, Scope("jobs")), "ratesGraphFigure") == "7"


def test_lines_differ_in_style_and_not_in_colour_alone(qtbot: QtBot, theme: Theme) -> None:
    curves = _lab(theme).show(qtbot, RatesGraph).curves
    assert len({curve.stroke for curve in curves}) == len(curves) == 3


def test_what_the_studios_workers_hold_is_stacked_under_the_total(qtbot: QtBot, theme: Theme) -> None:
    first, second, total = _lab(theme).show(qtbot, InFlightGraph, Scope("jobs")).curves
    assert (first.name, second.name, total.name) == ("worker-1", "worker-2", "ack pending")
    assert np.array_equal(second.heights, first.values + second.values)
    assert total.top is None
    assert [first.color, second.color] == [lane_color(4), lane_color(5)]  # as wherever else they are drawn


def test_where_the_total_is_unknown_the_studios_workers_are_shown_alone(qtbot: QtBot, theme: Theme) -> None:
    lab = _lab(theme, in_flight=Unknown("no management"))
    graph = lab.show(qtbot, InFlightGraph, Scope("jobs"))
    assert [curve.name for curve in graph.curves] == ["worker-1", "worker-2"]
    assert _label(graph, "inFlightGraphFigure") == "3"
    assert graph.note(lab.past(Scope("jobs"))) == "of the studio's workers alone"
    assert graph.plot.gaps.shown == []


def test_without_workers_of_its_own_consumers_are_told_apart(qtbot: QtBot, theme: Theme) -> None:
    curves = _lab(theme).show(qtbot, InFlightGraph, Scope("mail")).curves
    assert [curve.name for curve in curves] == ["a", "b", "ack pending"]


def test_a_lost_connection_is_hatched_and_no_line_crosses_it(qtbot: QtBot, theme: Theme) -> None:
    lab = _lab(theme, down=range(30, 40))
    graph = lab.show(qtbot, WaitingGraph, Scope("jobs"))
    ((begin, end),) = graph.plot.gaps.shown
    assert (round(lab.now - begin), round(lab.now - end)) == (30, 19)
    assert np.isnan(graph.curves[0].at(lab.now - 25))


def test_what_is_not_of_now_is_greyed_until_it_is_again(qtbot: QtBot, theme: Theme) -> None:
    graph = _lab(theme).show(qtbot, WaitingGraph)
    fresh = _ink(graph)
    graph.show_stale(stale=True)
    assert _ink(graph) < 0.8 * fresh
    graph.show_stale(stale=False)
    assert _ink(graph) == fresh


@pytest.mark.parametrize("lost", [5, ROWS - 2])
def test_while_polls_fail_the_last_figure_stays(qtbot: QtBot, theme: Theme, lost: int) -> None:
    lab = _lab(theme, down=range(ROWS - lost, ROWS))
    graph = lab.show(qtbot, WaitingGraph, Scope("jobs"))
    assert _label(graph, "waitingGraphFigure") == "–"
    graph.show_stale(stale=True)
    graph.refresh(lab.past(Scope("jobs")))
    assert _label(graph, "waitingGraphFigure") == str(ROWS - lost - 1)
    lab.view.show_span(1.0)
    graph.refresh(lab.past(Scope("jobs")))
    assert _label(graph, "waitingGraphFigure") == str(ROWS - lost - 1)


def _ink(graph: Graph) -> float:
    """How far the plot stands out from its ground, over all of it."""
    image = graph.plot.grab().toImage()
    ground = QColor(DARK.panel)
    pixels = [image.pixelColor(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)]
    return float(sum(abs(pixel.blue() - ground.blue()) for pixel in pixels))


def test_pointing_reads_out_the_time_and_all_values(qtbot: QtBot, theme: Theme) -> None:
    lab = _lab(theme)
    graph = lab.show(qtbot, RatesGraph, Scope("jobs"))
    told: list[float | None] = []
    lab.view.pointed.connect(told.append)
    _move(graph, 300)
    assert told[-1] is not None
    words = _label(graph, "readout")
    assert time.strftime("%H:%M:%S", time.localtime(told[-1])) in words
    assert all(f"<b>{value}</b>" in words for value in (10, 8, 7))
    graph.plot.pointed.emit(None)
    assert not graph.findChild(QLabel, "readout").isVisible()  # type: ignore[union-attr]  # found just before


def test_what_is_read_out_goes_on_under_a_mouse_that_rests(qtbot: QtBot, theme: Theme) -> None:
    lab = _lab(theme)
    graph = lab.show(qtbot, RatesGraph, Scope("jobs"))
    told: list[float | None] = []
    lab.view.pointed.connect(told.append)
    _move(graph, 300)
    past, first = lab.past(Scope("jobs")), told[-1]
    assert first is not None
    graph.refresh(replace(past, start=past.start + 5, end=past.end + 5))
    assert told[-1] == pytest.approx(first + 5)
    assert time.strftime("%H:%M:%S", time.localtime(told[-1])) in _label(graph, "readout")


def test_the_wheel_zooms_and_dragging_holds_until_back_to_live_is_pressed(qtbot: QtBot, theme: Theme) -> None:
    lab = _lab(theme)
    graph = lab.show(qtbot, WaitingGraph)
    back = graph.findChild(QPushButton, "waitingGraphBackToLive")
    assert back is not None
    _wheel(graph, 300)
    assert lab.view.span < 60.0
    assert not back.isVisible()
    _drag(graph, 200, 300)
    assert not lab.view.live
    assert back.isVisible()
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert lab.view.live
    assert not back.isVisible()


def test_a_frozen_graph_stands_while_data_goes_on(qtbot: QtBot, theme: Theme) -> None:
    lab = _lab(theme)
    graph = lab.show(qtbot, WaitingGraph)
    lab.view.hold(lab.now)
    graph.advance(lab.now + 30)
    stood = graph.plot.edges
    lab.history.record(_snapshot(lab.now + 1, 500))
    lab.view.go_live()
    graph.advance(lab.now + 30)
    assert stood[1] == pytest.approx(lab.now - lab.view.lag)
    assert graph.plot.edges[1] == pytest.approx(lab.now + 30 - lab.view.lag)
    assert lab.history.queue("jobs", lab.now, lab.now + 2).times[-1] == lab.now + 1


def test_moving_less_than_a_pixel_costs_nothing(qtbot: QtBot, theme: Theme) -> None:
    lab = _lab(theme)
    graph = lab.show(qtbot, WaitingGraph)
    before = graph.plot.edges
    graph.advance(lab.now + 0.001)
    assert graph.plot.edges == before


def test_the_scheme_is_worn_at_once(qtbot: QtBot, theme: Theme) -> None:
    graph = _lab(theme).show(qtbot, WaitingGraph)
    theme.use(Scheme.DARK)
    assert graph.plot.backgroundBrush().color().name().upper() == DARK.panel
    theme.use(Scheme.LIGHT)
    assert graph.plot.backgroundBrush().color().name().upper() == LIGHT.panel


def _move(graph: Graph, x: int, buttons: Qt.MouseButton = Qt.MouseButton.NoButton) -> None:
    _mouse(graph, QMouseEvent.Type.MouseMove, x, Qt.MouseButton.NoButton, buttons)


def _drag(graph: Graph, begin: int, end: int) -> None:
    left = Qt.MouseButton.LeftButton
    _mouse(graph, QMouseEvent.Type.MouseButtonPress, begin, left, left)
    _move(graph, (begin + end) // 2, left)
    _move(graph, end, left)
    _mouse(graph, QMouseEvent.Type.MouseButtonRelease, end, left, Qt.MouseButton.NoButton)


def _mouse(graph: Graph, kind: QMouseEvent.Type, x: int, button: Qt.MouseButton, buttons: Qt.MouseButton) -> None:
    viewport = graph.plot.viewport()
    at = QPointF(x, 80)
    event = QMouseEvent(
        kind, at, QPointF(viewport.mapToGlobal(at.toPoint())), button, buttons, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(viewport, event)


def _wheel(graph: Graph, x: int) -> None:
    viewport = graph.plot.viewport()
    at = QPointF(x, 80)
    event = QWheelEvent(
        at,
        QPointF(viewport.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)
