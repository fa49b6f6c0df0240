from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.domain.commands import EnsureQueue
from wqstudio.domain.queue import ConsumerSpec, QueueSpec
from wqstudio.engine.studio import Studio
from wqstudio.ui.models.explorer_rows import ExplorerRow, Order, Show
from wqstudio.ui.names import elided
from wqstudio.ui.panels import explorer_delegate
from wqstudio.ui.panels.explorer import ExplorerPanel
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Theme

JOBS = QueueSpec("jobs", ("jobs.*",), in_memory=True, consumers=(ConsumerSpec("all"),))


@pytest_asyncio.fixture
async def panel(studio: Studio, theme: Theme) -> AsyncIterator[ExplorerPanel]:
    shown = ExplorerPanel(studio, theme)
    QAbstractItemModelTester(shown.model, QAbstractItemModelTester.FailureReportingMode.Fatal, shown)
    shown.resize(300, 500)
    shown.show()
    yield shown
    shown.detach()  # before Qt deletes it, which pytest-qt's own way of closing widgets would do
    shown.close()
    shown.deleteLater()


async def make(studio: Studio, panel: ExplorerPanel, *specs: QueueSpec) -> None:
    for spec in specs:
        await studio.executor.run(EnsureQueue(spec))
    studio.monitor.refresh()
    await until(lambda: all(panel.model.index_of(Scope(spec.name)).isValid() for spec in specs))


def click(qtbot: QtBot, panel: ExplorerPanel, index: QModelIndex) -> None:
    middle = panel.tree.visualRect(index).center()
    qtbot.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=middle)


async def test_an_empty_broker_teaches_and_a_new_queue_appears_by_itself(panel: ExplorerPanel, studio: Studio) -> None:
    await until(lambda: "No streams yet" in panel.empty.said)
    assert panel.empty.isVisible()
    await make(studio, panel, JOBS)
    assert panel.tree.isVisible()
    assert panel.tree.isExpanded(panel.model.index_of(Scope("jobs")))


async def test_a_click_narrows_the_scope_and_escape_widens_it(
    panel: ExplorerPanel, studio: Studio, qtbot: QtBot
) -> None:
    await make(studio, panel, JOBS)
    told: list[Scope] = []
    panel.scope_changed.connect(told.append)
    click(qtbot, panel, panel.model.index_of(Scope("jobs", "all")))
    qtbot.keyClick(panel.tree, Qt.Key.Key_Up)
    qtbot.keyClick(panel.tree, Qt.Key.Key_Escape)
    assert told == [Scope("jobs", "all"), Scope("jobs"), Scope()]
    assert not panel.tree.selectionModel().hasSelection()


async def test_a_click_beside_the_rows_means_the_whole_broker(
    panel: ExplorerPanel, studio: Studio, qtbot: QtBot
) -> None:
    await make(studio, panel, JOBS)
    panel.select(Scope("jobs"))
    bottom = panel.tree.viewport().rect().bottomLeft() - QPoint(-5, 5)
    qtbot.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=bottom)
    assert panel.scope == Scope()


async def test_the_filter_hides_rows_without_changing_the_scope(
    panel: ExplorerPanel, studio: Studio, qtbot: QtBot
) -> None:
    await make(studio, panel, JOBS, replace(JOBS, name="mail", routes=("mail",)))
    panel.select(Scope("jobs"))
    qtbot.keyClicks(panel.filter.line, "mai")
    assert panel.model.shown_count == 1
    assert panel.scope == Scope("jobs")
    panel.filter.choose(Show.STUCK)
    assert "Nothing matches" in panel.empty.said
    qtbot.keyClick(panel.filter.line, Qt.Key.Key_Escape)
    assert panel.model.shown_count == 2
    assert panel.model.row(panel.tree.currentIndex()).scope == Scope("jobs")
    panel.filter.choose(Order.WAITING)
    assert panel.model.shown_count == 2


async def test_a_filter_that_names_a_consumer_shows_it_while_it_stands(
    panel: ExplorerPanel, studio: Studio, qtbot: QtBot
) -> None:
    await make(studio, panel, JOBS, replace(JOBS, name="mail", routes=("mail",), consumers=(ConsumerSpec("sender"),)))
    panel.tree.collapseAll()
    qtbot.keyClicks(panel.filter.line, "send")
    sender = panel.model.index_of(Scope("mail", "sender"))
    assert panel.model.shown_count == 1
    assert panel.tree.visualRect(sender).isValid()
    panel.filter.line.setText("mail")
    assert not panel.tree.isExpanded(panel.model.index_of(Scope("mail")))


async def test_a_queue_that_is_deleted_leaves_the_scope_to_the_whole_broker(
    panel: ExplorerPanel, studio: Studio
) -> None:
    await make(studio, panel, JOBS)
    panel.select(Scope("jobs", "all"))
    await studio.broker.remove_owned()
    studio.monitor.refresh()
    await until(lambda: panel.model.queue_count == 0)
    assert panel.scope == Scope()


async def test_figures_that_cannot_be_read_any_more_are_kept_and_marked(
    panel: ExplorerPanel, studio: Studio, nats_server: NatsServer
) -> None:
    await make(studio, panel, JOBS)
    nats_server.stop()
    await until(panel.notice.isVisible)
    assert panel.model.queue_count == 1
    assert "last figures that could be read" in panel.notice.text()
    nats_server.start()
    await until(lambda: not panel.notice.isVisible(), within=20)


async def names_written(
    panel: ExplorerPanel, row: ExplorerRow, width: int, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """As they stand in a panel of that width in which each line is ``row``."""
    written: list[str] = []

    def witnessed(text: str, metrics: QFontMetrics, room: int) -> str:
        written.append(elided(text, metrics, room))
        return written[-1]

    panel.resize(width, 500)
    await until(lambda: panel.tree.width() < width)
    monkeypatch.setattr(panel.model, "row", lambda _index: row)
    monkeypatch.setattr(explorer_delegate, "elided", witnessed)
    panel.tree.viewport().grab()
    return written


async def test_a_name_is_cut_for_no_figure_that_is_not_there(
    panel: ExplorerPanel, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a consumer of RabbitMQ has."""
    await make(studio, panel, JOBS)
    row = panel.model.row(panel.model.index_of(Scope("jobs", "all")))
    consumer = replace(row, scope=Scope("jobs", "worker-107.5ffb"), figure="", in_flight="1 of 1")
    assert set(await names_written(panel, consumer, 260, monkeypatch)) == {"worker-107.5ffb"}


async def test_a_short_name_is_whole_beside_its_figure_in_a_small_window(
    panel: ExplorerPanel, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As narrow as the explorer is beside all tabs of RabbitMQ at 1000x620."""
    await make(studio, panel, JOBS)
    busy = replace(panel.model.row(panel.model.index_of(Scope("jobs"))), figure="26")
    assert "jobs" in await names_written(panel, busy, 162, monkeypatch)


async def test_the_name_is_copied(panel: ExplorerPanel, studio: Studio, qtbot: QtBot) -> None:
    await make(studio, panel, JOBS)
    click(qtbot, panel, panel.model.index_of(Scope("jobs")))
    qtbot.keyClick(panel.tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "jobs"
