"""What simulated workers and producers do, whichever broker it is."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import pytest

from tests.contract.labs import Lab
from tests.jetstream import queue_when
from wqstudio.brokers.port import Broker
from wqstudio.domain.delivery import FleetBatch, SettledDelivery, each_delivery
from wqstudio.domain.events import Event
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import (
    AckMode,
    FailureAction,
    OnFailure,
    Outcome,
    Phase,
    ProducerSpec,
    TaskKind,
    WorkerSpec,
)
from wqstudio.fleet.supervisor import Fleet

RUN = "run"
WITHIN = 15.0
SOURCE = Source("jobs", "workers")
POISON = b'{"task": "t", "poison": true}'


class Watch:
    """A fleet, and all that it has reported."""

    def __init__(self, lab: Lab) -> None:
        self.settled: list[SettledDelivery] = []
        self.published: set[int] = set()
        self.events: list[str] = []
        self._lab = lab
        self._moved = asyncio.Event()
        self.fleet = Fleet(lab.connection, RUN, self._on_batch, self._on_event, worker_hosts=2)

    @property
    def acked(self) -> Counter[int]:
        return Counter(row.task for row in self.settled if row.outcome is Outcome.ACKED)

    def outcomes(self, worker: int) -> list[Outcome]:
        return [row.outcome for row in self.settled if row.worker == worker]

    async def put(self, count: int, body: bytes = b'{"task": "t"}') -> None:
        for number in range(count):
            await self._lab.publish("jobs.a", body, str(TaskId(RUN, 1_000, number)))

    async def worker(self, **fields: object) -> int:
        return await self.fleet.start_worker(WorkerSpec(**{"name": "w", "source": SOURCE, **fields}))  # type: ignore[arg-type] # any of its fields

    async def producer(self, **fields: object) -> int:
        spec = {"name": "p", "queue": "jobs", "route": self._lab.route("jobs.{n}"), **fields}
        return await self.fleet.start_producer(ProducerSpec(**spec))  # type: ignore[arg-type] # as above

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(WITHIN):
            while not condition():
                self._moved.clear()
                await self._moved.wait()

    async def until_phase(self, worker: int, phase: Phase) -> None:
        await self.until(lambda: self.fleet.workers[worker].phase is phase)

    def _on_batch(self, batch: FleetBatch) -> None:
        self.settled += each_delivery(batch.settled)
        for row in batch.confirmed:
            self.published |= {TaskId(RUN, row.producer, row.first + n).number for n in range(row.count)}
        self._moved.set()

    def _on_event(self, event: Event) -> None:
        self.events.append(event.text)
        self._moved.set()


@pytest.fixture
async def watch(lab: Lab) -> AsyncIterator[Watch]:
    watch = Watch(lab)
    await watch.fleet.start()
    yield watch
    await watch.fleet.close()


async def make_queue(broker: Broker, max_deliver: int = -1) -> None:
    consumer = ConsumerSpec("workers", ack_wait=2.0, max_deliver=max_deliver)
    await broker.ensure(QueueSpec("jobs", ("jobs.*",), consumers=(consumer,)))


async def test_every_task_published_is_worked_on_once(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    producer = await watch.producer(rate=0, count=2_000)
    for prefetch in (1, 10, 50):
        await watch.worker(service_time=0, prefetch=prefetch)
    await watch.until(lambda: len(watch.acked) == 2_000)
    assert watch.acked.total() == 2_000
    await watch.until(lambda: watch.fleet.producers[producer].phase is Phase.STOPPED)
    assert set(watch.acked) == watch.published
    assert await watch.fleet.stop_all(10)
    assert await broker.remaining_tasks("jobs", RUN) == []


async def test_prefetch_changes_live(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    await watch.put(20)
    id_ = await watch.worker(service_time=0.3, prefetch=1)
    await watch.until(lambda: watch.fleet.workers[id_].current)
    assert watch.fleet.workers[id_].held == 1
    await watch.fleet.set_prefetch(id_, 5)
    await watch.until(lambda: watch.fleet.workers[id_].held == 5)
    await watch.fleet.set_prefetch(id_, 2)
    goal = len(watch.settled) + 6
    await watch.until(lambda: len(watch.settled) == goal)
    assert watch.fleet.workers[id_].held <= 2


async def test_a_crashed_workers_messages_come_back_to_another(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    await watch.put(4)
    id_ = await watch.worker(service_time=60, prefetch=4)
    await watch.until(lambda: watch.fleet.workers[id_].held == 4)
    await watch.fleet.crash(id_)
    await watch.until_phase(id_, Phase.CRASHED)
    assert watch.outcomes(id_) == [Outcome.CRASHED] * 4
    other = await watch.worker(service_time=0)
    await watch.until(lambda: watch.fleet.workers[other].acked == 4)
    assert {row.deliveries for row in watch.settled if row.worker == other} == {2}


async def test_a_paused_worker_takes_no_other_task(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    id_ = await watch.worker(service_time=0)
    await watch.until_phase(id_, Phase.WAITING)
    await watch.fleet.pause(id_)
    await watch.until_phase(id_, Phase.PAUSED)
    await watch.put(1)
    await queue_when(broker, "jobs", lambda queue: queue.waiting == 1)
    await watch.fleet.resume(id_)
    await watch.until(lambda: watch.settled)


@pytest.mark.parametrize("mode", list(AckMode))
async def test_whatever_the_acknowledgement_what_is_worked_on_is_gone(
    broker: Broker, watch: Watch, mode: AckMode
) -> None:
    await make_queue(broker)
    await watch.put(20)
    await watch.worker(service_time=0, prefetch=5, ack_mode=mode)
    await watch.until(lambda: len(watch.settled) == 20)
    assert await watch.fleet.stop_all(5)
    assert await broker.remaining_tasks("jobs", RUN) == []


async def test_automatic_acks_lose_what_a_crashed_worker_holds(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    await watch.put(3)
    id_ = await watch.worker(service_time=60, prefetch=3, ack_mode=AckMode.ON_RECEIPT)
    await watch.until(lambda: watch.fleet.workers[id_].held == 3)
    await watch.fleet.crash(id_)
    await watch.until_phase(id_, Phase.CRASHED)
    assert await broker.remaining_tasks("jobs", RUN) == []


@pytest.mark.parametrize("action", [FailureAction.NAK, FailureAction.NAK_DELAYED])
async def test_poison_fails_until_its_deliveries_are_used_up(
    broker: Broker, watch: Watch, action: FailureAction
) -> None:
    await make_queue(broker, max_deliver=3)
    await watch.put(1, POISON)
    await watch.worker(service_time=0, on_failure=OnFailure(action, delay=0.1))
    await watch.until(lambda: len(watch.settled) == 3)
    assert [row.deliveries for row in watch.settled] == [1, 2, 3]
    await watch.put(1)
    await watch.until(lambda: len(watch.settled) == 4)
    assert watch.settled[-1].outcome is Outcome.ACKED


async def test_backoff_spreads_the_tries(broker: Broker, watch: Watch) -> None:
    await make_queue(broker, max_deliver=4)
    await watch.put(1, POISON)
    await watch.worker(service_time=0, on_failure=OnFailure(FailureAction.BACKOFF, delay=0.2, cap=0.4))
    await watch.until(lambda: len(watch.settled) == 4)
    gaps = [after.received - before.received for before, after in pairwise(watch.settled)]
    assert gaps == [pytest.approx(0.2, abs=0.15), pytest.approx(0.4, abs=0.15), pytest.approx(0.4, abs=0.15)]


async def test_a_terminated_message_is_gone(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    await watch.put(1, POISON)
    await watch.worker(service_time=0, on_failure=OnFailure(FailureAction.TERMINATE))
    await watch.until(lambda: watch.settled)
    assert await watch.fleet.stop_all(5)
    assert [row.outcome for row in watch.settled] == [Outcome.TERMINATED]
    assert await broker.remaining_tasks("jobs", RUN) == []


async def test_a_worker_without_its_queue_fails_and_says_why(watch: Watch) -> None:
    id_ = await watch.worker()
    await watch.until_phase(id_, Phase.FAILED)
    assert "jobs" in watch.fleet.workers[id_].reason


async def test_a_worker_whose_queue_is_removed_fails_and_says_why(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    id_ = await watch.worker()
    await watch.until_phase(id_, Phase.WAITING)
    await broker.remove_owned(["jobs"])
    await watch.until_phase(id_, Phase.FAILED)
    assert watch.fleet.workers[id_].reason


async def test_a_restart_of_the_broker_in_the_middle_of_a_run_loses_nothing(
    lab: Lab, broker: Broker, watch: Watch
) -> None:
    await make_queue(broker)
    mix = (TaskKind("a", weight=3), TaskKind("b"))
    producer = await watch.producer(rate=800, mix=mix)
    workers = [await watch.worker(service_time=0, prefetch=prefetch) for prefetch in (1, 20)]
    await watch.until(lambda: len(watch.acked) > 300)
    lab.stop()
    await watch.until(lambda: all("no connection" in watch.fleet.workers[id_].reason for id_ in workers))
    await asyncio.to_thread(lab.start)
    goal = len(watch.acked) + 500
    await watch.until(lambda: len(watch.acked) > goal)
    await watch.fleet.stop(producer)
    await watch.until(lambda: watch.fleet.producers[producer].phase is Phase.STOPPED)
    await watch.until(lambda: watch.published <= set(watch.acked))
    assert await watch.fleet.stop_all(10)
    assert await broker.remaining_tasks("jobs", RUN) == []
