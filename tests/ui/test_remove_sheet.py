"""What the studio made on somebody's broker is removed from the window, and nothing else is."""

from dataclasses import replace
from pathlib import Path

import nats
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.jetstream import JetStream
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.servers import NatsServer
from tests.ui.windows import child, window_on
from tests.waiting import until
from wqstudio.domain.commands import EnsureQueue, StartProducer, StartWorker
from wqstudio.domain.connection import Connection
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, QueueState, Source
from wqstudio.domain.reading import known
from wqstudio.domain.worker import ProducerSpec, WorkerSpec
from wqstudio.engine.studio import Studio
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.panels.facts_view import FactsView
from wqstudio.ui.panels.remove_sheet import RemoveSheet
from wqstudio.ui.theme import Theme


@pytest.fixture(params=["nats", "rabbitmq"])
def connection(request: pytest.FixtureRequest) -> Connection:
    if request.param == "nats":
        server: NatsServer = request.getfixturevalue("nats_server")
        return server.connection
    host: RabbitHost = request.getfixturevalue("rabbit_host")
    return host.connection


async def test_what_the_studio_made_is_removed_unless_somebody_is_at_work_there(
    connection: Connection, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    async with window_on(connection, theme, tmp_path) as window:
        studio = _studio_of(window)
        consumer = await _make(studio, "mail")
        await _make(studio, "jobs")
        worker = WorkerSpec("clerk", Source("mail", consumer))
        await studio.executor.run(StartWorker(worker))
        route = "jobs" if studio.broker.serves_from_queues else "jobs.new"
        producer = await studio.executor.run(StartProducer(ProducerSpec("pen", "jobs", route, rate=0, count=3)))
        assert producer is not None
        await until(lambda: studio.fleet.producers[producer].phase.over)
        await until(lambda: known(_queues(studio)["jobs"].messages, 0) == 3)
        await studio.at_work()
        asked = await _asked(window)
        await until(child(asked, QPushButton, "removeGo").isEnabled)
        assert child(asked, FactsView, "removeFacts").said.splitlines()[0] == "jobs, with 3 messages"
        assert child(asked, FactsView, "removeFacts").said.splitlines()[1].startswith("mail")
        qtbot.mouseClick(child(asked, QPushButton, "removeGo"), Qt.MouseButton.LeftButton)
        await until(lambda: "jobs" not in _queues(studio))
        assert "mail" in _queues(studio)
        assert not await studio.broker.in_use(["jobs"])


async def test_what_keeps_the_dead_letters_of_a_queue_in_use_stays_with_it(
    connection: Connection, theme: Theme, tmp_path: Path
) -> None:
    """Without, RabbitMQ would drop what dies there from then on."""
    async with window_on(connection, theme, tmp_path) as window:
        studio = _studio_of(window)
        consumer = await _make(studio, "mail")
        await _make(studio, "jobs")
        await studio.executor.run(EnsureQueue(QueueSpec("mail_dlq", (), dead_letters_of="mail")))
        await studio.executor.run(StartWorker(WorkerSpec("clerk", Source("mail", consumer))))
        await studio.at_work()
        await until(lambda: studio.broker.serves_from_queues <= bool(_dead_letters_of(studio, "mail")))
        await until(lambda: "mail_dlq" in _queues(studio))
        asked = await _asked(window)
        go = child(asked, QPushButton, "removeGo")
        await until(go.isEnabled)
        go.click()
        await until(lambda: "jobs" not in _queues(studio))
        assert {"mail", "mail_dlq"} <= _queues(studio).keys()


async def test_what_keeps_a_strangers_dead_letters_stays(
    rabbit_host: RabbitHost, user: RabbitUser, theme: Theme, tmp_path: Path
) -> None:
    async with window_on(rabbit_host.connection, theme, tmp_path) as window:
        studio = _studio_of(window)
        await _make(studio, "graves")
        user.declare("orders", {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "graves"})
        await until(lambda: "orders" in _queues(studio) and _dead_letters_of(studio, "orders"))
        asked = await _asked(window)
        said = child(asked, QLabel, "removeMessage")
        await until(lambda: said.text() == "Stop who is at work there first.")
        assert not child(asked, QPushButton, "removeGo").isEnabled()


async def test_what_has_changed_since_it_was_told_is_told_again_before_anything_goes(
    nats_server: NatsServer, jetstream: JetStream, theme: Theme, tmp_path: Path
) -> None:
    async with window_on(nats_server.connection, theme, tmp_path) as window:
        studio = _studio_of(window)
        consumer = await _make(studio, "mail")
        await _make(studio, "jobs")
        asked = await _asked(window)
        go, facts = child(asked, QPushButton, "removeGo"), child(asked, FactsView, "removeFacts")
        await until(go.isEnabled)
        assert facts.said.splitlines() == ["jobs, with 0 messages", "mail, with 0 messages"]
        await jetstream.publish("jobs.new", b"", b"")
        await until(lambda: known(_queues(studio)["jobs"].messages, 0) == 2)
        go.click()
        await until(lambda: facts.said.splitlines()[0] == "jobs, with 2 messages")
        assert child(asked, QLabel, "removeMessage").text().startswith("This has changed in the meantime")
        await studio.executor.run(StartWorker(WorkerSpec("clerk", Source("mail", consumer))))
        await studio.at_work()
        await until(go.isEnabled)
        go.click()
        await until(lambda: facts.said.splitlines()[-1].startswith("mail") and go.isEnabled())
        assert nats_server.streams == {"jobs", "mail"}
        go.click()
        await until(lambda: "jobs" not in _queues(studio))
        assert nats_server.streams == {"mail"}


async def test_that_nothing_is_known_is_not_said_to_be_nothing(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path
) -> None:
    """What an earlier window made no AMQP tells."""
    blind = replace(rabbit_host.connection, management_url="http://127.0.0.1:1")
    async with window_on(blind, theme, tmp_path) as window:
        await until(lambda: _studio_of(window).monitor.snapshot is not None)
        said = child(await _asked(window), QLabel, "removeMessage")
        await until(lambda: "is not known" in said.text())
        assert "rabbitmq_management" in said.text()


async def test_what_an_earlier_window_left_is_removed_and_a_strangers_queue_is_not(
    nats_server: NatsServer, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    async with window_on(nats_server.connection, theme, tmp_path) as window:
        await _make(_studio_of(window), "jobs")
    await _make_as_a_stranger(nats_server)
    async with window_on(nats_server.connection, theme, tmp_path) as window:
        await until(lambda: {"jobs", "orders"} <= _queues(_studio_of(window)).keys())
        asked = await _asked(window)
        await until(child(asked, QPushButton, "removeGo").isEnabled)
        assert child(asked, FactsView, "removeFacts").said == "jobs, with 0 messages"
        qtbot.keyClick(asked, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: nats_server.streams == {"orders"})
        await until(lambda: "jobs" not in _queues(_studio_of(window)))
        asked = await _asked(window)
        said = child(asked, QLabel, "removeMessage")
        await until(lambda: said.text() == "None of the streams in sight was made by the studio.")
        assert not child(asked, QPushButton, "removeGo").isEnabled()


async def test_nothing_is_removed_on_a_read_only_connection(
    nats_server: NatsServer, theme: Theme, tmp_path: Path
) -> None:
    async with window_on(replace(nats_server.connection, read_only=True), theme, tmp_path) as window:
        assert not window.actions_by_name["removeOwn"].isEnabled()


async def _make(studio: Studio, name: str) -> str:
    """A queue, and its consumer's name: empty where workers take from the queue itself."""
    consumers = () if studio.broker.serves_from_queues else (ConsumerSpec("all"),)
    await studio.executor.run(EnsureQueue(QueueSpec(name, routes=(f"{name}.*",), consumers=consumers)))
    studio.monitor.refresh()
    await until(lambda: name in _queues(studio))
    return consumers[0].name if consumers else ""


async def _make_as_a_stranger(server: NatsServer) -> None:
    client = await nats.connect(server.url)
    await client.jetstream().add_stream(name="orders", subjects=["orders.>"])
    await client.close()


async def _asked(window: MainWindow) -> RemoveSheet:
    await until(lambda: window.findChild(RemoveSheet) is None)
    window.actions_by_name["removeOwn"].trigger()
    return child(window, RemoveSheet, "removeSheet")


def _dead_letters_of(studio: Studio, queue: str) -> tuple[str, ...]:
    """Where they go, as RabbitMQ tells."""
    return _queues(studio)[queue].dead_letter_queues


def _queues(studio: Studio) -> dict[str, QueueState]:
    snapshot = studio.monitor.snapshot
    return dict(known(snapshot.queues, {})) if snapshot is not None else {}


def _studio_of(window: MainWindow) -> Studio:
    assert window.studio is not None
    return window.studio
