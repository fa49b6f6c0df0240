"""Scenarios played in a real window on a real server, to their verdicts."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTabWidget,
    QToolButton,
    QWidget,
)

from tests.servers import NatsServer
from tests.ui.scenario_texts import SHORT
from tests.ui.windows import W, child, playing, window_on
from tests.waiting import until
from wqstudio.domain.commands import StartWorker
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.queue import Source
from wqstudio.domain.worker import WorkerSpec
from wqstudio.engine.studio import Studio
from wqstudio.scenarios.reading import read
from wqstudio.ui.command_palette import CommandPalette
from wqstudio.ui.elided_box import ElidedBox
from wqstudio.ui.graphs.run_chart import RunChart
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.models.dispatch_words import phrases
from wqstudio.ui.panels.result_sheet import ResultSheet
from wqstudio.ui.panels.scenario_card import ScenarioCard
from wqstudio.ui.panels.timeline import TimelinePanel
from wqstudio.ui.play import Play
from wqstudio.ui.theme import Theme


@pytest_asyncio.fixture
async def window(nats_server: NatsServer, theme: Theme, tmp_path: Path) -> AsyncIterator[MainWindow]:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "two-at-work.toml").write_text(SHORT, encoding="utf-8")
    async with window_on(nats_server.connection, theme, tmp_path, own=True, scenario_folder=folder) as shown:
        yield shown


@pytest.fixture
def studio(window: MainWindow) -> Studio:
    assert window.studio is not None
    return window.studio


@pytest_asyncio.fixture
async def play(window: MainWindow) -> AsyncIterator[Play]:
    async with playing(window) as made:
        yield made


async def test_scenarios_are_explored_and_searched_by_keyboard_alone(window: MainWindow) -> None:
    window.actions_by_name["exploreScenarios"].trigger()
    first = window.focusWidget()
    assert isinstance(first, ScenarioCard)
    assert first is window.findChildren(ScenarioCard)[0]
    child(window, QComboBox, "timeWindow").setFocus()  # from anywhere in the window
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: window.focusWidget() is child(window, QLineEdit, "gallerySearch"))


@pytest.mark.usefixtures("play")
async def test_it_is_played_to_its_verdicts_which_a_report_keeps(window: MainWindow, tmp_path: Path) -> None:
    window.actions_by_name["palette"].trigger()
    typed = child(child(window, CommandPalette, "commandPalette"), QLineEdit, "paletteInput")
    typed.setText("two at work")
    QTest.keyClick(typed, Qt.Key.Key_Return)
    assert _expected(window)[0] == "Expected: All twelve are worked off."
    assert len(_expected(window)) == 4
    run = child(window, QPushButton, "scenarioRun")
    run.click()
    strip = child(window, QWidget, "playStrip")
    await until(strip.isVisible)
    assert not run.isEnabled()
    await until(lambda: "of 20" in child(window, QLabel, "playProgress").text())
    child(window, QPushButton, "playWatch").click()
    assert child(window, TimelinePanel, "timelinePanel").isVisible()
    await until(lambda: window.findChild(ResultSheet) is not None)
    sheet = child(window, ResultSheet, "resultSheet")
    assert not strip.isVisible()
    assert child(sheet, QLabel, "resultHeadline").text() == "1 of 4 expectations does not hold"
    lines = [line.accessibleName() for line in sheet.findChildren(QWidget, "resultLine")]
    assert lines[0] == "Does not hold: A hundred are worked off. acknowledged: 12, expected at least 100"
    assert "Holds: All twelve are worked off. acknowledged: 12, expected 12" in lines
    shown = [label.text() for label in sheet.findChildren(QLabel)]
    assert shown[shown.index("published") - 1] == "12"
    child(sheet, QPushButton, "resultReport").click()
    report = tmp_path / "report.html"
    child(sheet, QFileDialog, "reportFile").fileSelected.emit(str(report))
    await until(lambda: "report.html" in child(sheet, QLabel, "resultTold").text())
    assert "A hundred are worked off." in report.read_text(encoding="utf-8")
    tabs = child(window, QTabWidget, "tabs")
    child(sheet, QPushButton, "resultTimeline").click()
    assert tabs.tabText(tabs.currentIndex()) == "Timeline"
    _sees_whole_run(window, 2)
    assert child(window, QTableWidget, "ledgerWorkers").rowCount() == 3  # its account is in the ledger, too
    assert child(window, QPushButton, "scenarioRun").isEnabled()
    assert _expected(window) == [
        "Holds: All twelve are worked off.",
        "Does not hold: A hundred are worked off.",
        "Holds: All work is done in time.",
        "Holds: No task is lost.",
    ]
    last = child(window, QPushButton, "scenarioResult")
    assert last.text().endswith(": 1 of 4 expectations does not hold")
    await until(lambda: window.findChild(ResultSheet) is None)
    last.click()
    again = child(window, ResultSheet, "resultSheet")
    assert [line.accessibleName() for line in again.findChildren(QWidget, "resultLine")] == lines


def _expected(window: MainWindow) -> list[str]:
    """As the page of the scenario has it."""
    page = child(window, QWidget, "scenarioPage")
    return [line.accessibleName() for line in page.findChildren(QWidget, "scenarioExpectation")]


def _sees_whole_run(window: MainWindow, workers: int) -> None:
    """And follows no more."""
    panel, ended = child(window, TimelinePanel, "timelinePanel"), window.studio.timeline.finished  # type: ignore[union-attr]
    assert ended is not None
    panel.chart.advance(time.time())
    panel.chart.advance(time.time() + 60)
    bars = panel.chart.bars
    assert bars.start < ended.began < ended.ended < bars.start + bars.span
    assert bars.span < 1.2 * (ended.ended - ended.began)
    assert len(bars.lanes) == workers


async def test_the_timeline_is_of_the_run_alone_until_something_new_begins(
    window: MainWindow, studio: Studio, play: Play
) -> None:
    await studio.play(read(SHORT, "by-hand", "by-hand"))
    await until(lambda: len(studio.timeline.deliveries) >= 3)
    await studio.fleet.stop_all()
    tabs, panel = child(window, QTabWidget, "tabs"), child(window, TimelinePanel, "timelinePanel")
    tabs.setCurrentWidget(panel)
    await play.run(read(SHORT.replace("rate = 10", "rate = 40"), "short", "short"))
    await until(lambda: window.findChild(ResultSheet) is not None)
    await until(lambda: panel.figures.said.startswith("finished in"))
    ended = studio.timeline.finished
    assert ended is not None
    assert isinstance(ended.figures, Figures)
    assert (ended.figures.tasks, len(ended.figures.workers)) == (12, 2)
    assert ended.ended - ended.began < 2
    assert panel.figures.said == " · ".join(phrase.text for phrase in phrases(ended.figures, over=True))
    _sees_whole_run(window, 2)
    child(panel, QPushButton, "timelineBackToLive").click()
    panel.chart.advance(time.time())
    assert panel.chart.bars.span > 1.2 * (ended.ended - ended.began)
    assert not child(panel, QPushButton, "timelineBackToLive").isVisible()
    QTest.keyClick(panel.chart, Qt.Key.Key_Home)
    _sees_whole_run(window, 2)
    child(panel, QToolButton, "timelineFit").click()
    _sees_whole_run(window, 2)
    await studio.executor.run(StartWorker(WorkerSpec("by hand", Source("shared", "workers"))))
    await until(lambda: [lane.name for lane in panel.chart.bars.lanes.lanes] == ["by hand"])
    assert not child(panel, QPushButton, "timelineBackToLive").isVisible()


async def test_stop_ends_it_in_good_order_and_it_can_be_run_again(
    window: MainWindow, studio: Studio, play: Play
) -> None:
    await play.run(read(SHORT.replace("messages = 12", "messages = 5000"), "long", "long"))
    await until(lambda: any(worker.acked for worker in studio.fleet.workers.values()))
    window.actions_by_name["stopScenario"].trigger()
    await until(lambda: window.findChild(ResultSheet) is not None)
    assert child(window, QLabel, "resultHeadline").text().endswith("though it was stopped early")
    assert all(worker.phase.over for worker in studio.fleet.workers.values())
    child(window, QPushButton, "resultAgain").click()
    strip = child(window, QWidget, "playStrip")
    await until(strip.isVisible)
    child(window, QPushButton, "playStop").click()
    await until(lambda: not strip.isVisible())


@pytest.mark.usefixtures("play")
async def test_the_bar_runs_the_scenario_whose_page_is_looked_at(window: MainWindow) -> None:
    chooser, library = child(window, QComboBox, "scenarioChooser"), window.scenarios.library
    mine, other = library.named("two-at-work"), library.named("work-queue")
    assert mine is not None
    assert other is not None
    assert chooser.currentText() not in {mine.title, other.title}
    window.scenarios.show_gallery(mine)
    assert chooser.currentText() == mine.title
    assert child(window, QToolButton, "runScenarioButton").toolTip().startswith(f"{mine.title}: Run the scenario")
    window.actions_by_name["runScenario"].trigger()
    strip = child(window, QWidget, "playStrip")
    await until(lambda: strip.isVisible() and "of 20" in child(window, QLabel, "playProgress").text())
    assert child(window, QLabel, "playTitle").text() == mine.title
    window.scenarios.show_gallery(other)
    assert chooser.currentText() == mine.title  # that is what runs
    window.actions_by_name["stopScenario"].trigger()
    await until(lambda: chooser.currentText() == other.title)


@pytest.mark.parametrize(("name", "why"), [
    ("transient-queue", "This is a pattern of RabbitMQ, and connected is NATS. Its page opens it on a local RabbitMQ."),
    ("broken", "its page says what is wrong with it."),
])  # fmt: skip
@pytest.mark.usefixtures("play")
async def test_nothing_else_is_run_instead_of_what_is_looked_at_and_cannot_be_played(
    window: MainWindow, studio: Studio, tmp_path: Path, name: str, why: str
) -> None:
    file = tmp_path / "scenarios" / "broken.toml"
    file.write_text("title = ", encoding="utf-8")
    window.scenarios.show_gallery()
    child(window, ScenarioCard, f"card {name}").click()
    chooser, trouble = child(window, ElidedBox, "scenarioChooser"), child(window, QLabel, "trouble")
    title = child(window, QLabel, "scenarioTitle").text().removesuffix(" cannot be played")
    assert (chooser.currentIndex(), chooser.said) == (-1, title)
    assert why in child(window, QToolButton, "runScenarioButton").toolTip()
    window.actions_by_name["runScenario"].trigger()
    assert trouble.isVisible()
    assert trouble.text().startswith(f"{title} cannot be played")
    assert trouble.text().endswith(why)
    assert studio.fleet.workers == {}
    window.scenarios.library.refresh()
    assert (chooser.currentIndex(), chooser.said) == (-1, title)
    file.write_text(SHORT.replace("Two at work", "Mended"), encoding="utf-8")
    window.scenarios.library.refresh()
    if name != "broken":
        child(window, QPushButton, "scenarioBack").click()
        chooser.setCurrentIndex(chooser.findText("Mended"))
    else:
        assert not trouble.isVisible()
    assert chooser.currentText() == "Mended"
    window.actions_by_name["runScenario"].trigger()
    await until(child(window, QWidget, "playStrip").isVisible)
    assert child(window, QLabel, "playTitle").text() == "Mended"


async def test_what_goes_before_something_else_is_played_is_said(
    window: MainWindow, studio: Studio, play: Play
) -> None:
    """Else dead letters that somebody made to practise with would be gone without a word."""
    demo, other = (window.scenarios.library.named(name) for name in ("demo", "two-at-work"))
    assert demo is not None
    assert other is not None
    await play.run(replace(demo, workers=demo.workers[2:]))
    await until(lambda: studio.timeline.published()[1].size > 20)
    window.scenarios.show_gallery(other)
    said = child(window, QLabel, "scenarioRemoves")
    assert not said.isVisible(), "it cannot be played now"
    await play.stop()
    await until(said.isVisible)
    assert said.text() == ("First removes jobs, left by what was played before, with all messages in it.")
    child(window, QTabWidget, "tabs").setCurrentWidget(child(window, QWidget, "comparePanel"))
    assert child(window, QLabel, "compareRemoves").text() == said.text()
    window.scenarios.show_gallery(demo)
    assert not child(window, QLabel, "scenarioRemoves").isVisible(), "it goes on with them"
    window.scenarios.show_gallery(window.scenarios.library.named("transient-queue"))  # which cannot be played here
    assert [each for each in QApplication.topLevelWidgets() if each.isVisible()] == [window]
    window.scenarios.show_gallery(other)
    assert child(window, QLabel, "scenarioRemoves").isVisible()
    await play.run(other)
    await until(lambda: window.findChild(ResultSheet) is not None)
    await until(lambda: not child(window, QLabel, "scenarioRemoves").isVisible())


async def test_the_timelines_of_all_settings_are_a_click_from_the_result(window: MainWindow, play: Play) -> None:
    settings = '[[settings]]\nname = "one"\nprefetch = 1\n[[settings]]\nname = "ten"\ntitle = "Ten"\nprefetch = 10\n'
    await play.run(read(SHORT.replace("rate = 10", "rate = 0") + settings, "settings", "settings"))
    await until(lambda: window.findChild(ResultSheet) is not None)
    button = child(window, QPushButton, "resultTimeline")
    assert button.text() == "Timelines"
    button.click()
    tabs, panel = child(window, QTabWidget, "tabs"), child(window, QWidget, "comparePanel")
    assert tabs.currentWidget() is panel
    await until(lambda: len(_visible(panel, RunChart)) == 2)
    assert [label.text() for label in _visible(panel, QLabel) if label.text() in {"one", "Ten"}] == ["one", "Ten"]


def _visible(panel: QWidget, kind: type[W]) -> list[W]:
    return [each for each in panel.findChildren(kind) if each.isVisible()]


async def test_what_cannot_be_played_is_said(window: MainWindow, play: Play) -> None:
    await play.run(read(SHORT.replace('"nats"', '"rabbitmq"'), "rabbit", "rabbit"))
    trouble = child(window, QLabel, "trouble")
    await until(trouble.isVisible)
    assert trouble.text() == "Two at work could not be played: it is not a scenario for NATS"
    assert window.actions_by_name["runScenario"].isEnabled()
