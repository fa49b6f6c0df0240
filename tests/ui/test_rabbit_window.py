"""The window on a RabbitMQ node: what that has besides queues, where dead letters go, and what cannot be known."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPushButton, QTabWidget, QToolButton, QTreeView, QWidget
from pytestqt.qtbot import QtBot

from tests.rabbit_servers import RabbitHost
from tests.ui.windows import child, window_on
from tests.waiting import until
from wqstudio.brokers.factory import probe_connection, virtual_hosts
from wqstudio.brokers.rabbitmq.watching import dead_ends
from wqstudio.domain.connection import RabbitConnection
from wqstudio.scenarios import SCENARIOS
from wqstudio.ui.command_palette import CommandPalette
from wqstudio.ui.connect_dialog import ConnectDialog
from wqstudio.ui.lookups import Lookups
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.memory import Memory
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.listing_table import ListingTable
from wqstudio.ui.panels.queue_namer import QueueNamer
from wqstudio.ui.theme import Theme


@pytest_asyncio.fixture
async def window(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MainWindow]:
    """On a virtual host with two queues, one dead-lettering into the other, and one whose target is not there.

    Looks only, which spares the hosts of the fleet.
    """
    monkeypatch.setattr(dead_ends, "SURE_AFTER", 0.0)
    rabbit_host.manage("PUT", "queues/{vhost}/jobs.dead", {"durable": True})
    for name, target in (("jobs", "jobs.dead"), ("mail", "nowhere")):
        arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": target}
        rabbit_host.manage("PUT", f"queues/{{vhost}}/{name}", {"durable": True, "arguments": arguments})
    rabbit_host.manage("PUT", "exchanges/{vhost}/incoming", {"type": "topic", "durable": True})
    rabbit_host.manage("POST", "bindings/{vhost}/e/incoming/q/jobs", {"routing_key": "job.#"})
    async with window_on(replace(rabbit_host.connection, read_only=True), theme, tmp_path) as shown:
        await until(lambda: len(rows(tree(shown).model())) == 3)
        yield shown


def tree(window: MainWindow) -> QTreeView:
    return child(window, QTreeView, "explorerTree")


def table(window: MainWindow) -> ListingTable:
    return child(window, ListingTable, "listingTable")


def rows(model: QAbstractItemModel, parent: QModelIndex | None = None) -> list[str]:
    above = parent or QModelIndex()
    return [str(model.index(row, 0, above).data()) for row in range(model.rowCount(above))]


def scope(window: MainWindow) -> str:
    return child(window, QLabel, "scopeTitle").text()


def open_broker_tab(window: MainWindow) -> None:
    tabs = child(window, QTabWidget, "tabs")
    tabs.setCurrentIndex([tabs.tabText(index) for index in range(tabs.count())].index("Broker"))


async def show_listing(window: MainWindow, title: str) -> ListingTable:
    open_broker_tab(window)
    child(window, QPushButton, f"listing{title}").click()
    await until(lambda: table(window).isVisible())
    return table(window)


async def test_what_the_broker_has_is_listed_and_leads_to_queues(window: MainWindow, qtbot: QtBot) -> None:
    shown = await show_listing(window, "Bindings")
    QAbstractItemModelTester(shown.model(), QAbstractItemModelTester.FailureReportingMode.Fatal, window)
    await until(lambda: "incoming" in rows(shown.model()))
    shown.setFocus()
    shown.selectRow(rows(shown.model()).index("incoming"))
    qtbot.keyClick(shown, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "incoming\ttopic\tjob.#" in QGuiApplication.clipboard().text()
    qtbot.keyClick(shown, Qt.Key.Key_Return)
    assert scope(window) == "jobs"


async def test_a_listing_is_filtered_and_another_takes_its_place(
    window: MainWindow, qtbot: QtBot, rabbit_host: RabbitHost
) -> None:
    window.resize(1100, 700)
    shown = await show_listing(window, "Exchanges")
    await until(lambda: len(rows(shown.model())) > 5)
    text = child(window, QLineEdit, "listingFilter")
    qtbot.keyClicks(text, "incom")
    assert rows(shown.model()) == ["incoming"]
    assert child(window, QLabel, "listingCount").text().startswith("Exchanges: 1 of ")
    qtbot.keyClick(text, Qt.Key.Key_Escape)
    assert len(rows(shown.model())) > 5
    window.resize(1440, 900)
    child(window, QPushButton, "listingExchanges").click()
    header = shown.horizontalHeader()
    await until(lambda: sum(map(header.sectionSize, range(header.count()))) == shown.viewport().width())
    titles = [str(header.model().headerData(column, Qt.Orientation.Horizontal)) for column in range(header.count())]
    assert {title for column, title in enumerate(titles) if shown.isColumnHidden(column)} == {
        "Alternate exchange",
        "Policy",
    }
    policy = {"pattern": "^incoming$", "definition": {"alternate-exchange": "amq.fanout"}, "apply-to": "exchanges"}
    rabbit_host.manage("PUT", "policies/{vhost}/else", policy)
    await until(lambda: not any(map(shown.isColumnHidden, range(header.count()))))
    for title in ("Bindings", "Connections", "Channels", "Exchanges", "Connections", "Bindings"):
        child(window, QPushButton, f"listing{title}").click()
        assert sum(map(header.sectionSize, range(header.count()))) >= shown.viewport().width()


async def test_the_listing_reached_from_the_palette_names_itself(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_name["palette"].trigger()
    palette = window.findChild(CommandPalette)
    assert palette is not None
    typed = child(palette, QLineEdit, "paletteInput")
    full = palette.height()
    qtbot.keyClicks(typed, "Connections")
    assert palette.found[0] == "Connections"
    await until(lambda: palette.height() == palette.sizeHint().height() < full)  # no more room than what is found takes
    qtbot.keyClick(typed, Qt.Key.Key_Return)
    assert table(window).accessibleName() == "Connections"
    await until(lambda: rows(table(window).model()))  # those of the studio itself
    assert table(window).isVisible()
    cell = table(window).model().index(0, 0)
    header = table(window).model().headerData(0, Qt.Orientation.Horizontal)
    assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == f"{header}: {cell.data()}"


async def test_a_listing_follows_the_broker_row_by_row(window: MainWindow, rabbit_host: RabbitHost) -> None:
    open_broker_tab(window)
    child(window, QPushButton, "listingPolicies").click()
    empty = child(window, QWidget, "listingsPanel").findChild(EmptyState)
    assert empty is not None
    await until(lambda: "No policies" in empty.said)
    policy = {"pattern": "^jobs$", "definition": {"max-length": 7}, "apply-to": "queues"}
    rabbit_host.manage("PUT", "policies/{vhost}/short", policy)
    # What changes seldom is read every 5 s, and more seldom where it takes long.
    await until(lambda: rows(table(window).model()) == ["short"], within=90)


async def test_dead_letters_are_followed_to_where_they_go_and_back(window: MainWindow, qtbot: QtBot) -> None:
    view = tree(window)
    model = view.model()
    for start, line, end in (("jobs", "→ jobs.dead", "jobs.dead"), ("jobs.dead", "← jobs", "jobs")):
        queue = model.index(rows(model).index(start), 0)
        view.expand(queue)
        link = model.index(rows(model, queue).index(line), 0, queue)
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(link).center())
        assert scope(window) == end
        view.setFocus()
        view.setCurrentIndex(link)
        assert scope(window) == start
        qtbot.keyClick(view, Qt.Key.Key_Return)
        assert scope(window) == end
    detail = child(window, QLabel, "detailLinks")
    assert "jobs.dead" in detail.text()
    detail.linkActivated.emit("jobs.dead")
    assert scope(window) == "jobs.dead"


async def test_a_target_that_is_not_there_is_warned_of_and_leads_nowhere(window: MainWindow, qtbot: QtBot) -> None:
    view = tree(window)
    queue = view.model().index(rows(view.model()).index("mail"), 0)
    view.expand(queue)

    def said() -> str:
        return str(view.model().index(0, 0, queue).data(Qt.ItemDataRole.AccessibleTextRole))

    await until(lambda: said().startswith("Messages that die here are lost: the queue nowhere is not there"))
    before = scope(window)
    link = view.model().index(0, 0, queue)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(link).center())
    assert scope(window) == before
    view.setCurrentIndex(queue)
    assert said() in child(window, QLabel, "detailLinks").text()


async def test_without_a_management_api_the_window_says_so_once_and_how_to_mend_it(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path
) -> None:
    connection = replace(rabbit_host.connection, management_url="http://127.0.0.1:9", read_only=True)
    async with window_on(connection, theme, tmp_path) as window:
        strip = child(window, QLabel, "gap")
        await until(strip.isVisible)
        assert "rabbitmq_management" in strip.text()
        shown = [label for label in window.findChildren(QLabel) if label.isVisible()]
        assert [label.objectName() for label in shown if "rabbitmq_management" in label.text()] == ["gap"]
        child(window, QPushButton, "gapSettings").click()
        dialog = window.findChild(ConnectDialog)
        assert dialog is not None
        assert dialog.form.draft().connection() == connection
        dialog.reject()


async def test_a_queue_is_watched_by_its_name_where_nothing_lists_it(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    rabbit_host.manage("PUT", "queues/{vhost}/jobs", {"durable": True})
    connection = replace(rabbit_host.connection, management_url="http://127.0.0.1:9", read_only=True)
    async with window_on(connection, theme, tmp_path) as window:
        offer = child(window, QPushButton, "watchByName")
        await until(offer.isVisible)
        offer.click()
        namer = child(window, QueueNamer, "queueNamer")
        name = child(namer, QLineEdit, "queueNamerName")
        qtbot.keyClicks(name, "joobs")
        qtbot.keyClick(name, Qt.Key.Key_Return)
        await until(lambda: "no queue of that name" in namer.message.text())
        assert not namer.names
        assert offer.isVisible()
        name.setText("jobs")
        qtbot.keyClick(name, Qt.Key.Key_Return)
        await until(lambda: scope(window) == "jobs")
        assert not namer.isVisible()
        assert rows(tree(window).model()) == ["jobs"]
        tree(window).clearSelection()
        window.actions_by_name["palette"].trigger()
        palette = window.findChild(CommandPalette)
        assert palette is not None
        qtbot.keyClicks(child(palette, QLineEdit, "paletteInput"), "by name")
        assert palette.found[0].startswith("Watch a queue by name")
        qtbot.keyClick(child(palette, QLineEdit, "paletteInput"), Qt.Key.Key_Return)
        assert namer.isVisible()
        namer.hide()
        rabbit_host.manage("DELETE", "queues/{vhost}/jobs")
        await until(lambda: not rows(tree(window).model()) and offer.isVisible())


async def test_the_connection_menu_leads_to_another_virtual_host(window: MainWindow, rabbit_host: RabbitHost) -> None:
    assert rabbit_host.connection.vhost in child(window, QToolButton, "connectionChip").text()
    opened = replace(rabbit_host.connection, read_only=True)
    chosen: list[RabbitConnection] = []
    window.connection_chosen.connect(chosen.append)
    hosts = child(window, QMenu, "hostMenu")
    assert hosts.menuAction().isVisible()
    hosts.aboutToShow.emit()
    await until(lambda: rabbit_host.connection.vhost in [action.text() for action in hosts.actions()])
    by_text = {action.text(): action for action in hosts.actions()}
    assert by_text[rabbit_host.connection.vhost].isChecked()
    by_text["Watch all of them"].trigger()
    assert chosen == [replace(opened, all_vhosts=True)]


def test_the_menu_of_virtual_hosts_is_not_there_without_a_connection(
    theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    window = MainWindow(theme, SCENARIOS, Lookups(probe_connection, virtual_hosts), Memory(tmp_path / "window.ini"))
    qtbot.addWidget(window)
    assert not child(window, QMenu, "hostMenu").menuAction().isVisible()
