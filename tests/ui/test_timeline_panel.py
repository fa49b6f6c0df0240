"""The timeline of real deliveries, pointed at, clicked and moved as by a person."""

import csv
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import pytest_asyncio
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QPushButton, QScrollBar, QToolButton, QWidget

from tests.ui.windows import child
from tests.waiting import until
from wqstudio.domain.commands import EnsureQueue, StartProducer, StartWorker
from wqstudio.domain.delivery import FleetBatch, each_delivery
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.settled import SettledDelivery
from wqstudio.domain.worker import AckMode, OnFailure, Outcome, Phase, ProducerSpec, Spread, WorkerSpec, WorkerState
from wqstudio.engine.studio import Studio
from wqstudio.engine.timeline.timeline import Incident
from wqstudio.ui.frame_clock import FrameClock
from wqstudio.ui.graphs.timeline_axis import TimelineAxis
from wqstudio.ui.graphs.timeline_cells import BARS, HELD, kind_of
from wqstudio.ui.graphs.timeline_legend import TimelineLegend
from wqstudio.ui.graphs.timeline_pointing import Pointed
from wqstudio.ui.models.dispatch_words import Phrase
from wqstudio.ui.panels.timeline import TimelinePanel
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Concept, Theme
from wqstudio.ui.time_view import TimeView

JOBS = QueueSpec("jobs", ("jobs.*",), in_memory=True, consumers=(ConsumerSpec("all", ack_wait=1.0),))
SOURCE = Source("jobs", "all")


def _worker(name: str, **more: object) -> WorkerSpec:
    spec = {"service_time": 0.05, "spread": Spread.FIXED} | more
    return WorkerSpec(name, SOURCE, **spec)  # type: ignore[arg-type]


async def _run(studio: Studio, *workers: WorkerSpec, count: int | None = 12, rate: float = 0.0) -> None:
    await studio.executor.run(EnsureQueue(JOBS))
    for worker in workers:
        await studio.executor.run(StartWorker(worker))
    await studio.at_work()
    await studio.executor.run(StartProducer(ProducerSpec("feed", "jobs", "jobs.{n}", rate=rate, count=count)))


@pytest_asyncio.fixture
async def panel(studio: Studio, theme: Theme) -> AsyncIterator[TimelinePanel]:
    view, clock = TimeView(span=20.0), FrameClock()
    shown = TimelinePanel(studio, theme, view, clock)
    shown.view = view  # type: ignore[attr-defined]  # kept for the tests
    shown.resize(900, 600)
    shown.show()
    clock.start()
    yield shown
    clock.stop()
    shown.detach()
    shown.close()
    shown.deleteLater()


def _view(panel: TimelinePanel) -> TimeView:
    view: TimeView = panel.view  # type: ignore[attr-defined]
    return view


async def _settled(studio: Studio, count: int) -> None:
    await until(lambda: len(studio.timeline.deliveries) >= count)


async def _drawn(panel: TimelinePanel, studio: Studio, row: int = -1) -> QPointF:
    """Where the middle of that row's bar is, once it is in sight."""
    number = studio.timeline.dropped + (row if row >= 0 else len(studio.timeline.deliveries) + row)
    bars, worker = panel.chart.bars, int(studio.timeline.deliveries["worker"][row])
    await until(lambda: 0 < bars.box_of(Pointed(number, worker)).center().x() < bars.width() - 20)
    return bars.box_of(Pointed(number, worker)).center()


def _move(bars: QWidget, to: QPointF, pressed: Qt.MouseButton = Qt.MouseButton.NoButton) -> None:
    kind, none = QMouseEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, to, QPointF(bars.mapToGlobal(to.toPoint())), Qt.MouseButton.NoButton, pressed, none)
    QApplication.sendEvent(bars, event)


def _readout(panel: TimelinePanel) -> QLabel:
    return child(panel, QLabel, "readout")


def _story(panel: TimelinePanel) -> list[str]:
    popover = child(panel, QFrame, "storyPopover")
    return [label.text() for label in popover.findChildren(QLabel)]


async def test_without_workers_it_teaches(panel: TimelinePanel) -> None:
    assert not panel.chart.isVisible()
    assert "Add workers and a producer" in child(panel, QWidget, "emptyState").said  # type: ignore[attr-defined]


async def test_each_delivery_is_a_bar_in_its_workers_lane(panel: TimelinePanel, studio: Studio) -> None:
    failing = _worker("failing", failure_rate=0.5, on_failure=OnFailure(tries=3))
    await _run(studio, _worker("steady"), failing, count=20)
    await _settled(studio, 20)
    await _drawn(panel, studio)
    bars, rows = panel.chart.bars, list(each_delivery(studio.timeline.deliveries))
    assert [lane.name for lane in bars.lanes.lanes] == ["steady", "failing"]
    assert {row.outcome for row in rows} >= {Outcome.ACKED, Outcome.NAKED}

    def drawn(row: SettledDelivery) -> int:
        return bars.tape.code(bars.lanes.place(row.worker), int(row.begun / bars.tape.scale)) & BARS

    wanted = [kind_of(row.outcome, again=row.deliveries > 1) for row in rows]
    await until(lambda: list(map(drawn, rows)) == wanted)  # at the next frame, for what has just come


async def test_what_is_held_and_not_begun_is_pale_while_it_is_and_afterwards(
    panel: TimelinePanel, studio: Studio
) -> None:
    await _run(studio, _worker("greedy", prefetch=8, service_time=0.3), count=8)
    await until(studio.timeline.hoards)
    bars = panel.chart.bars
    await until(bars._held)
    await _settled(studio, 3)
    row = next(each_delivery(studio.timeline.deliveries[2:3]))
    assert row.begun - row.received > 0.3
    await until(lambda: bars.tape.code(0, int(row.received / bars.tape.scale) + 1) & HELD)


async def test_a_crash_and_the_way_of_its_message_are_drawn(panel: TimelinePanel, studio: Studio) -> None:
    await _run(studio, _worker("victim", service_time=5.0), count=1)
    await until(lambda: studio.timeline.open)
    await studio.executor.run(StartWorker(_worker("heir")))
    await studio.fleet.crash(studio.timeline.open[0].worker)
    await _settled(studio, 2)
    bars = panel.chart.bars
    await _drawn(panel, studio)
    crashed, again = each_delivery(studio.timeline.deliveries)
    assert (crashed.outcome, again.outcome, again.deliveries) == (Outcome.CRASHED, Outcome.ACKED, 2)
    await until(lambda: bars.linked)
    (hop,) = bars.linked
    assert (hop.worker, hop.ended, hop.other, hop.begun) == (crashed.worker, crashed.ended, again.worker, again.begun)
    QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=(await _drawn(panel, studio)).toPoint())
    told = _story(panel)
    assert [words for words in told if words in ("Published", "victim: crashed", "heir: acknowledged")] == [
        "Published",
        "victim: crashed",
        "heir: acknowledged",
    ]
    assert any(words.startswith("2nd delivery") for words in told)
    assert told[0] == "Task 1 of feed"


async def test_what_was_lost_with_its_worker_has_the_colour_of_what_is_lost_and_says_why(
    panel: TimelinePanel, studio: Studio
) -> None:
    crashing = _worker("crashing", service_time=60, prefetch=3, ack_mode=AckMode.ON_RECEIPT)
    await _run(studio, crashing, count=3)
    await until(lambda: studio.timeline.open)
    await studio.fleet.crash(studio.timeline.open[0].worker)
    await _settled(studio, 3)
    middle = await _drawn(panel, studio, 0)
    bars, row = panel.chart.bars, studio.timeline.deliveries[0]
    column = int(float(row["begun"]) / bars.tape.scale)
    await until(lambda: bars.tape.code(0, column) & BARS == kind_of(Outcome.LOST, again=False))
    QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=middle.toPoint())
    assert "crashing: lost" in _story(panel)
    assert any("acknowledged on receipt" in line and "nobody gets it again" in line for line in _story(panel))


async def test_the_story_of_a_message_that_nobody_is_given_any_more_ends_with_that(
    panel: TimelinePanel, studio: Studio
) -> None:
    limited = replace(JOBS, consumers=(replace(JOBS.consumers[0], max_deliver=2),))
    await studio.executor.run(EnsureQueue(limited))
    await studio.executor.run(StartWorker(_worker("failing", failure_rate=1.0)))
    await studio.at_work()
    await studio.executor.run(StartProducer(ProducerSpec("feed", "jobs", "jobs.{n}", rate=0.0, count=1)))
    await _settled(studio, 2)
    middle = await _drawn(panel, studio)
    QTest.mouseClick(panel.chart.bars, Qt.MouseButton.LeftButton, pos=middle.toPoint())
    told = _story(panel)
    assert told.index("Exhausted") > told.index("failing: given back")
    assert any("2 deliveries are all it may have" in line for line in told)


async def test_the_delivery_under_the_pointer_is_told(panel: TimelinePanel, studio: Studio) -> None:
    await _run(studio, _worker("one", service_time=0.4), count=1)
    await _settled(studio, 1)
    middle = await _drawn(panel, studio)
    _move(panel.chart.bars, middle)
    said = _readout(panel).text()
    assert _readout(panel).isVisible()
    assert all(words in said for words in ("one", "acknowledged", "1st delivery", "worked on for"))
    _move(panel.chart.bars, middle + QPointF(-200, 0))
    assert not _readout(panel).isVisible()


async def test_what_is_told_under_the_pointer_goes_with_the_bar_that_time_takes_away(
    panel: TimelinePanel, studio: Studio
) -> None:
    _view(panel).show_span(2.5)
    await _run(studio, _worker("one", service_time=0.1), count=1)
    await _settled(studio, 1)
    bars = panel.chart.bars
    await until(lambda: bars.start > studio.timeline.first - 0.5)  # it moves
    _move(bars, await _drawn(panel, studio))
    assert _readout(panel).isVisible()
    await until(lambda: not _readout(panel).isVisible())
    assert bars.pointed_out is None
    assert bars.box_of(Pointed(0, int(studio.timeline.deliveries["worker"][0]))).right() > 0  # it is in sight still


async def test_what_is_being_worked_on_grows_and_is_told(panel: TimelinePanel, studio: Studio) -> None:
    await _run(studio, _worker("slow", service_time=30.0), count=1)
    bars = panel.chart.bars
    await until(lambda: studio.timeline.open and bars.box_of(Pointed(None, 1)).width() > 5)
    width = bars.box_of(Pointed(None, 1)).width()
    await until(lambda: bars.box_of(Pointed(None, 1)).width() > width + 5)
    _move(bars, bars.box_of(Pointed(None, 1)).center())
    assert "being worked on" in _readout(panel).text()
    QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=bars.box_of(Pointed(None, 1)).center().toPoint())
    assert "slow: being worked on" in _story(panel)


async def test_the_waiting_line_is_told_under_the_pointer(panel: TimelinePanel, studio: Studio) -> None:
    await _run(studio, _worker("busy", service_time=30.0), count=40)
    line = panel.chart.line
    await until(lambda: line.waiting_at(line.time_at(line.width() - 3))[0] == 39)
    _move(line, QPointF(line.width() - 3, 20))
    said = _readout(panel).text()
    assert "39" in said
    await until(lambda: _readout(panel).text() != said)  # its time goes on, though the mouse rests
    assert _readout(panel).isVisible()
    _move(panel.chart.bars, QPointF(300, 10))
    pointed: list[float | None] = []
    panel.chart.bars.pointed.connect(pointed.append)
    await until(lambda: len(pointed) > 2)  # and the crosshair stays under a mouse that rests on the lanes


async def test_before_anything_was_known_there_is_no_waiting_line(panel: TimelinePanel, studio: Studio) -> None:
    await _run(studio, _worker("busy", service_time=30.0), count=40)
    line = panel.chart.line
    await until(lambda: line.waiting_at(line.time_at(line.width() - 3))[0] == 39)
    panel.fit()
    await until(lambda: line.x_of(studio.timeline.whole[0]) > 10)
    QTest.keyClick(panel.chart, Qt.Key.Key_Left)
    await until(lambda: line.x_of(studio.timeline.whole[0]) > 50)
    began = round(line.x_of(studio.timeline.whole[0]))
    bottom = line.grab().toImage().copy(0, line.height() - 1, line.width(), 1)
    drawn = [bottom.pixelColor(x, 0) == Concept.WAITING.color for x in range(line.width())]
    assert began > 50
    assert not any(drawn[: began - 2])
    assert drawn[began + 2]


async def test_what_befell_the_run_is_marked_where_it_was(panel: TimelinePanel, studio: Studio) -> None:
    await _run(studio, _worker("busy", service_time=30.0), count=1)
    await until(panel.chart.isVisible)
    line = panel.chart.line
    panel.chart.bars.setFocus()
    await until(lambda: line.x_of(studio.timeline.whole[0]) < line.width() - 60)
    text, before = QColor(line._theme.tones.text), line.grab().toImage()
    at = line.time_at(line.width() - 40)
    studio.timeline.note(Incident(at, "restart broker"))
    await until(lambda: _dotted(line, round(line.x_of(at)), text))
    assert not any(_column(before, x, text) for x in range(line.width()))
    assert not _second_line(line)
    for place in (100, 106):  # so near to each other that their words stand below each other
        studio.timeline.note(Incident(line.time_at(place), "restart broker"))
    await until(lambda: _second_line(line))


def _second_line(line: QWidget) -> bool:
    """Whether there are words below the first line of them."""
    image = line.grab().toImage()
    inked = sum(
        any(image.pixelColor(x, y).lightness() != image.pixelColor(x, y - 1).lightness() for y in range(17, 22))
        for x in range(line.width() // 3)
    )
    return inked > 20


def _dotted(line: QWidget, x: int, color: QColor) -> bool:
    return _column(line.grab().toImage(), x, color)


def _column(image: QImage, x: int, color: QColor) -> bool:
    """Whether that column has that colour here and there, from top to bottom."""
    return sum(image.pixelColor(x, y) == color for y in range(image.height())) > image.height() // 4


async def test_figures_that_grow_shorter_move_no_lane(panel: TimelinePanel, studio: Studio) -> None:
    await _run(studio, _worker("one"))
    await until(lambda: "best possible" in panel.figures.said)
    line = panel.figures.fontMetrics().height()
    panel.figures.show_phrases([Phrase(f"figure{n}", "x" * 40, "") for n in range(6)])
    high = panel.figures.height()
    assert high > 2 * line
    panel.figures.show_phrases([Phrase("figure", "short", "")])
    assert panel.figures.height() == high
    panel.resize(panel.width() + 1, panel.height())
    await until(lambda: panel.figures.height() < high)


async def test_no_entry_of_the_legend_stands_alone(panel: TimelinePanel, studio: Studio) -> None:
    await _run(studio, _worker("one"))
    await until(panel.chart.isVisible)
    legend = child(panel, TimelineLegend, "timelineLegend")
    whole = sum(box.width() for box, _ in legend.shown)
    for width in range(round(whole / 2) + 120, round(whole), 40):
        legend.resize(width, legend.height())
        lines = Counter(box.top() for box, _ in legend.shown)
        assert len(lines) == 2
        assert min(lines.values()) > 2


async def test_events_that_crowd_share_a_label_and_the_pointer_is_told_all_of_them(
    panel: TimelinePanel, studio: Studio
) -> None:
    await _run(studio, _worker("one"))
    await _settled(studio, 3)
    await until(panel.chart.isVisible)
    line, at = panel.chart.line, time.time()
    done = [f"set the speed of the first of all workers to {n}" for n in range(12)]
    for number, words in enumerate(done):
        studio.timeline.note(Incident(at + number / 1000, words))
    await until(lambda: line.x_of(at) < line.width() - 20)
    leading = QPointF(line.x_of(at), line.height() - 1)
    assert line.told_at(leading) == done
    assert [words for _, words, _ in line.rows_at(leading)][-2:] == [done[7], "and 4 more events"]
    assert line.told_at(QPointF(line.x_of(at) - 30, line.height() - 1)) == []


async def test_the_legend_takes_three_lines_at_most_and_lists_all_of_it_when_it_is_asked(
    panel: TimelinePanel, studio: Studio
) -> None:
    await _run(studio, _worker("one"))
    await until(panel.chart.isVisible)
    legend = child(panel, TimelineLegend, "timelineLegend")

    def said(width: int) -> list[str]:
        legend.resize(width, legend.height())
        assert legend.height() <= 60
        assert all(box.right() <= width for box, _ in legend.shown)
        return [words for _, words in legend.shown]

    whole, short = said(900), said(440)
    assert legend.height() <= 40
    narrow, few = said(330), said(160)
    assert (whole[0], short[0], narrow[0], few[0]) == ("acknowledged", "acked", "acked", "acked")
    assert len(narrow) == len(short) == len(whole) > len(few)
    assert few[-1] == "…"
    QTest.keyClick(legend, Qt.Key.Key_Return)
    names = [label.text() for label in child(panel, QFrame, "timelineKey").findChildren(QLabel)]
    assert names[::2] == whole
    assert all(names[1::2])


async def test_what_has_just_begun_fills_the_breadth_and_stands_still(panel: TimelinePanel, studio: Studio) -> None:
    """Not a minute of nothing with some bars at its end."""
    _view(panel).show_span(60.0)
    await _run(studio, _worker("one", service_time=0.3))
    await _settled(studio, 3)
    bars, line = panel.chart.bars, panel.chart.line
    await until(lambda: bars.span == pytest.approx(5.0))
    first = bars.tape.first
    assert 0 < bars.x_of(studio.timeline.first) < 0.05 * bars.width()
    await until(lambda: bars.x_of(time.time()) > 0.5 * bars.width())
    assert (bars.tape.first, line._span) == (first, bars.span)
    ahead = bars.grab().toImage().copy(bars.width() - 20, 0, 20, 20)
    panel_color = QColor(bars._theme.tones.panel)
    assert {ahead.pixelColor(x, y).name() for x in range(20) for y in range(20)} == {panel_color.name()}
    await until(lambda: bars.span == pytest.approx(10.0))  # once it is full
    assert _view(panel).span == 60.0


async def test_wheel_and_drag_move_all_graphs_and_one_comes_back(panel: TimelinePanel, studio: Studio) -> None:
    _view(panel).show_span(2.5)
    await _run(studio, _worker("one"))
    bars, view = panel.chart.bars, _view(panel)
    await until(lambda: panel.chart.isVisible() and time.time() > studio.timeline.first + 4)
    await until(lambda: bars.start > studio.timeline.first)
    middle = QPointF(bars.width() / 2, 10)
    wheel = QWheelEvent(
        middle, QPointF(bars.mapToGlobal(middle.toPoint())), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(bars, wheel)
    assert view.span == 2.0
    await until(lambda: bars.span < 2.1)
    QTest.mousePress(bars, Qt.MouseButton.LeftButton, pos=QPoint(100, 10))
    start = bars.start
    _move(bars, QPointF(600, 10), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(bars, Qt.MouseButton.LeftButton, pos=QPoint(600, 10))
    assert not view.live
    await until(lambda: bars.start < start - 0.5)
    back = child(panel, QPushButton, "timelineBackToLive")
    assert back.isVisible()
    assert panel.findChild(QFrame, "storyPopover") is None
    back.click()
    assert view.live
    assert not back.isVisible()


async def test_all_of_it_by_keyboard(panel: TimelinePanel, studio: Studio) -> None:
    await _run(studio, _worker("one"), _worker("two"), count=20)
    await _settled(studio, 20)
    await _drawn(panel, studio)
    chart = panel.chart
    span = chart.bars.span
    QTest.keyClick(chart, Qt.Key.Key_Plus)
    await until(lambda: chart.bars.span == pytest.approx(span / 1.25))
    QTest.keyClick(chart, Qt.Key.Key_Minus)
    await until(lambda: chart.bars.span == pytest.approx(span))
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert child(panel, QPushButton, "timelineBackToLive").isVisible()
    QTest.keyClick(chart, Qt.Key.Key_Down)
    QTest.keyClick(chart, Qt.Key.Key_Down)
    second = chart.bars.pointed_out
    assert second is not None
    assert second.worker == chart.bars.lanes.lanes[1].worker
    QTest.keyClick(chart, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    earlier = chart.bars.pointed_out
    assert earlier is not None
    assert earlier.number is not None
    assert second.number is not None
    assert (earlier.worker, earlier.number < second.number) == (second.worker, True)
    QTest.keyClick(chart, Qt.Key.Key_Return)
    assert "two: acknowledged" in _story(panel)


async def test_what_begins_anew_is_shown_as_it_goes_however_what_was_before_was_zoomed_or_moved(
    panel: TimelinePanel, studio: Studio
) -> None:
    _view(panel).show_span(60.0)
    await _run(studio, _worker("one", service_time=0.3))
    await _settled(studio, 2)
    bars = panel.chart.bars
    await until(lambda: bars.span == pytest.approx(5.0))
    QTest.keyClick(panel.chart, Qt.Key.Key_Plus)
    await until(lambda: bars.span == pytest.approx(4.0))
    studio.timeline.clear()
    await until(lambda: bars.span == pytest.approx(5.0))
    QTest.keyClick(panel.chart, Qt.Key.Key_Left)
    back = child(panel, QPushButton, "timelineBackToLive")
    assert back.isVisible()
    studio.timeline.clear()
    await until(lambda: not back.isVisible())
    await until(lambda: bars.span == pytest.approx(5.0))


async def test_what_begins_anew_between_two_frames_is_painted_and_asked_as_it_is(
    panel: TimelinePanel, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = _worker("failing", service_time=0.02, failure_rate=1.0, on_failure=OnFailure(tries=3))
    await _run(studio, failing, count=20)
    await _settled(studio, 60)
    await _drawn(panel, studio)
    chart, errors = panel.chart, list[object]()
    await until(lambda: len(chart.bars.linked) > 10)
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_Down)
    assert chart.bars.pointed_out is not None
    monkeypatch.setattr(sys, "excepthook", lambda *what: errors.append(what))
    old = studio.timeline.deliveries.copy()
    studio.timeline.clear()
    studio.timeline.take(FleetBatch(settled=old[:5]))  # no frame between
    QTest.keyClick(chart, Qt.Key.Key_Return)
    assert panel.findChild(QFrame, "storyPopover") is None
    QTest.keyClick(chart, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    picture = chart.bars.grab()
    assert not errors
    assert not picture.isNull()
    await until(lambda: chart.bars.pointed_out is None)


async def test_what_was_stopped_is_over_and_shown_whole(panel: TimelinePanel, studio: Studio) -> None:
    _view(panel).show_span(5.0)
    await _run(studio, _worker("one", service_time=0.3), count=None, rate=20.0)
    await _settled(studio, 5)
    await until(lambda: "so far" in panel.figures.said)
    QTest.keyClick(panel.chart, Qt.Key.Key_Plus)
    await studio.settle()
    await until(lambda: panel.figures.said.startswith("not finished after"))
    bars, timeline = panel.chart.bars, studio.timeline
    first, last = timeline.first, float(timeline.deliveries["ended"].max())
    whole = (last - first) * 1.1
    await until(lambda: bars.start <= first and last <= bars.start + bars.span and bars.span < whole)


async def test_what_was_stopped_with_all_work_done_has_finished(panel: TimelinePanel, studio: Studio) -> None:
    await _run(studio, _worker("one"), count=5)
    await _settled(studio, 5)
    await studio.settle()
    await until(lambda: panel.figures.said.startswith("finished in"))
    await studio.executor.run(StartWorker(_worker("another")))
    await until(lambda: studio.timeline.finished is None)


OTHER = QueueSpec("other", ("other.*",), in_memory=True, consumers=(ConsumerSpec("all"),))


async def test_what_is_selected_has_its_own_lanes_and_its_own_waiting_line(
    panel: TimelinePanel, studio: Studio
) -> None:
    await _run(studio, _worker("slow", service_time=30.0), _worker("idle", service_time=30.0), count=9)
    await studio.executor.run(EnsureQueue(OTHER))
    await studio.executor.run(StartWorker(WorkerSpec("there", Source("other", "all"), service_time=30.0, prefetch=3)))
    await studio.executor.run(StartProducer(ProducerSpec("more", "other", "other.{n}", rate=0.0, count=5)))
    bars, line = panel.chart.bars, panel.chart.line
    summary = child(panel, QLabel, "timelineScopeSummary")

    def shown() -> tuple[list[str], tuple[int, int]]:
        return [lane.name for lane in bars.lanes.lanes], line.waiting_at(line.time_at(line.width() - 3))

    await until(lambda: shown() == (["slow", "idle", "there"], (9, 2)))
    assert not summary.isVisible()
    panel.show_scope(Scope("jobs"))
    await until(lambda: shown() == (["slow", "idle"], (7, 0)))
    assert child(panel, QLabel, "timelineScopeTitle").text() == "jobs"
    assert summary.text() == "2 of 3 workers  ·  figures: the whole run"
    panel.show_scope(Scope("other", "all"))
    await until(lambda: shown() == (["there"], (2, 2)))
    assert summary.text().startswith("1 of 3 workers  ·  the line below: all of other")
    panel.show_scope(Scope("nowhere"))
    await until(lambda: shown() == ([], (0, 0)))
    assert summary.text().startswith("no worker takes from here")
    asked: list[bool] = []
    panel.all_wanted.connect(lambda: asked.append(True))
    child(panel, QPushButton, "timelineScopeAll").click()
    assert asked
    panel.show_scope(Scope())
    await until(lambda: shown() == (["slow", "idle", "there"], (9, 2)))


async def test_the_figures_of_the_run_stand_above_with_what_they_mean(panel: TimelinePanel, studio: Studio) -> None:
    await _run(studio, _worker("one"), _worker("two"), count=20)
    await until(lambda: "finished in" in panel.figures.said)
    assert all(words in panel.figures.said for words in ("best possible", "fairness", "redelivered 0"))
    for label in panel.figures.findChildren(QLabel):
        if label.isVisible() and label.text() != "·":
            assert label.toolTip()
            assert label.width() >= label.sizeHint().width()
            assert label.geometry().right() <= panel.figures.width()


async def test_it_is_exported_as_a_picture_a_drawing_and_a_table(
    panel: TimelinePanel, studio: Studio, tmp_path: Path
) -> None:
    await _run(studio, _worker("one"), count=10)
    await _settled(studio, 10)
    studio.timeline.note(Incident(float(studio.timeline.deliveries["ended"][4]), "pause one"))
    folder = tmp_path / "exports"
    folder.mkdir()
    picture, drawing, table = (folder / f"run.{ending}" for ending in ("png", "svg", "csv"))
    await panel.export.export(picture, panel.export.picture)
    await panel.export.export(drawing, panel.export.drawing)
    await panel.export.export(table, panel.export.table)
    assert QImage(str(picture)).width() > 800
    assert "pause one" in [text.text for text in ET.parse(drawing).getroot().iter("{http://www.w3.org/2000/svg}text")]
    with table.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["outcome"] for row in rows] == ["acknowledged"] * 10
    assert [event.text for event in studio.events if "timeline" in event.text] == [
        f"The timeline was written to {file}." for file in (picture, drawing, table)
    ]
    await panel.export.export(folder / "none" / "run.csv", panel.export.table)
    assert "could not be written" in studio.events[-1].text
    assert {file.name for file in _files(folder)} == {picture.name, drawing.name, table.name}


async def test_the_picture_has_a_title_and_a_margin_and_no_buttons(
    panel: TimelinePanel, studio: Studio, theme: Theme
) -> None:
    await _run(studio, _worker("one"), count=10)
    await _settled(studio, 10)
    await until(lambda: "best possible" in panel.figures.said)
    panel.fit()
    back = child(panel, QPushButton, "timelineBackToLive")
    await until(back.isVisible)
    there = QRect(back.mapTo(panel.chart, QPoint()), back.size())
    with_it, without = panel.chart.grab(there).toImage(), panel.chart.picture().toImage().copy(there)
    assert with_it != without
    assert back.isVisible()
    picture = QImage.fromData(await panel.export.picture())
    if file := os.environ.get("WQS_PICTURE"):
        picture.save(file)
    ground = QColor(theme.tones.window)
    assert all(picture.pixelColor(x, y) == ground for x in range(16) for y in range(picture.height()))
    line = QRect(16, 16, picture.width() - 32, 24)
    inked = [
        x for x in range(line.left(), line.right()) if any(picture.pixelColor(x, y) != ground for y in range(16, 40))
    ]
    assert inked[0] < 40  # the title
    assert inked[-1] > picture.width() - 40  # the time


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_the_export_menu_offers_three_kinds_of_file(panel: TimelinePanel) -> None:
    menu = child(panel, QToolButton, "timelineExport").menu()
    assert [action.text().split("(")[1][:3] for action in menu.actions()] == ["PNG", "SVG", "CSV"]


@pytest.mark.parametrize("height", [120, 132, 176, 240])
async def test_the_foot_of_the_waiting_line_stands_on_the_clock_however_low_the_window_is(
    panel: TimelinePanel, studio: Studio, height: int
) -> None:
    """A window of 1000x620 leaves so little, with a run's strip above and its figures on three lines."""
    await _run(studio, *(_worker(f"worker-{number}") for number in range(4)))
    await _settled(studio, 12)
    panel.chart.setFixedHeight(height)
    line, clock = panel.chart.line, panel.chart.findChildren(TimelineAxis)[0]
    await until(lambda: panel.chart.height() == height and line.geometry().bottom() < clock.y())
    assert clock.geometry().bottom() < height
    assert panel.chart.bars.geometry().bottom() < line.y()
    assert min(panel.chart.bars.height(), line.height()) > 30


async def test_many_lanes_are_scrolled_through(panel: TimelinePanel, studio: Studio) -> None:
    workers = tuple(
        WorkerState(number, WorkerSpec(f"worker-{number}", SOURCE), Phase.WAITING, host=1) for number in range(1, 201)
    )
    studio.timeline.take(FleetBatch(workers=workers))
    bars, scroll = panel.chart.bars, child(panel, QScrollBar, "timelineScroll")
    await until(lambda: len(bars.lanes) == 200 and scroll.isVisible())
    assert bars.pitch == 6
    assert bars.lane_at(3) == 0
    scroll.setValue(scroll.maximum())
    await until(lambda: bars.lane_at(bars.height() - 3) == 199)
