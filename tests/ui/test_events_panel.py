from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.waiting import until
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.engine.studio import Studio
from wqstudio.ui.panels.events import EventsPanel
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Theme


@pytest_asyncio.fixture
async def panel(studio: Studio, theme: Theme) -> AsyncIterator[EventsPanel]:
    shown = EventsPanel(studio, theme)
    QAbstractItemModelTester(shown.shown, QAbstractItemModelTester.FailureReportingMode.Fatal, shown)
    shown.resize(600, 200)
    shown.show()
    yield shown
    shown.detach()  # before Qt deletes it, which pytest-qt's own way of closing widgets would do
    shown.close()
    shown.deleteLater()


def event(text: str, topic: Topic = Topic.WORKER, queue: str = "") -> Event:
    return Event(1_000_000.0, topic, text, Level.WARNING, queue)


def last(panel: EventsPanel) -> str:
    return str(panel.shown.index(panel.shown.rowCount() - 1, 0).data())


async def tell(studio: Studio, panel: EventsPanel, *events: Event) -> None:
    for each in events:
        studio.tell(each)
    await until(lambda: events[-1].text in last(panel))


async def test_a_burst_is_one_change_of_the_view(panel: EventsPanel, studio: Studio) -> None:
    await tell(studio, panel, event("first"))
    inserts: list[int] = []
    panel.model.rowsInserted.connect(lambda _parent, first, last: inserts.append(last - first + 1))
    await tell(studio, panel, *(event(f"event {n}", queue=f"queue {n}") for n in range(500)))
    assert sum(inserts) == 500
    assert len(inserts) <= 2


async def test_it_follows_the_newest_unless_scrolled_up(panel: EventsPanel, studio: Studio, qtbot: QtBot) -> None:
    await tell(studio, panel, *(event(f"event {n}", queue=f"queue {n}") for n in range(50)))
    bar, newer = panel.list.verticalScrollBar(), panel.findChild(QPushButton, "eventsNewer")
    assert newer is not None
    assert bar.value() == bar.maximum() > 0
    bar.setValue(0)
    await tell(studio, panel, event("late one"), event("late two"))
    assert bar.value() == 0
    assert newer.text() == "2 newer"
    qtbot.mouseClick(newer, Qt.MouseButton.LeftButton)
    assert bar.value() == bar.maximum()
    assert not newer.isVisible()


async def test_it_follows_the_newest_while_it_is_out_of_sight(panel: EventsPanel, studio: Studio) -> None:
    await tell(studio, panel, *(event(f"event {n}", queue=f"queue {n}") for n in range(5)))
    panel.hide()
    await tell(studio, panel, *(event(f"late {n}", queue=f"late {n}") for n in range(50)))
    panel.show()
    bar, newer = panel.list.verticalScrollBar(), panel.findChild(QPushButton, "eventsNewer")
    assert newer is not None
    await until(lambda: bar.maximum() > 0)
    await tell(studio, panel, event("after it", queue="after it"))
    assert bar.value() == bar.maximum()
    assert newer.isHidden()
    panel.resize(600, 150)
    await until(lambda: panel.list.height() < 120)
    assert bar.value() == bar.maximum()


@pytest.mark.parametrize("height", [171, 183, 200, 211])
async def test_the_newest_lines_are_shown_whole(panel: EventsPanel, studio: Studio, height: int) -> None:
    panel.resize(600, height)
    await tell(studio, panel, *(event(f"event {n}", queue=f"queue {n}") for n in range(50)))
    top = panel.list.visualRect(panel.list.indexAt(QPoint(10, 1))).top()
    bottom = panel.list.visualRect(panel.shown.index(panel.shown.rowCount() - 1, 0)).bottom()
    assert (top, bottom) == (0, panel.list.viewport().height() - 1)


async def test_a_click_leads_to_the_queue(panel: EventsPanel, studio: Studio, qtbot: QtBot) -> None:
    await tell(studio, panel, event("jobs is full", Topic.QUEUE, "jobs"))
    with qtbot.waitSignal(panel.thing_clicked, timeout=0, raising=False) as clicked:
        place = panel.list.visualRect(panel.shown.index(panel.shown.rowCount() - 1, 0)).center()
        qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert clicked.args == [Scope("jobs")]


async def test_topic_and_text_filter_and_lines_are_copied(panel: EventsPanel, studio: Studio, qtbot: QtBot) -> None:
    await tell(studio, panel, event("worker-2 crashed"), event("worker-1 started"), event("jobs made", Topic.QUEUE))
    panel.topic.setCurrentText("Worker")
    qtbot.keyClicks(panel.text, "CRASH")
    assert panel.shown.rowCount() == 1
    panel.list.setCurrentIndex(panel.shown.index(0, 0))
    qtbot.keyClick(panel.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().endswith("worker-2 crashed")
    qtbot.keyClicks(panel.text, " at noon")
    assert "Nothing matches" in panel.empty.said
