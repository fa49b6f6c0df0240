"""The window around a real studio on a real server."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDockWidget,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabBar,
    QTableWidget,
    QTabWidget,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.servers import NatsServer
from tests.ui.windows import window_on
from tests.waiting import until
from wqstudio.brokers.factory import probe_connection, virtual_hosts
from wqstudio.domain.commands import EnsureQueue
from wqstudio.domain.connection import NatsConnection, Product
from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.reading import known
from wqstudio.domain.scenario import Scenario
from wqstudio.engine.studio import Studio
from wqstudio.scenarios import SCENARIOS
from wqstudio.ui.command_palette import CommandPalette
from wqstudio.ui.lookups import Lookups
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.memory import Memory
from wqstudio.ui.play import RunState
from wqstudio.ui.theme import DARK, LIGHT, Scheme, Theme

W = TypeVar("W", bound=QWidget)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "window.ini")


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, memory: Memory) -> MainWindow:
    """Closed by qtbot, and with that it lets go of its studio."""
    return _made(qtbot, theme, memory)


def _made(qtbot: QtBot, theme: Theme, memory: Memory) -> MainWindow:
    window = MainWindow(theme, SCENARIOS, Lookups(probe_connection, virtual_hosts), memory)
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    return window


def _child(window: QWidget, kind: type[W], name: str) -> W:
    found = window.findChild(kind, name)
    assert found is not None, name
    return found


def _press(window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window, key, modifiers)


def test_the_start_page_offers_what_can_be_done(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.demo_requested):
        qtbot.mouseClick(_child(window, QPushButton, "startDemo"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(window.demo_requested) as told:
        qtbot.mouseClick(_child(window, QPushButton, "startDemoRabbit"), Qt.MouseButton.LeftButton)
    assert told.args == [Product.RABBITMQ]
    with qtbot.waitSignal(window.local_requested) as told:
        qtbot.mouseClick(_child(window, QPushButton, "startLocalRabbit"), Qt.MouseButton.LeftButton)
    assert told.args == [Product.RABBITMQ]


def test_scenarios_can_be_explored_before_anything_is_connected(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.scenarios.gallery_requested) as told:
        qtbot.mouseClick(_child(window, QPushButton, "startGallery"), Qt.MouseButton.LeftButton)
    assert told.args == [Product.NATS, None]
    window.actions_by_name["palette"].trigger()
    typed = _child(_child(window, CommandPalette, "commandPalette"), QLineEdit, "paletteInput")
    typed.setText(SCENARIOS[0].title)
    with qtbot.waitSignal(window.scenarios.gallery_requested) as told:
        QTest.keyClick(typed, Qt.Key.Key_Return)
    assert told.args == [Product.NATS, SCENARIOS[0]]


@pytest.mark.parametrize(("button", "product"), [("startNats", Product.NATS), ("startRabbit", Product.RABBITMQ)])
def test_the_start_page_asks_how_to_connect(qtbot: QtBot, window: MainWindow, button: str, product: Product) -> None:
    qtbot.mouseClick(_child(window, QPushButton, button), Qt.MouseButton.LeftButton)
    assert _child(window, QDialog, "connectDialog").windowTitle() == f"Connect to {product.title}"


def test_where_rabbitmq_is_not_installed_the_start_page_says_how_to_get_it(
    qtbot: QtBot, theme: Theme, memory: Memory
) -> None:
    window = MainWindow(
        theme, SCENARIOS, Lookups(probe_connection, virtual_hosts), memory, rabbit_missing="Install it like this."
    )
    qtbot.addWidget(window)
    window.show()
    assert _child(window, QLabel, "rabbitMissing").text() == "Install it like this."
    assert window.findChild(QPushButton, "startLocalRabbit") is None
    assert not window.actions_by_name["demoRabbit"].isEnabled()
    assert _child(window, QPushButton, "startRabbit").isEnabled()


def test_what_was_used_recently_is_one_click_away(qtbot: QtBot, theme: Theme, memory: Memory) -> None:
    memory.keep_recent(NatsConnection(urls=("nats://h:4222",), read_only=True))
    window = _made(qtbot, theme, memory)
    with qtbot.waitSignal(window.connection_chosen) as told:
        qtbot.mouseClick(_child(window, QPushButton, "recent nats://h:4222"), Qt.MouseButton.LeftButton)
    assert told.args == [NatsConnection(urls=("nats://h:4222",), read_only=True)]


def test_progress_and_trouble_are_said_in_the_window(window: MainWindow) -> None:
    window.show_progress("Starting a local NATS server …")
    assert _child(window, QLabel, "startProgress").isVisible()
    assert not _child(window, QPushButton, "startDemo").isEnabled()
    window.show_trouble("nats://h:4222 refused the connection")
    assert _child(window, QLabel, "trouble").text() == "nats://h:4222 refused the connection"
    assert _child(window, QLabel, "trouble").isVisible()
    assert _child(window, QPushButton, "startDemo").isEnabled()
    _child(window, QToolButton, "closeTrouble").click()
    assert not _child(window, QLabel, "trouble").isVisible()


def test_the_scheme_is_switched_and_remembered(window: MainWindow, memory: Memory, qapp: QApplication) -> None:
    window.actions_by_name["themeLight"].trigger()
    assert qapp.palette().window().color().name().upper() == LIGHT.window
    window.actions_by_name["themeDark"].trigger()
    assert qapp.palette().window().color().name().upper() == DARK.window
    assert memory.scheme is Scheme.DARK
    assert _child(window, QToolButton, "paletteButton").text() == "Ctrl+K"


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_every_control_has_a_name_for_those_who_cannot_see_it(window: MainWindow, scheme: Scheme, theme: Theme) -> None:
    theme.use(scheme)
    bar = _child(window, QWidget, "topBar")
    controls = [*bar.findChildren(QToolButton), *bar.findChildren(QComboBox)]
    assert controls
    assert all(control.objectName() and control.accessibleName() for control in controls)


def test_without_a_connection_only_what_makes_sense_can_be_asked(window: MainWindow) -> None:
    assert window.actions_by_name["connect"].isEnabled()
    assert not window.actions_by_name["addWorker"].isEnabled()
    assert not _child(window, QComboBox, "scenarioChooser").isVisible()


def test_the_question_mark_lists_the_keys_and_escape_closes_the_list(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_by_name["keys"].trigger()
    keys = _child(window, QWidget, "keyList")
    assert {"Ctrl+K", "Ctrl+N", "W", "F5", "F", "?", "1 – 9"} <= {label.text() for label in keys.findChildren(QLabel)}
    QTest.keyClick(keys, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(QWidget, "keyList") is None)


def test_a_local_server_whose_data_is_kept_is_offered(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.local_requested):
        qtbot.mouseClick(_child(window, QPushButton, "startLocal"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(window.local_requested):
        window.actions_by_name["local"].trigger()
    menu = _child(window, QToolButton, "connectionChip").menu()
    assert window.actions_by_name["local"] in menu.actions()


async def test_run_and_stop_say_and_allow_what_is_so(window: MainWindow, studio: Studio) -> None:
    window.attach(studio)
    run, stop = _child(window, QToolButton, "runScenarioButton"), _child(window, QToolButton, "stopScenarioButton")
    said = {}
    for state in RunState:
        window.show_run_state(state)
        said[state] = (run.text(), run.isEnabled(), stop.text(), stop.isEnabled())
    assert said == {
        RunState.IDLE: ("Run", True, "Stop", False),
        RunState.BY_HAND: ("Run", True, "Stop", True),
        RunState.STARTING: ("Starting", False, "Stop", False),
        RunState.PLAYING: ("Running", False, "Stop", True),
        RunState.ENDLESS: ("Running", False, "Stop", True),
        RunState.COMPARING: ("Comparing", False, "Stop", False),
        RunState.STOPPING: ("Run", False, "Stopping …", False),
    }
    assert "stopped" in run.toolTip()


async def test_on_a_read_only_connection_nothing_can_be_run_or_added(
    window: MainWindow, nats_server: NatsServer
) -> None:
    studio = await Studio.open(replace(nats_server.connection, read_only=True))
    window.attach(studio, own=True)
    assert not window.actions_by_name["runScenario"].isEnabled()
    assert "read-only" in _child(window, QToolButton, "runScenarioButton").toolTip()
    assert not window.actions_by_name["addWorker"].isEnabled()
    assert window.actions_by_name["freeze"].isEnabled()
    await until(lambda: _raised(window) == "Detail")
    window.detach()
    await studio.close()


@pytest.mark.parametrize(("own", "raised"), [(True, "Workers"), (False, "Detail")])
async def test_what_one_comes_for_is_raised_and_w_brings_the_workers(
    window: MainWindow, studio: Studio, own: bool, raised: str
) -> None:
    window.attach(studio, own=own)
    await until(lambda: _raised(window) == raised)
    window.actions_by_name["addWorker"].trigger()
    assert _raised(window) == "Workers"


def _raised(window: MainWindow) -> str:
    tabs = window.findChild(QTabBar, "dockTabs")
    return tabs.tabText(tabs.currentIndex()) if tabs is not None else ""


@pytest.mark.parametrize("width", [1100, 1440])
async def test_nothing_overflows_before_a_run_and_after_it(window: MainWindow, studio: Studio, width: int) -> None:
    window.resize(width, 700)
    window.attach(studio, own=True)
    await studio.play(SCENARIOS[0])
    await studio.at_work()
    window.show_account(await studio.settle())
    await until(lambda: _child(window, QPushButton, "workersForget").isVisible())
    assert window.width() == width
    assert _child(window, QDockWidget, "explorerDock").width() == min(300, round(width * 0.24))
    for name in ("workersPanel", "ledgerPanel", "explorerPanel"):
        panel = _child(window, QWidget, name)
        around = panel.parentWidget()
        assert around is not None
        assert panel.width() <= around.width(), name
    table = _child(window, QTableWidget, "ledgerWorkers")
    await until(lambda: table.horizontalScrollBar().maximum() == 0)  # columns are laid out after their numbers


async def test_a_size_that_was_asked_for_wins_over_what_was_remembered(
    qtbot: QtBot, theme: Theme, memory: Memory
) -> None:
    first = _made(qtbot, theme, memory)
    first.showMaximized()
    await until(first.isMaximized)
    first.close()
    again = MainWindow(theme, SCENARIOS, Lookups(probe_connection, virtual_hosts), memory)
    qtbot.addWidget(again)
    again.take_size(1100, 700)
    again.show()
    await until(lambda: not again.isMaximized() and (again.width(), again.height()) == (1100, 700))


async def test_a_window_that_is_reopened_larger_is_on_the_screen_with_all_of_it(
    qtbot: QtBot, theme: Theme, memory: Memory
) -> None:
    screen = QGuiApplication.primaryScreen().availableGeometry()
    first = _made(qtbot, theme, memory)
    first.setGeometry(screen.right() - 900, screen.bottom() - 600, 900, 600)
    await until(lambda: first.pos().x() > 0)
    first.close()
    again = MainWindow(theme, SCENARIOS, Lookups(probe_connection, virtual_hosts), memory)
    qtbot.addWidget(again)
    again.take_size(min(1440, screen.width()), 700)
    again.show()
    assert screen.contains(again.frameGeometry())


async def test_an_open_connection_is_shown_with_its_state_and_numbers(window: MainWindow, studio: Studio) -> None:
    window.attach(studio)
    await until(lambda: "old" in _child(window, QLabel, "pollStatus").text())
    chip = _child(window, QToolButton, "connectionChip")
    assert "NATS 2." in chip.text()
    assert "connected" in chip.accessibleName()
    assert _child(window, QLabel, "queueCount").text() == "0 streams"
    assert _child(window, QComboBox, "scenarioChooser").isVisible()
    await until(lambda: _child(window, QLabel, "frameRate").text().endswith("fps"))


async def test_a_server_that_went_away_makes_the_numbers_stale(
    window: MainWindow, studio: Studio, nats_server: NatsServer
) -> None:
    window.attach(studio)
    status = _child(window, QLabel, "pollStatus")
    await until(lambda: "old" in status.text())
    nats_server.stop()
    await until(lambda: status.text().startswith("stale since "))
    assert status.property("stale") is True
    figure = _child(window, QLabel, "waitingGraphFigure")
    await until(lambda: figure.property("stale") is True)
    assert "reconnecting" in _child(window, QToolButton, "connectionChip").text()
    nats_server.start()
    await until(lambda: "old" in status.text())
    assert status.property("stale") is False
    await until(lambda: figure.property("stale") is False)


async def test_it_begins_with_the_view_and_the_queue_that_were_asked_for(window: MainWindow, studio: Studio) -> None:
    await studio.executor.run(EnsureQueue(QueueSpec("late", ("late.>",))))
    window.begin_with("ledger", "late")
    window.attach(studio)
    assert _child(window, QTabWidget, "tabs").tabText(_child(window, QTabWidget, "tabs").currentIndex()) == "Ledger"
    await until(lambda: _child(window, QLabel, "scopeTitle").text() == "late")


async def test_a_view_that_there_is_not_is_said(window: MainWindow, studio: Studio) -> None:
    window.begin_with("graveyard", "")
    window.attach(studio)
    assert "no view graveyard" in _child(window, QLabel, "trouble").text()


async def test_keys_freeze_show_tabs_and_run_scenarios(window: MainWindow, studio: Studio) -> None:
    window.attach(studio)
    asked: list[Scenario] = []
    window.scenarios.run_requested.connect(asked.append)
    window.actions_by_name["freeze"].trigger()
    assert not window.view.live
    assert _child(window, QToolButton, "freezeButton").isChecked()
    window.actions_by_name["freeze"].trigger()
    assert window.view.live
    assert not _child(window, QToolButton, "freezeButton").isChecked()
    window.actions_by_name["runScenario"].trigger()
    assert asked == [SCENARIOS[0]]
    window.actions_by_name["show 1 h"].trigger()
    assert _child(window, QComboBox, "timeWindow").currentText() == "1 h"


async def test_the_palette_finds_actions_and_queues_and_runs_them(window: MainWindow, studio: Studio) -> None:
    window.attach(studio)
    await studio.play(SCENARIOS[0])
    await until(lambda: studio.monitor.snapshot is not None and "jobs" in known(studio.monitor.snapshot.queues, {}))
    window.actions_by_name["palette"].trigger()
    palette = _child(window, CommandPalette, "commandPalette")
    typed = _child(palette, QLineEdit, "paletteInput")
    typed.setText("jobs")
    assert palette.found[0] == "jobs"
    typed.setText("zzzz")
    assert palette.found == []
    typed.setText("freeze")
    QTest.keyClick(typed, Qt.Key.Key_Return)
    assert not window.view.live
    window.actions_by_name["palette"].trigger()
    typed = _child(window.findChildren(CommandPalette)[-1], QLineEdit, "paletteInput")
    typed.setText("jobs")
    QTest.keyClick(typed, Qt.Key.Key_Return)
    assert _child(window, QLabel, "scopeTitle").text() == "jobs"
    _child(window, QPushButton, "scopeAll").click()
    assert _child(window, QLabel, "scopeTitle").text() == "All streams"


async def test_w_adds_a_worker_and_the_scene_scrolls(window: MainWindow, studio: Studio) -> None:
    window.attach(studio)
    await studio.play(SCENARIOS[0])
    before = len(studio.fleet.workers)
    await until(lambda: _child(window, QLabel, "queueCount").text() == "2 streams")
    window.actions_by_name["addWorker"].trigger()
    await until(lambda: len(studio.fleet.workers) > before)
    await until(lambda: _child(window, QLabel, "ratesGraphFigure").text() not in ("–", "0"))


async def test_the_layout_is_remembered_and_can_be_reset(
    qtbot: QtBot, theme: Theme, memory: Memory, studio: Studio
) -> None:
    first = _made(qtbot, theme, memory)
    first.attach(studio)
    _child(first, QDockWidget, "eventsDock").hide()
    first.view.show_span(900.0)
    first.close()
    again = _made(qtbot, theme, memory)
    again.attach(studio)
    assert not _child(again, QDockWidget, "eventsDock").isVisible()
    assert again.view.span == 900.0
    again.actions_by_name["resetLayout"].trigger()
    assert _child(again, QDockWidget, "eventsDock").isVisible()


async def test_detaching_returns_to_the_start_page_and_leaves_nothing(window: MainWindow, studio: Studio) -> None:
    window.attach(studio)
    await until(lambda: "old" in _child(window, QLabel, "pollStatus").text())
    window.detach()
    await asyncio.sleep(0)
    assert _child(window, QPushButton, "startDemo").isVisible()
    await until(lambda: window.findChild(QDockWidget, "eventsDock") is None)
    assert not window.actions_by_name["freeze"].isEnabled()


async def test_a_window_that_is_disconnected_is_called_by_no_broker(
    nats_server: NatsServer, theme: Theme, tmp_path: Path
) -> None:
    async with window_on(nats_server.connection, theme, tmp_path) as window:
        await until(lambda: "NATS" in window.windowTitle())
        window.detach()
        assert window.windowTitle() == "wqstudio"
