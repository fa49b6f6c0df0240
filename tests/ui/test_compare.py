"""Settings compared in a real window on real brokers."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDockWidget,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QToolButton,
    QWidget,
)

from tests.rabbit_servers import RabbitHost
from tests.servers import NatsServer
from tests.ui.windows import child, window_on
from tests.waiting import until
from wqstudio.background import spawn
from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario, Setting
from wqstudio.engine.playing.player import Player
from wqstudio.engine.studio import Studio
from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.reading import read
from wqstudio.ui.compare_play import CompareAudience, ComparePlay
from wqstudio.ui.elided_box import ElidedBox
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.panels.compare_live import CompareLive
from wqstudio.ui.panels.compare_setup import CompareSetup
from wqstudio.ui.panels.comparison_result import ComparisonResult
from wqstudio.ui.play import Play
from wqstudio.ui.theme import SPACE_XS, Theme, lane_color

_SHORT = """
title = "Slow and fast"
summary = "Two workers of different speed."
seconds = 20

[[queues]]
name = "shared"

[[workers]]
name = "slow"
service = 0.02
spread = "fixed"
speed = 0.2

[[workers]]
name = "fast"
service = 0.02
spread = "fixed"

[[producers]]
messages = 16
rate = 0

[[settings]]
name = "many"
title = "Ten at a time"
prefetch = 10

[[settings]]
name = "one"
title = "One at a time"
prefetch = 1

[[faults]]
at = 0.1
action = "speed"
target = "slow"
value = 0.2

[[expectations]]
figure = "acknowledged"
is = 16
"""

LocalPlayer = Callable[[Product], AbstractAsyncContextManager[Player]]


def _scenario(messages: int = 16) -> Scenario:
    return read(_SHORT.replace("messages = 16", f"messages = {messages}"), "slow-and-fast", "slow-and-fast")


def _endless() -> Scenario:
    """Until somebody stops it."""
    text = _SHORT.replace("messages = 16\nrate = 0", "rate = 2\nseed = 5")
    return read(
        text.replace("seconds = 20", 'seconds = 20\nends = "time"').partition("[[settings]]")[0], "mine", "mine"
    )


@pytest_asyncio.fixture
async def window(nats_server: NatsServer, theme: Theme, tmp_path: Path) -> AsyncIterator[MainWindow]:
    async with window_on(nats_server.connection, theme, tmp_path, own=True) as shown:
        yield shown


@pytest.fixture
def local_player(request: pytest.FixtureRequest) -> LocalPlayer:
    """RabbitMQ alone, on the node of all tests, which starts only for those that ask."""

    @asynccontextmanager
    async def play_on(product: Product) -> AsyncIterator[Player]:
        assert product is Product.RABBITMQ
        host: RabbitHost = request.getfixturevalue("rabbit_host")
        studio = await Studio.open(host.connection, worker_hosts=1)
        try:
            yield Player(studio)
        finally:
            await studio.close()

    return play_on


@pytest_asyncio.fixture
async def play(window: MainWindow) -> AsyncIterator[Play]:
    assert window.studio is not None
    made = Play(window.studio, window.show_run_state)
    yield made
    await made.close()


@pytest_asyncio.fixture(autouse=True)
async def comparisons(window: MainWindow, play: Play, local_player: LocalPlayer) -> AsyncIterator[ComparePlay]:
    """As the program itself ties it to the window."""
    said = window.comparisons
    told = CompareAudience(said.show_comparing, said.show_compared, said.show_over)
    made = ComparePlay(play, Product.NATS, told, local_player)
    window.comparisons.requested.connect(made.begin)
    window.comparisons.stop_requested.connect(lambda: spawn(made.stop(), "stop"))
    yield made
    await made.close()


def _result(window: MainWindow) -> ComparisonResult:
    return child(window, ComparisonResult, "comparisonResult")


def _setup(window: MainWindow) -> CompareSetup:
    return child(window, CompareSetup, "compareSetup")


def _cells(window: MainWindow, name: str) -> list[str]:
    return [cell.words for row in _result(window).figures.rows.table.rows if row.name == name for cell in row.cells]


async def _compare(window: MainWindow, scenario: Scenario) -> None:
    window.comparisons.compare(scenario, Product.NATS)
    await until(child(window, QWidget, "compareStrip").isVisible)
    await until(lambda: not child(window, QWidget, "compareStrip").isVisible(), within=60)


async def test_settings_are_played_one_after_the_other_and_stand_side_by_side(window: MainWindow) -> None:
    window.comparisons.compare(_scenario(), Product.NATS)
    tabs = child(window, QTabWidget, "tabs")
    assert tabs.tabText(tabs.currentIndex()) == "Compare"
    told = child(window, QLabel, "compareTitle")
    await until(lambda: told.text() == "Slow and fast  ·  1 of 2: Ten at a time")
    assert not window.actions_by_name["runScenario"].isEnabled()
    live = child(window, CompareLive, "compareLive")
    assert live.isVisible()
    await until(lambda: [lane.name for lane in live.chart.bars.lanes.lanes] == ["slow", "fast"])
    assert live.chart.bars.start < time.time() < live.chart.bars.start + live.chart.bars.span
    picture, line = live.chart.line.grab().toImage(), live.chart.line
    assert {picture.pixel(line.width() - 3, y) for y in range(line.height())} == {picture.pixel(line.width() - 3, 0)}
    await until(lambda: told.text().endswith("2 of 2: One at a time"))
    await until(lambda: not child(window, QWidget, "compareStrip").isVisible())
    assert window.actions_by_name["runScenario"].isEnabled()
    said = child(window, QLabel, "comparisonConclusion").text()
    assert said.startswith("“One at a time” finished in ")
    assert "% sooner" in said.replace("\N{NARROW NO-BREAK SPACE}", " ")
    reasons = child(window, QLabel, "comparisonReasons").text()
    assert reasons.startswith("Under “Ten at a time”, fast idled")
    assert len(_result(window).charts.charts) == 2
    for chart in _result(window).charts.charts:
        (done,) = chart.timeline.incidents
        assert done.words == "set the speed of slow to 0.2"
        await until(lambda: 0 < chart.line.x_of(done.at) < chart.line.width())  # noqa: B023  awaited in this turn
    first, second = _cells(window, "Makespan")
    assert "better" not in first
    assert second.endswith(", better")
    assert _cells(window, "Tasks acknowledged")[0] == "16"
    assert "the same" in _cells(window, "Tasks acknowledged")[1]
    assert _cells(window, "Tasks lost") == ["0", "0  the same"]
    assert window.studio is not None
    assert all(worker.phase.over for worker in window.studio.fleet.workers.values())
    listed = {worker.spec.name: worker.place for worker in window.studio.fleet.workers.values()}
    assert listed == {"slow": 0, "fast": 1}
    for chart in _result(window).charts.charts:
        assert {lane.name: lane.place for lane in chart.timeline.lanes} == listed
        picture, pitch = chart._names.grab().toImage(), chart.bars.pitch
        chips = [picture.pixelColor(SPACE_XS + 1, round(pitch * (lane + 0.5))) for lane in range(2)]
        assert chips == [lane_color(place) for place in listed.values()]


async def test_stop_ends_it_in_good_order_and_shows_what_was_played(window: MainWindow) -> None:
    window.comparisons.compare(_scenario(5000), Product.NATS)
    await until(lambda: "acknowledged" in child(window, QLabel, "compareProgress").text())
    child(window, QPushButton, "compareStop").click()
    await until(lambda: not child(window, QWidget, "compareStrip").isVisible())
    assert "was not done in time" in child(window, QLabel, "comparisonConclusion").text()
    assert len(_result(window).charts.charts) == 1
    assert window.studio is not None
    assert all(worker.phase.over for worker in window.studio.fleet.workers.values())
    child(window, QPushButton, "compareChange").click()
    assert child(window, QPushButton, "compareRun").isVisible()
    assert child(window, QPushButton, "compareRun").isEnabled()
    child(window, QPushButton, "compareBack").click()
    assert _result(window).isVisible()


async def test_a_setting_of_the_other_product_is_played_on_a_broker_of_that(window: MainWindow) -> None:
    child(window, QTabWidget, "tabs").setCurrentWidget(child(window, QWidget, "comparePanel"))
    compare = _setup(window)
    compare.show_scenario(_scenario())
    broker = child(window, QComboBox, "setting 1 broker")
    broker.setCurrentIndex(broker.findText("RabbitMQ"))
    broker.activated.emit(broker.currentIndex())
    child(window, QPushButton, "compareRun").click()
    await until(child(window, QWidget, "compareStrip").isVisible)
    await until(lambda: not child(window, QWidget, "compareStrip").isVisible(), within=90)
    charts = [chart.accessibleName() for chart in _result(window).charts.charts]
    assert len(charts) == 2
    assert charts[0].startswith("Prefetch 10, on RabbitMQ")
    assert [cell.split()[0] for cell in _cells(window, "Tasks acknowledged")] == ["16", "16"]


async def test_cards_are_edited_added_and_removed(window: MainWindow) -> None:
    child(window, QTabWidget, "tabs").setCurrentWidget(child(window, QWidget, "comparePanel"))
    setup = _setup(window)
    setup.show_scenario(_scenario())
    child(window, QPushButton, "compareAdd").click()
    held = child(window, QComboBox, "setting 3 pull size")
    held.setCurrentText("50")
    held.activated.emit(held.currentIndex())
    speeds = child(window, QLineEdit, "setting 3 speeds")
    speeds.setText("×1, 0.5")
    QTest.keyClick(speeds, Qt.Key.Key_Return)
    comparison = setup.comparison()
    assert comparison is not None
    third = comparison.settings[2]
    assert (third.prefetch, third.speeds) == (50, (1.0, 0.5))
    assert third.title == "Pull size 50, speeds ×1, ×0.5"
    assert len({setting.name for setting in comparison.settings}) == 3
    first = child(window, QWidget, "setting 1")
    child(first, QToolButton, "settingRemove").click()
    comparison = setup.comparison()
    assert comparison is not None
    assert [setting.prefetch for setting in comparison.settings] == [1, 50]
    remove = child(child(window, QWidget, "setting 1"), QToolButton, "settingRemove")
    assert not remove.isEnabled()


async def test_with_a_wrong_entry_nothing_is_played_and_beside_it_stands_what_is_wrong(window: MainWindow) -> None:
    child(window, QTabWidget, "tabs").setCurrentWidget(child(window, QWidget, "comparePanel"))
    setup = _setup(window)
    setup.show_scenario(_scenario())
    asked: list[object] = []
    window.comparisons.requested.disconnect()
    window.comparisons.requested.connect(asked.append)
    run = child(window, QPushButton, "compareRun")
    card = child(window, QWidget, "setting 1")
    held, speeds = child(card, QComboBox, "setting 1 pull size"), child(card, QLineEdit, "setting 1 speeds")
    held.setCurrentText("abc")
    run.click()  # by a key, without leaving the field
    speeds.setText("fast, -1")
    QTest.keyClick(speeds, Qt.Key.Key_Return)
    assert (held.currentText(), speeds.text()) == ("abc", "fast, -1")
    said = [label.text() for label in card.findChildren(QLabel) if label.property("kind") == "error"]
    assert [each for each in said if each] == [
        "A number from 1 to 9,999, or “no limit”",
        "“fast” is not a speed above 0 and up to 1,000",
    ]
    child(window, QPushButton, "compareAdd").click()
    assert held.currentText() == "abc"
    assert not run.isEnabled()
    run.click()
    assert not asked
    held.setCurrentText("7")
    QTest.keyClick(held, Qt.Key.Key_Return)
    speeds.setText("2")
    QTest.keyClick(speeds, Qt.Key.Key_Return)
    run.click()
    (comparison,) = asked
    assert (comparison.settings[0].prefetch, comparison.settings[0].speeds) == (7, (2.0,))  # type: ignore[attr-defined]


async def test_what_is_played_by_hand_is_compared_under_other_settings(window: MainWindow, play: Play) -> None:
    trouble = child(window, QLabel, "trouble")
    window.actions_by_name["compareNow"].trigger()
    assert "nothing to compare yet" in trouble.text()
    studio = window.studio
    assert studio is not None
    await play.run(_endless())
    await studio.at_work()
    fast = next(id_ for id_, worker in studio.fleet.workers.items() if worker.spec.name == "fast")
    await studio.fleet.set_speed(fast, 3.0)
    await until(lambda: [lane.speed for lane in studio.timeline.lanes] == [0.2, 3.0])
    child(window, QToolButton, "timelineCompare").click()
    assert not trouble.isVisible()
    chooser, run = child(window, QComboBox, "compareScenario"), child(window, QPushButton, "compareRun")
    assert chooser.currentText() == "What I play now"
    comparison = _setup(window).comparison()
    assert comparison is not None
    assert [setting.title for setting in comparison.settings] == ["As it is", "Ten at a time"]
    assert [worker.speed for worker in comparison.scenario.workers] == [0.2, 3.0]
    assert [(producer.count, producer.seed) for producer in comparison.scenario.producers] == [(20, 5)]
    assert set(comparison.scenario.products) == set(Product)
    assert run.isEnabled()  # what is played gives way to it, to no other
    chooser.setCurrentIndex(chooser.findData("fair-dispatch"))
    chooser.activated.emit(chooser.currentIndex())
    assert run.toolTip() == "A scenario is running; stop it first"
    assert not run.isEnabled()
    chooser.activated.emit(chooser.findData("what-i-play-now"))
    run.click()
    await until(child(window, QWidget, "compareStrip").isVisible)
    assert all(worker.phase.over for worker in studio.fleet.workers.values() if worker.id <= fast)
    await until(lambda: not child(window, QWidget, "compareStrip").isVisible(), within=60)
    assert [cell.split()[0] for cell in _cells(window, "Tasks acknowledged")] == ["20", "20"]


async def test_suggestions_are_settings_to_begin_with(window: MainWindow) -> None:
    child(window, QTabWidget, "tabs").setCurrentWidget(child(window, QWidget, "comparePanel"))
    setup = _setup(window)
    setup.show_scenario(_scenario())
    menu = child(window, QPushButton, "compareSuggestions").menu()
    menu.aboutToShow.emit()
    titles = [action.text() for action in menu.actions()]
    assert titles[0] == "The scenario's own"
    menu.actions()[titles.index("Pull size 1, 10, 50 and no limit")].trigger()
    comparison = setup.comparison()
    assert comparison is not None
    assert [setting.prefetch for setting in comparison.settings] == [1, 10, 50, 0]


def _suggested(window: MainWindow) -> dict[str, QAction]:
    menu = child(window, QPushButton, "compareSuggestions").menu()
    menu.aboutToShow.emit()
    return {action.text(): action for action in menu.actions()}


async def test_each_setting_that_is_shown_can_be_compared_across_the_brokers(window: MainWindow) -> None:
    """The scenario's own, and what a person makes of them."""
    child(window, QTabWidget, "tabs").setCurrentWidget(child(window, QWidget, "comparePanel"))
    setup = _setup(window)
    setup.show_scenario(_scenario())
    held = child(window, QComboBox, "setting 2 pull size")
    held.setCurrentText("3")
    held.activated.emit(0)
    suggested = _suggested(window)
    assert {"NATS against RabbitMQ: Ten at a time", "NATS against RabbitMQ: Pull size 3"} < {*suggested}
    assert not any(text.startswith("Not on both") for text in suggested)
    suggested["NATS against RabbitMQ: Pull size 3"].trigger()
    comparison = setup.comparison()
    assert comparison is not None
    assert [(each.title, each.prefetch, each.product) for each in comparison.settings] == [
        ("Pull size 3 on NATS", 3, Product.NATS),
        ("Pull size 3 on RabbitMQ", 3, Product.RABBITMQ),
    ]
    assert "NATS against RabbitMQ: Pull size 3" in _suggested(window)


async def test_why_settings_are_not_compared_across_the_brokers_is_said(window: MainWindow) -> None:
    child(window, QTabWidget, "tabs").setCurrentWidget(child(window, QWidget, "comparePanel"))
    _setup(window).show_scenario(replace(_scenario(), products=(Product.NATS,)))
    suggested = _suggested(window)
    assert not suggested["Not on both brokers: this is a pattern of NATS"].isEnabled()
    assert not any(text.startswith("NATS against") for text in suggested)


async def test_the_page_of_a_scenario_without_settings_leads_to_choosing_some(window: MainWindow) -> None:
    plain = next(scenario for scenario in SCENARIOS if scenario.name == "work-queue")
    window.scenarios.show_gallery(plain)
    compare = child(window, QPushButton, "scenarioCompare")
    assert compare.text() == "Compare under other settings…"
    compare.click()
    tabs = child(window, QTabWidget, "tabs")
    assert tabs.tabText(tabs.currentIndex()) == "Compare"
    assert child(window, QComboBox, "compareScenario").currentData() == "work-queue"
    assert not child(window, QWidget, "compareStrip").isVisible()


async def test_the_tab_opens_on_what_comparing_says_most_of(window: MainWindow) -> None:
    child(window, QTabWidget, "tabs").setCurrentWidget(child(window, QWidget, "comparePanel"))
    assert child(window, QComboBox, "compareScenario").currentData() == "fair-dispatch"


def _wheel(widget: QWidget, turned: int, key: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> bool:
    """Whether it was for the widget; else Qt gives what a hand does to those around it."""
    here = QPointF(widget.width() / 2, widget.height() / 2)
    wheel = QWheelEvent(
        here, QPointF(widget.mapToGlobal(here.toPoint())), QPoint(), QPoint(0, turned), Qt.MouseButton.NoButton, key,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, wheel)
    return wheel.isAccepted()


async def test_charts_zoom_together_by_ctrl_and_wheel_and_the_wheel_alone_is_for_the_page(window: MainWindow) -> None:
    await _compare(window, _scenario())
    charts = _result(window).charts
    upper, lower = (chart.bars for chart in charts.charts)
    await until(lambda: upper.span == lower.span > 1e-6 and upper.width() > 100)
    whole = upper.span
    for surface in (upper, charts.charts[0].line, child(charts, QWidget, "runAxis")):
        assert not _wheel(surface, -120)
    assert upper.span == whole
    assert _wheel(upper, 240, Qt.KeyboardModifier.ControlModifier)
    assert upper.span == lower.span < whole
    assert upper.start == lower.start
    back = child(window, QToolButton, "comparisonShowAll")
    assert back.isVisible()
    back.click()
    assert upper.span == pytest.approx(whole)
    assert not back.isVisible()


async def test_with_four_settings_in_a_small_window_nothing_is_cut(window: MainWindow) -> None:
    more = [Setting("five", "Five at a time", prefetch=5), Setting("two", "Two at a time", prefetch=2)]
    scenario = _scenario(8)
    await _compare(window, replace(scenario, settings=(*scenario.settings, *more), expectations=()))
    result = _result(window)
    for size in ((1440, 900), (1100, 700)):
        window.resize(*size)
        await until(lambda: (window.width(), window.height()) == size)  # noqa: B023  awaited in this turn
        charts = result.charts.charts
        await until(lambda: all(chart.bars.wanted_height <= chart.bars.height() for chart in charts))  # noqa: B023
        assert len(charts) == 4
        assert [[lane.name for lane in chart.bars.lanes.lanes] for chart in charts] == 4 * [["slow", "fast"]]
        for chart in charts:
            assert chart.bars.pitch >= 13  # a name's height
            assert chart.bars.x_of(chart.bars.end.at) < chart.bars.width() * (1 - chart.bars.end.words) + 1
        figures = result.figures
        assert figures.verticalScrollBar().maximum() == figures.horizontalScrollBar().maximum() == 0
        page = child(result, QScrollArea, "comparisonPage")
        assert page.verticalScrollBar().maximum() > 0
        figures.setCurrentIndex(figures.rows.index(figures.rows.rowCount() - 1, 0))
        last = figures.visualRect(figures.currentIndex())
        assert page.viewport().rect().contains(figures.viewport().mapTo(page.viewport(), last.center()))
        heads, own = child(page, QHeaderView, "keptHeads"), figures.horizontalHeader()
        assert heads.isVisible()
        assert heads.geometry().topLeft() == QPoint(figures.mapTo(page.viewport(), QPoint()).x(), 0)
        assert [heads.sectionSize(n) for n in range(5)] == [own.sectionSize(n) for n in range(5)]
        row = figures.rows.index(figures.rows.rowCount() // 2, 0)
        figures.setCurrentIndex(row)
        chosen = figures.viewport().mapTo(page.viewport(), figures.visualRect(row).topLeft())
        assert chosen.y() >= heads.height()  # none that was asked for is covered
        figures.setCurrentIndex(figures.rows.index(0, 0))
        page.verticalScrollBar().setValue(0)
        assert not heads.isVisible()


async def test_two_settings_have_their_timelines_and_figures_in_sight_at_once(window: MainWindow) -> None:
    """As the others see to it that there is room: those at the left and below are back with the next tab."""
    aside = [child(window, QDockWidget, name) for name in ("explorerDock", "eventsDock")]
    child(window, QDockWidget, "workersDock").setFloating(False)
    assert all(dock.isVisible() for dock in aside)
    await _compare(window, _scenario())
    assert not any(dock.isVisible() for dock in aside)
    assert child(window, QDockWidget, "workersDock").isVisible()
    figures, page = _result(window).figures, child(window, QScrollArea, "comparisonPage")

    def in_sight() -> list[str]:
        place = page.viewport().rect()
        rows = range(figures.rows.rowCount())
        return [
            figures.rows.table.rows[row].name
            for row in rows
            if place.contains(
                figures.viewport().mapTo(page.viewport(), figures.visualRect(figures.rows.index(row, 0)).bottomLeft())
            )
        ]

    await until(lambda: len(in_sight()) >= 10)
    assert in_sight()[:6] == [row.name for row in figures.rows.table.rows[:6]]
    tabs = child(window, QTabWidget, "tabs")
    tabs.setCurrentIndex(0)
    assert all(dock.isVisible() for dock in aside)
    tabs.setCurrentWidget(child(window, QWidget, "comparePanel"))
    assert not any(dock.isVisible() for dock in aside)
    aside[0].show()  # as its entry in the menu does
    child(window, QPushButton, "compareChange").click()
    assert all(dock.isVisible() for dock in aside)


async def test_the_layout_that_is_remembered_has_the_panels_that_stepped_aside(window: MainWindow) -> None:
    await _compare(window, _scenario(4))
    studio = window.studio
    assert studio is not None
    window.detach()
    window.attach(studio, own=True)
    assert child(window, QDockWidget, "explorerDock").isVisible()
    assert child(window, QDockWidget, "eventsDock").isVisible()


async def test_the_bar_names_what_is_compared_also_where_that_is_in_no_list(window: MainWindow) -> None:
    chooser = child(window, ElidedBox, "scenarioChooser")
    before = chooser.currentText()
    window.comparisons.compare(_scenario(300), Product.NATS)
    await until(lambda: chooser.said == "Slow and fast")
    assert chooser.toolTip() == "Slow and fast"
    child(window, QPushButton, "compareStop").click()
    await until(lambda: chooser.said == before)
    listed = next(each for each in SCENARIOS if each.name == "fair-dispatch")
    window.comparisons.compare(listed, Product.NATS)
    await until(lambda: chooser.currentText() == listed.title)
    assert chooser.toolTip() == f"{listed.title}\n{listed.summary}"
    child(window, QPushButton, "compareStop").click()
    await until(lambda: not child(window, QWidget, "compareStrip").isVisible())
    assert chooser.currentText() == listed.title


async def test_what_came_of_it_is_saved_and_copied(window: MainWindow, tmp_path: Path) -> None:
    await _compare(window, _scenario())
    export = _result(window).export
    for name, make in (("a.html", export.report), ("a.csv", export.figures), ("a.png", export.picture)):
        await export.export(tmp_path / name, make)
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "One at a time" in page
    assert "sooner" in page
    assert page.count("set the speed of slow to 0.2</text>") == 2  # above the lanes of each run
    assert "All 6 expectations are met" in page  # all are worked off, in time, and none lost, in both runs
    assert (tmp_path / "a.csv").read_text().startswith("figure,unit,of,Ten at a time,One at a time,definition\n")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    menu = export.button.menu()
    assert menu is not None
    next(action for action in menu.actions() if action.text() == "Copy figures as text").trigger()
    assert QGuiApplication.clipboard().text().startswith("Figure\tTen at a time\tOne at a time\nMakespan\t")
    await export.export(tmp_path / "nowhere" / "a.csv", export.figures)
    assert window.studio is not None
    assert "could not be written" in window.studio.events[-1].text


async def test_round_robin_against_fair_dispatch_is_one_click(window: MainWindow) -> None:
    asked: list[object] = []
    window.comparisons.requested.disconnect()
    window.comparisons.requested.connect(asked.append)
    window.actions_by_name["compareFair"].trigger()
    await asyncio.sleep(0)
    (comparison,) = asked
    assert comparison.scenario.name == "fair-dispatch"  # type: ignore[attr-defined]
    assert [setting.prefetch for setting in comparison.settings] == [0, 1]  # type: ignore[attr-defined]
