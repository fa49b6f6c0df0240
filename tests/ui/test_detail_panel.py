from collections.abc import AsyncIterator

import pytest_asyncio
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QScrollArea, QToolButton, QWidget

from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.domain.commands import EnsureQueue, StartProducer, StartWorker
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.worker import ProducerSpec, TaskKind, WorkerSpec
from wqstudio.engine.studio import Studio
from wqstudio.ui.panels.detail import DetailPanel
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import DARK, Theme

JOBS = QueueSpec("jobs", ("jobs.*",), consumers=(ConsumerSpec("all", ack_wait=0.5, max_deliver=1),))


@pytest_asyncio.fixture
async def panel(studio: Studio, theme: Theme) -> AsyncIterator[DetailPanel]:
    await studio.executor.run(EnsureQueue(JOBS))
    studio.monitor.refresh()
    shown = DetailPanel(studio, theme, lambda _: [])
    shown.resize(320, 320)
    shown.show()
    yield shown
    shown.detach()  # before Qt deletes it, which pytest-qt's own way of closing widgets would do
    shown.close()
    shown.deleteLater()


def texts(panel: QWidget) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]


def shows(panel: QWidget, text: str) -> bool:
    return any(text in each for each in texts(panel))


async def test_the_whole_broker_is_summed_up(panel: DetailPanel) -> None:
    await until(lambda: shows(panel, "The whole broker"))
    await until(lambda: "streams" in texts(panel) and "1" in texts(panel))


async def test_a_queue_and_its_consumer_are_described(panel: DetailPanel) -> None:
    await until(lambda: shows(panel, "The whole broker"))
    panel.show_scope(Scope("jobs"))
    await until(lambda: "jobs.*" in texts(panel))
    assert shows(panel, "made by the studio")
    panel.show_scope(Scope("jobs", "all"))
    await until(lambda: "consumer of jobs" in texts(panel))
    assert "open pulls" in texts(panel)


async def test_what_is_stuck_is_explained(panel: DetailPanel, studio: Studio) -> None:
    panel.show_scope(Scope("jobs"))
    poison = (TaskKind("broken", poison=True),)
    await studio.executor.run(StartProducer(ProducerSpec("feed", "jobs", "jobs.{n}", rate=0, count=3, mix=poison)))
    await studio.executor.run(StartWorker(WorkerSpec("w", Source("jobs", "all"), service_time=0.001)))
    await until(lambda: shows(panel, "3 messages are stuck"), within=20)
    panel.show_scope(Scope("jobs", "all"))
    await until(lambda: shows(panel, "3 messages are stuck in jobs"))
    assert "stuck in jobs" in texts(panel)


async def test_figures_change_in_place(panel: DetailPanel, studio: Studio) -> None:
    panel.show_scope(Scope("jobs"))
    await until(lambda: "jobs.*" in texts(panel))
    bar = panel.findChildren(QScrollArea)[0].verticalScrollBar()
    bar.setValue(bar.maximum())
    place = bar.value()
    value = next(label for label in panel.findChildren(QLabel) if label.text() == "jobs.*")
    value.setSelection(0, 4)
    await studio.executor.run(StartProducer(ProducerSpec("feed", "jobs", "jobs.{n}", rate=0, count=7)))
    await until(lambda: "7" in texts(panel))
    assert bar.value() == place > 0
    assert value.selectedText() == "jobs"


async def test_everything_is_copied_as_text(panel: DetailPanel) -> None:
    panel.show_scope(Scope("jobs"))
    await until(lambda: "jobs.*" in texts(panel))
    button = panel.findChild(QToolButton, "detailCopy")
    assert button is not None
    button.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("jobs\n")
    assert "jobs.*" in copied


async def test_a_thing_that_is_gone_is_said_to_be_gone(panel: DetailPanel) -> None:
    await until(lambda: shows(panel, "The whole broker"))
    panel.show_scope(Scope("nowhere", "no one"))
    assert "no one of nowhere is not there" in panel.empty.said


async def test_old_figures_are_called_old(panel: DetailPanel, nats_server: NatsServer) -> None:
    await until(lambda: "streams" in texts(panel) and "1" in texts(panel))
    nats_server.stop()
    await until(lambda: shows(panel, "last figures that could be read"))
    values = [label for label in panel.findChildren(QLabel) if label.isVisible() and label.property("kind") == "figure"]
    assert "1" in [value.text() for value in values]
    assert {value.palette().windowText().color().name() for value in values} == {DARK.muted.lower()}
