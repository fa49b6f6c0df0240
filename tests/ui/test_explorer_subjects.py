"""The subjects of streams in the explorer: read while a stream is open, and only then."""

import json
from collections.abc import AsyncIterator

import pytest_asyncio
from nats.aio.msg import Msg
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.jetstream import JetStream
from tests.waiting import until
from wqstudio.domain.redrive import Choice
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.studio import Studio
from wqstudio.ui.foresight import Where
from wqstudio.ui.models.letter_choice import known_at_once
from wqstudio.ui.models.letter_drag import LetterDrag
from wqstudio.ui.panels.explorer import ExplorerPanel
from wqstudio.ui.panels.letter_drops import _OPEN_AFTER
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Theme


@pytest_asyncio.fixture
async def panel(studio: Studio, jetstream: JetStream, theme: Theme) -> AsyncIterator[ExplorerPanel]:
    """With a stream of two subjects that hold messages, closed."""
    await jetstream.stream("jobs", "jobs.*", "mail")
    await jetstream.publish("jobs.eu", b"1", b"2")
    await jetstream.publish("jobs.us", b"3")
    shown = ExplorerPanel(studio, theme)
    QAbstractItemModelTester(shown.model, QAbstractItemModelTester.FailureReportingMode.Fatal, shown)
    shown.resize(300, 500)
    shown.model.rowsInserted.connect(lambda above, *_: None if above.isValid() else shown.tree.collapseAll())
    shown.show()
    studio.monitor.refresh()
    await until(lambda: shown.model.index_of(Scope("jobs")).isValid())
    yield shown
    shown.detach()
    shown.close()
    shown.deleteLater()


def lines(panel: ExplorerPanel) -> list[tuple[str, str]]:
    """Below the stream, with their figures."""
    index = panel.model.index_of(Scope("jobs"))
    rows = (panel.model.row(panel.model.index(row, 0, index)) for row in range(panel.model.rowCount(index)))
    return [(row.name, row.figure) for row in rows]


async def overheard(jetstream: JetStream) -> list[bytes]:
    """What is asked about the stream from now on."""
    asked: list[bytes] = []

    async def hear(message: Msg) -> None:
        asked.append(message.data)

    await jetstream.client.subscribe("$JS.API.STREAM.INFO.jobs", cb=hear)
    await jetstream.client.flush()
    return asked


async def test_a_closed_stream_asks_the_broker_nothing_and_an_open_one_shows_what_its_subjects_hold(
    panel: ExplorerPanel, studio: Studio, jetstream: JetStream
) -> None:
    asked = await overheard(jetstream)
    assert lines(panel) == [("jobs.*", ""), ("mail", "")]
    await jetstream.publish("mail", b"4")
    polled = studio.monitor.snapshot
    studio.monitor.refresh()
    await until(lambda: studio.monitor.snapshot is not polled)
    assert asked == []
    panel.tree.expand(panel.model.index_of(Scope("jobs")))
    wanted = [("jobs.*", ""), ("jobs.eu", "2"), ("jobs.us", "1"), ("mail", "1")]
    await until(lambda: lines(panel) == wanted)
    assert any(json.loads(each or b"{}").get("subjects_filter") for each in asked)


async def test_while_a_stream_is_open_its_subjects_follow_what_it_holds(
    panel: ExplorerPanel, jetstream: JetStream
) -> None:
    panel.tree.expand(panel.model.index_of(Scope("jobs")))
    await until(lambda: ("jobs.eu", "2") in lines(panel))
    await jetstream.publish("jobs.asia", *[b"5"] * 4)
    await until(lambda: lines(panel)[1] == ("jobs.asia", "4"))


async def test_a_subject_that_is_clicked_scopes_to_its_stream_and_stays_the_one_chosen(
    panel: ExplorerPanel, studio: Studio, qtbot: QtBot
) -> None:
    panel.tree.expand(panel.model.index_of(Scope("jobs")))
    await until(lambda: ("jobs.eu", "2") in lines(panel))
    index = panel.model.index(1, 0, panel.model.index_of(Scope("jobs")))
    qtbot.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=panel.tree.visualRect(index).center())
    assert panel.scope == Scope("jobs")
    polled = studio.monitor.snapshot
    studio.monitor.refresh()
    await until(lambda: studio.monitor.snapshot is not polled)
    assert panel.tree.currentIndex() == index


async def test_a_drag_that_rests_on_a_closed_stream_opens_it_and_its_subjects_take_what_is_dropped(
    panel: ExplorerPanel, studio: Studio
) -> None:
    assert isinstance(studio.desk, Desk)
    choice = Choice("jobs_dead", 2, (1, 2), origins=("jobs",), routes=("jobs.us",))
    drops, dropped = panel.letter_drops, list[Where]()
    drops.dropped.connect(lambda _chosen, where: dropped.append(where))
    data = LetterDrag(known_at_once(studio.desk.look("jobs_dead"), choice), ())
    drops.begin(choice)
    at = panel.tree.visualRect(panel.model.index_of(Scope("jobs"))).center()
    _drag(panel, data, at)
    await until(lambda: ("jobs.us", "1") in lines(panel), within=_OPEN_AFTER / 1_000 + 20)
    queue = panel.model.index_of(Scope("jobs"))
    for row, wanted in ((2, Where("jobs", "jobs.us")), (0, Where("jobs", None, "jobs.*"))):
        place = panel.tree.visualRect(panel.model.index(row, 0, queue)).center()
        _drag(panel, data, place)
        dropped.clear()
        _drop(panel, data, place)
        await until(lambda: dropped)
        assert dropped == [wanted]
    drops.end()


def _drag(panel: ExplorerPanel, data: QMimeData, at: QPoint) -> None:
    moves = Qt.DropAction.MoveAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(panel.tree.viewport(), QDragEnterEvent(at, moves, data, buttons, keys))


def _drop(panel: ExplorerPanel, data: QMimeData, at: QPoint) -> None:
    moves = Qt.DropAction.MoveAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(panel.tree.viewport(), QDropEvent(QPointF(at), moves, data, buttons, keys))
