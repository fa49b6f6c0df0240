import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import nats
import pytest

from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.brokers.local.choice import local_server
from wqstudio.domain.commands import EnsureQueue, StartProducer, StartWorker
from wqstudio.domain.connection import Product
from wqstudio.domain.events import Level
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.scenario import Scenario
from wqstudio.domain.worker import ProducerSpec, WorkerSpec
from wqstudio.engine.executor import UnconfirmedError
from wqstudio.engine.looks.dead_letters import journal_file
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.studio import Studio
from wqstudio.engine.write_gate import ReadOnlyError

SOURCE = Source("work", "workers")
QUEUE = QueueSpec("work", ("work.>",), consumers=(ConsumerSpec("workers", ack_wait=5.0),))


def _scenario(count: int, workers: int = 3) -> Scenario:
    return Scenario(
        name="small",
        title="Small",
        summary="",
        queues=(QUEUE,),
        workers=tuple(WorkerSpec(f"worker-{n}", SOURCE, service_time=0.001) for n in range(workers)),
        producers=(ProducerSpec("producer", "work", "work.{n}", rate=0.0, count=count),),
    )


@pytest.fixture
async def studio(nats_server: NatsServer) -> AsyncIterator[Studio]:
    studio = await Studio.open(nats_server.connection)
    yield studio
    await studio.close()


def _acked(studio: Studio) -> Callable[[int], bool]:
    return lambda count: sum(worker.acked for worker in studio.fleet.workers.values()) >= count


async def test_every_task_of_a_run_is_accounted_for(studio: Studio) -> None:
    await studio.play(_scenario(count=500))
    await until(lambda: _acked(studio)(500), within=30)
    account = await studio.settle()
    assert (account.published, account.acknowledged, account.lost, account.duplicated) == (500, 500, 0, 0)
    assert account.balanced
    assert {worker.name for worker in account.workers} == {"worker-0", "worker-1", "worker-2"}


async def test_a_forgotten_worker_keeps_its_name_in_the_ledger(studio: Studio) -> None:
    await studio.play(_scenario(count=10, workers=1))
    await until(lambda: _acked(studio)(10), within=30)
    await studio.settle()
    for worker in tuple(studio.fleet.workers):
        studio.fleet.forget(worker)
    assert [worker.name for worker in (await studio.settle()).workers] == ["worker-0"]


async def test_what_is_left_at_the_stop_is_still_stored(studio: Studio) -> None:
    await studio.play(_scenario(count=300, workers=0))
    await until(lambda: all(producer.phase.over for producer in studio.fleet.producers.values()))
    account = await studio.settle()
    assert (account.published, account.acknowledged, account.stored, account.lost) == (300, 0, 300, 0)
    assert account.balanced


async def test_tasks_of_a_producer_started_by_hand_are_accounted_for_also_when_it_is_forgotten(studio: Studio) -> None:
    await studio.executor.run(EnsureQueue(QUEUE))
    producer = await studio.executor.run(StartProducer(ProducerSpec("p", "work", "work.{n}", rate=0.0, count=50)))
    assert producer is not None
    await until(lambda: studio.fleet.producers[producer].phase.over)
    studio.fleet.forget(producer)
    for _ in range(2):
        account = await studio.settle()
        assert (account.published, account.stored, account.lost, account.duplicated) == (50, 50, 0, 0)


async def test_a_subscriber_that_fails_keeps_nobody_else_from_hearing(studio: Studio) -> None:
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))

    def fail(_: object) -> None:
        raise ValueError("a mistake in a panel")

    beats: list[object] = []
    studio.subscribe_events(fail)
    studio.subscribe_fleet(fail)
    studio.monitor.subscribe(fail)
    studio.monitor.subscribe(beats.append)
    await studio.play(_scenario(count=200))
    await until(lambda: _acked(studio)(200), within=30)
    heard = len(beats)
    studio.monitor.refresh()
    await until(lambda: len(beats) > heard)
    account = await studio.settle()
    assert (account.acknowledged, account.lost, account.duplicated) == (200, 0, 0)
    assert {"a subscriber to events failed", "a subscriber to beats failed", "a subscriber to the fleet failed"} <= set(
        reported
    )


async def test_a_server_killed_in_the_middle_of_a_run_loses_nothing(nats_server: NatsServer, studio: Studio) -> None:
    await studio.play(_scenario(count=3_000))
    await until(lambda: _acked(studio)(300), within=30)
    nats_server.kill()
    nats_server.start()
    await until(lambda: all(producer.phase.over for producer in studio.fleet.producers.values()), within=60)
    await until(lambda: _acked(studio)(2_500), within=60)
    account = await studio.settle()
    assert account.published >= 3_000
    assert account.lost == 0
    assert account.balanced


async def test_a_restart_of_the_local_server_in_the_middle_of_a_run_loses_nothing() -> None:
    server = local_server(Product.NATS)
    await server.start()
    studio = await Studio.open(server.connection)
    try:
        await studio.play(_scenario(count=3_000))
        await until(lambda: _acked(studio)(300), within=30)
        await server.restart()
        await until(lambda: all(producer.phase.over for producer in studio.fleet.producers.values()), within=60)
        await until(lambda: _acked(studio)(2_500), within=60)
        account = await studio.settle()
        assert (account.published, account.lost, account.balanced) == (3_000, 0, True)
    finally:
        await studio.close()
        await server.stop()


async def test_a_crashed_workers_message_is_redelivered_to_another(studio: Studio) -> None:
    await studio.play(replace(_scenario(count=1, workers=0), workers=(WorkerSpec("slow", SOURCE, service_time=60.0),)))
    slow = next(iter(studio.fleet.workers))
    await until(lambda: studio.fleet.workers[slow].current is not None)
    await studio.fleet.crash(slow)
    other = await studio.executor.run(StartWorker(WorkerSpec("fast", SOURCE, service_time=0.01)))
    assert other is not None
    await until(lambda: studio.fleet.workers[other].redelivered == 1, within=15)
    await until(lambda: studio.fleet.workers[other].acked == 1)
    account = await studio.settle()
    by_name = {worker.name: worker for worker in account.workers}
    assert (by_name["slow"].crashed, by_name["fast"].redelivered) == (1, 1)
    assert (account.acknowledged, account.lost) == (1, 0)
    told = [event.text for event in studio.events]
    assert "The message that slow held was redelivered to fast" in told
    assert any("slow" in text and "crash" in text for text in told)


async def test_a_full_queue_is_told(studio: Studio) -> None:
    full = replace(_scenario(count=30, workers=0), queues=(replace(QUEUE, max_messages=10),))
    await studio.play(full)
    await until(lambda: any("work refused" in event.text for event in studio.events))
    (told,) = [event for event in studio.events if "work refused" in event.text]
    assert told.level is Level.WARNING
    assert "lower the producer's rate" in told.text


async def test_a_strangers_queue_is_touched_only_when_confirmed(nats_server: NatsServer, studio: Studio) -> None:
    client = await nats.connect(nats_server.url)
    stream = client.jetstream()
    await stream.add_stream(name="orders", subjects=["orders.>"], retention="workqueue")
    await stream.add_consumer("orders", durable_name="mail", ack_policy="explicit")
    await stream.publish("orders.1", b"a real order")
    await client.close()
    start = StartWorker(WorkerSpec("w", Source("orders", "mail"), service_time=0.0))
    with pytest.raises(UnconfirmedError, match=r"orders was not made by the studio.* removes them"):
        await studio.executor.run(start)
    with pytest.raises(UnconfirmedError, match="made-up tasks"):
        await studio.executor.run(StartProducer(ProducerSpec("p", "orders", "orders.{n}")))
    await studio.executor.run(EnsureQueue(QUEUE))
    prior = StartWorker(WorkerSpec("w", SOURCE, prior=Source("orders", "mail")))
    with pytest.raises(UnconfirmedError, match=r"^orders was not made by the studio"):
        await studio.executor.run(prior)
    strangers = StartWorker(WorkerSpec("w", Source("more", "mail"), prior=Source("orders", "mail")))
    with pytest.raises(UnconfirmedError, match=r"^orders and more were not made by the studio"):
        await studio.executor.run(strangers)
    assert not studio.fleet.workers
    assert not studio.events or all("Could not" not in event.text for event in studio.events)
    await studio.executor.run(replace(start, confirmed=True))
    await until(lambda: _acked(studio)(1))
    await studio.executor.run(start)  # it is known by now


async def test_a_read_only_connection_changes_nothing(nats_server: NatsServer) -> None:
    studio = await Studio.open(replace(nats_server.connection, read_only=True))
    try:
        with pytest.raises(ReadOnlyError, match="read-only"):
            await studio.executor.run(EnsureQueue(QUEUE))
        with pytest.raises(ReadOnlyError, match="start worker w on work"):
            await studio.executor.run(StartWorker(WorkerSpec("w", SOURCE)))
        snapshot = await studio.broker.snapshot()
        assert snapshot.queues == {}
        assert [event.level for event in studio.events if "Could not" in event.text] == [Level.ERROR] * 2
    finally:
        await studio.close()


async def test_the_loop_goes_on_while_the_journal_is_opened_that_another_process_writes(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))  # a file that is not there yet can be kept from all others
    file = journal_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        opening = asyncio.create_task(studio.open_desk())
        await asyncio.sleep(0.05)  # the thread asks for the file
        assert not opening.done()
        other.execute("ROLLBACK")
    await opening
    assert isinstance(studio.desk, Desk)
