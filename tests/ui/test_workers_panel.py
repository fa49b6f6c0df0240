from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

import nats
import pytest
import pytest_asyncio
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QSpinBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.domain.commands import EnsureQueue, StartProducer, StartWorker
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.worker import FailureAction, OnFailure, Phase, ProducerSpec, TaskKind, WorkerSpec
from wqstudio.engine.studio import Studio
from wqstudio.ui.models.worker_rows import WorkerRow
from wqstudio.ui.panels.confirmation import Confirmation
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.panels.log_slider import LogSlider
from wqstudio.ui.panels.producer_card import ProducerCard
from wqstudio.ui.panels.producer_form import ProducerForm
from wqstudio.ui.panels.worker_controls import WorkerControls
from wqstudio.ui.panels.worker_form import WorkerForm
from wqstudio.ui.panels.workers import WorkersPanel
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Theme

W = TypeVar("W", bound=QObject)

JOBS = QueueSpec("jobs", ("jobs.*",), in_memory=True, consumers=(ConsumerSpec("all", ack_wait=2.0),))
FEED = ProducerSpec("feed", "jobs", "jobs.{n}", rate=50.0)


def child(parent: QWidget, kind: type[W], name: str) -> W:
    found = parent.findChild(kind, name)
    assert found is not None, name
    return found


@pytest_asyncio.fixture
async def panel(studio: Studio, theme: Theme) -> AsyncIterator[WorkersPanel]:
    """On a server with the stream ``jobs`` and its consumer ``all``."""
    await studio.executor.run(EnsureQueue(JOBS))
    studio.monitor.refresh()
    shown = WorkersPanel(studio, theme)
    QAbstractItemModelTester(shown.model, QAbstractItemModelTester.FailureReportingMode.Fatal, shown)
    shown.resize(340, 800)
    shown.show()
    await until(child(shown, QPushButton, "addSlow").isEnabled)
    yield shown
    shown.detach()  # before Qt deletes it, which pytest-qt's own way of closing widgets would do
    shown.close()
    shown.deleteLater()


def click(qtbot: QtBot, parent: QWidget, kind: type[QPushButton] | type[QToolButton], name: str) -> None:
    qtbot.mouseClick(child(parent, kind, name), Qt.MouseButton.LeftButton)


def knows(studio: Studio, queue: str) -> bool:
    snapshot = studio.monitor.snapshot
    return snapshot is not None and isinstance(snapshot.queues, Mapping) and queue in snapshot.queues


async def controls(panel: WorkersPanel, worker: int) -> WorkerControls:
    """Of the worker's open card."""
    panel.list.select(worker)
    await until(lambda: panel.findChild(WorkerControls) is not None)
    return child(panel, WorkerControls, "workerControls")


async def test_a_click_on_slow_starts_a_worker_that_acknowledges_a_task(
    panel: WorkersPanel, studio: Studio, qtbot: QtBot
) -> None:
    await studio.executor.run(StartProducer(FEED))
    click(qtbot, panel, QPushButton, "addSlow")
    await until(lambda: panel.model.rowCount() == 1)
    await until(lambda: studio.fleet.workers and next(iter(studio.fleet.workers.values())).acked > 0)
    worker = next(iter(studio.fleet.workers.values()))
    assert (worker.spec.name, worker.spec.speed, worker.spec.source.consumer) == ("slow-1", 0.3, "all")
    await until(lambda: panel.model.row(panel.model.index(0)).done != "0 done")
    await until(lambda: panel.list.animating)


async def test_who_is_clicked_into_being_is_in_sight_also_where_the_list_is_longer_than_the_panel(
    panel: WorkersPanel, studio: Studio, qtbot: QtBot
) -> None:
    panel.resize(340, 400)
    for before in range(6):
        click(qtbot, panel, QPushButton, "addFast")
        await until(partial(panel.model.hasIndex, before, 0))
    newest = panel.model.index_of(max(studio.fleet.workers))
    await until(lambda: panel.list.viewport().rect().contains(panel.list.visualRect(newest)), within=5)


async def test_the_speed_follows_the_slider_while_the_worker_works(
    panel: WorkersPanel, studio: Studio, qtbot: QtBot
) -> None:
    panel.add_worker(1)
    await until(lambda: panel.model.rowCount() == 1)
    card = await controls(panel, 1)
    slider = child(card, LogSlider, "workerSpeed")
    for _ in range(3):
        qtbot.keyClick(slider, Qt.Key.Key_PageDown)
    await until(lambda: abs(studio.fleet.workers[1].spec.speed - 10**-0.75) < 0.01)
    child(card, QSpinBox, "workerPrefetch").setValue(20)
    await until(lambda: studio.fleet.workers[1].spec.prefetch == 20)


async def test_pause_resume_and_stop(panel: WorkersPanel, studio: Studio, qtbot: QtBot) -> None:
    panel.add_worker(0)
    await until(lambda: 1 in studio.fleet.workers and studio.fleet.workers[1].phase is Phase.WAITING)
    card = await controls(panel, 1)
    click(qtbot, card, QToolButton, "workerPause")
    await until(lambda: studio.fleet.workers[1].phase is Phase.PAUSED)
    await until(lambda: child(card, QToolButton, "workerPause").text() == "Resume")
    click(qtbot, card, QToolButton, "workerPause")
    await until(lambda: studio.fleet.workers[1].phase is Phase.WAITING)
    panel.stop_selected()
    await until(lambda: studio.fleet.workers[1].phase is Phase.STOPPED)


async def test_a_crash_is_seen_and_the_card_can_be_removed(panel: WorkersPanel, studio: Studio, qtbot: QtBot) -> None:
    panel.add_worker(0)
    await until(lambda: 1 in studio.fleet.workers and studio.fleet.workers[1].phase is Phase.WAITING)
    card = await controls(panel, 1)
    click(qtbot, card, QToolButton, "workerCrash")
    await until(lambda: panel.model.over() == [1])
    assert not child(card, QToolButton, "workerCrash").isEnabled()
    await until(child(panel, QPushButton, "workersForget").isVisible)
    click(qtbot, panel, QPushButton, "workersForget")
    assert panel.model.rowCount() == 0
    assert not studio.fleet.workers
    assert panel.empty.isVisible()


async def test_how_many_are_at_work_is_told_beside_those_that_ended_where_there_is_little_room(
    panel: WorkersPanel, studio: Studio
) -> None:
    panel.add_worker(0)
    panel.add_worker(0)
    await until(lambda: [one.phase for one in studio.fleet.workers.values()] == [Phase.WAITING] * 2)
    await studio.fleet.crash(1)
    await until(child(panel, QPushButton, "workersForget").isVisible)
    summary = child(panel, ElidedLabel, "workersSummary")
    await until(lambda: summary.shown == "1 worker, 0 at work")
    whole, brief = (summary.fontMetrics().horizontalAdvance(said) for said in (summary.text(), "0 of 1 at work"))
    summary.setStyleSheet(
        f"font-size: {round(summary.fontInfo().pixelSize() * summary.width() * 2 / (whole + brief))}px"
    )
    await until(lambda: summary.fontMetrics().horizontalAdvance(summary.text()) > summary.width())
    assert summary.shown == "0 of 1 at work"


async def test_the_form_starts_as_many_workers_as_it_says(panel: WorkersPanel, studio: Studio, qtbot: QtBot) -> None:
    click(qtbot, panel, QPushButton, "addOther")
    form = child(panel, WorkerForm, "workerForm")
    child(form, QLineEdit, "workerFormName").setText("")
    assert not form.button.isEnabled()
    child(form, QLineEdit, "workerFormName").setText("clerk")
    child(form, QSpinBox, "workerFormCount").setValue(3)
    child(form, QSpinBox, "workerFormPrefetch").setValue(5)
    qtbot.mouseClick(form.button, Qt.MouseButton.LeftButton)
    await until(lambda: len(studio.fleet.workers) == 3)
    specs = [worker.spec for worker in studio.fleet.workers.values()]
    assert sorted(spec.name for spec in specs) == ["clerk-1", "clerk-2", "clerk-3"]
    assert {spec.prefetch for spec in specs} == {5}
    assert len({spec.seed for spec in specs}) == 1, "a task is the same work to all of them"


async def test_the_forms_keep_what_they_have_no_field_for(panel: WorkersPanel, studio: Studio, qtbot: QtBot) -> None:
    giving_up = WorkerSpec("w-1", Source("jobs", "all"), on_failure=OnFailure(FailureAction.BACKOFF, tries=5))
    await studio.executor.run(StartWorker(giving_up))
    kinds = (TaskKind("later", due=60.0),)
    await studio.executor.run(StartProducer(replace(FEED, rate=1.0, mix=kinds, partitions=3, synchronous=True)))
    await until(lambda: panel.findChild(ProducerCard) is not None)
    for button, popover in (("addOther", WorkerForm), ("addProducer", ProducerForm)):
        click(qtbot, panel, QPushButton, button)
        form = child(panel, popover, f"{popover.__name__[0].lower()}{popover.__name__[1:]}")
        qtbot.mouseClick(form.button, Qt.MouseButton.LeftButton)
    await until(lambda: len(studio.fleet.workers) == len(studio.fleet.producers) == 2)
    assert [worker.spec.on_failure for worker in studio.fleet.workers.values()] == [giving_up.on_failure] * 2
    _, made = (producer.spec for producer in studio.fleet.producers.values())
    assert (made.mix, made.partitions, made.synchronous) == (kinds, 3, True)


async def test_a_producer_is_paused_and_sped_up_by_its_card(panel: WorkersPanel, studio: Studio, qtbot: QtBot) -> None:
    producer = await studio.executor.run(StartProducer(FEED))
    assert producer is not None
    await until(lambda: panel.findChild(ProducerCard) is not None)
    card = child(panel, ProducerCard, f"producer{producer}")
    await until(lambda: studio.fleet.producers[producer].confirmed > 0)
    qtbot.keyClick(child(card, LogSlider, "producerRate"), Qt.Key.Key_PageUp)
    await until(lambda: studio.fleet.producers[producer].spec.rate > FEED.rate * 1.5)
    click(qtbot, card, QToolButton, "producerPause")
    await until(lambda: studio.fleet.producers[producer].phase is Phase.PAUSED)
    click(qtbot, card, QToolButton, "producerStop")
    await until(lambda: studio.fleet.producers[producer].phase.over)
    await until(lambda: child(card, QToolButton, "producerStop").accessibleName() == "Remove")
    click(qtbot, card, QToolButton, "producerStop")
    assert producer not in studio.fleet.producers


async def test_whom_the_fleet_forgets_the_panel_forgets(panel: WorkersPanel, studio: Studio) -> None:
    producer = await studio.executor.run(StartProducer(replace(FEED, count=1)))
    assert producer is not None
    panel.add_worker(0)
    await until(lambda: panel.model.rowCount() == 1 and panel.findChild(ProducerCard) is not None)
    await studio.fleet.stop_all()
    await until(panel.model.over)
    for ended in (producer, *studio.fleet.workers):
        studio.fleet.forget(ended)
    panel.add_worker(0)
    await until(lambda: [row.name for row in rows(panel)] == ["fast-1"] and not rows(panel)[0].state.phase.over)
    await until(lambda: panel.findChild(ProducerCard) is None)


def rows(panel: WorkersPanel) -> list[WorkerRow]:
    return [panel.model.row(panel.model.index(position)) for position in range(panel.model.rowCount())]


async def test_a_queue_without_consumers_disables_the_buttons_and_says_why(panel: WorkersPanel, studio: Studio) -> None:
    await studio.executor.run(EnsureQueue(replace(JOBS, name="bare", routes=("bare",), consumers=())))
    await studio.executor.run(EnsureQueue(replace(JOBS, name="more", routes=("more",))))
    studio.monitor.refresh()
    await until(lambda: knows(studio, "more"))
    panel.set_scope(Scope("bare"))
    button = child(panel, QPushButton, "addFast")
    assert not button.isEnabled()
    assert "bare has no consumer" in button.toolTip()
    assert "bare has no consumer" in child(panel, QLabel, "workersTarget").text()
    panel.set_scope(Scope("more", "all"))
    assert button.isEnabled()


async def select_strangers_queue(panel: WorkersPanel, studio: Studio, server: NatsServer) -> None:
    """A stream ``orders`` with the consumer ``all``, made by somebody else."""
    client = await nats.connect(server.url)
    stream = client.jetstream()
    await stream.add_stream(name="orders", subjects=["orders.>"], retention="workqueue")
    await stream.add_consumer("orders", durable_name="all", ack_policy="explicit")
    await client.close()
    studio.monitor.refresh()
    await until(lambda: knows(studio, "orders"))
    panel.set_scope(Scope("orders", "all"))


async def asked_about_a_worker(panel: WorkersPanel, studio: Studio, server: NatsServer) -> Confirmation:
    """That is to take from a stranger's queue."""
    await select_strangers_queue(panel, studio, server)
    question = child(panel, Confirmation, "confirmation")
    panel.add_worker(0)
    await until(question.isVisible)
    return question


async def test_a_strangers_queue_is_worked_on_only_after_a_question(
    panel: WorkersPanel, studio: Studio, nats_server: NatsServer, qtbot: QtBot
) -> None:
    question = await asked_about_a_worker(panel, studio, nats_server)
    assert "orders was not made by the studio" in child(question, QLabel, "confirmationText").text()
    assert panel.focusWidget() is child(question, QPushButton, "confirmationCancel")
    qtbot.keyClick(child(question, QPushButton, "confirmationCancel"), Qt.Key.Key_Escape)
    assert not question.isVisible()
    assert not studio.fleet.workers
    panel.add_worker(0)
    panel.add_worker(1)
    await until(lambda: "2 are to be started" in child(question, QLabel, "confirmationText").text())
    click(qtbot, question, QPushButton, "confirmationAnyway")
    await until(lambda: len(studio.fleet.workers) == 2)
    assert not question.isVisible()


async def test_workers_that_a_question_is_about_have_a_name_each(
    panel: WorkersPanel, studio: Studio, nats_server: NatsServer, qtbot: QtBot
) -> None:
    question = await asked_about_a_worker(panel, studio, nats_server)
    panel.add_worker(0)
    await until(lambda: "2 are to be started" in child(question, QLabel, "confirmationText").text())
    click(qtbot, panel, QPushButton, "addOther")
    form = child(panel, WorkerForm, "workerForm")
    child(form, QLineEdit, "workerFormName").setText("fast")
    qtbot.mouseClick(form.button, Qt.MouseButton.LeftButton)
    await until(lambda: "3 are to be started" in child(question, QLabel, "confirmationText").text())
    click(qtbot, question, QPushButton, "confirmationAnyway")
    await until(lambda: len(studio.fleet.workers) == 3)
    assert [worker.spec.name for worker in studio.fleet.workers.values()] == ["fast-1", "fast-2", "fast-3"]


async def test_a_producer_into_a_strangers_queue_is_asked_about_too(
    panel: WorkersPanel, studio: Studio, nats_server: NatsServer, qtbot: QtBot
) -> None:
    await select_strangers_queue(panel, studio, nats_server)
    click(qtbot, panel, QPushButton, "addProducer")
    form = child(panel, ProducerForm, "producerForm")
    qtbot.keyClicks(child(form, QLineEdit, "producerFormRoute"), "orders.new")
    qtbot.mouseClick(form.button, Qt.MouseButton.LeftButton)
    question = child(panel, Confirmation, "confirmation")
    await until(question.isVisible)
    assert not studio.fleet.producers
    click(qtbot, question, QPushButton, "confirmationAnyway")
    await until(lambda: len(studio.fleet.producers) == 1)


async def test_without_a_queue_the_producers_say_why_none_can_be_added(panel: WorkersPanel, studio: Studio) -> None:
    await studio.executor.run(EnsureQueue(replace(JOBS, name="more", routes=("more",))))
    studio.monitor.refresh()
    await until(lambda: not child(panel, QPushButton, "addProducer").isEnabled())
    reason = child(panel, QLabel, "producersWhyNot")
    assert reason.isVisible()
    assert "Choose in the explorer" in reason.text()
    assert child(panel, QPushButton, "addProducer").toolTip() == reason.text()


async def test_the_form_takes_as_many_workers_as_there_can_be(panel: WorkersPanel, qtbot: QtBot) -> None:
    count = child(child(panel, WorkerForm, "workerForm"), QSpinBox, "workerFormCount")
    count.selectAll()
    qtbot.keyClicks(count, "200")
    assert count.value() == 200


async def test_what_the_executor_refuses_is_said_in_the_panel(panel: WorkersPanel) -> None:
    error = child(panel, QLabel, "workersError")
    assert not error.isVisible()
    for _ in range(201):
        panel.add_worker(0)
    await until(error.isVisible)
    assert "200" in error.text()


@pytest.mark.parametrize("preset", [0, 1, 2])
async def test_a_read_only_connection_says_so(nats_server: NatsServer, theme: Theme, preset: int) -> None:
    studio = await Studio.open(replace(nats_server.connection, read_only=True))
    panel = WorkersPanel(studio, theme)
    panel.show()
    panel.add_worker(preset)
    assert "read-only" in child(panel, QLabel, "workersTarget").text()
    assert not child(panel, QPushButton, "addSlow").isEnabled()
    assert not studio.fleet.workers
    panel.detach()
    panel.close()
    panel.deleteLater()
    await studio.close()
