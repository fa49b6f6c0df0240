"""A fleet under test, whichever the broker, with everything it tells written down."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from tests.contract.labs import Lab
from wqstudio.brokers.port import Broker
from wqstudio.domain.delivery import FleetBatch, each_delivery
from wqstudio.domain.events import Event
from wqstudio.domain.ledger import Account, Ledger
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.settled import SettledDelivery
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import Outcome, Phase, ProducerSpec, WorkerSpec
from wqstudio.fleet.supervisor import WORKER_HOSTS, Fleet

RUN = "run"
WITHIN = 60.0
SOURCE = Source("jobs", "workers")
POISON = b'{"task": "t", "poison": true}'

apart = pytest.mark.parametrize("worker_hosts", [WORKER_HOSTS])
"""For a test whose workers are not all in one process."""


class Watch:
    """A fleet, and all that it has reported."""

    def __init__(self, lab: Lab, worker_hosts: int = WORKER_HOSTS) -> None:
        self.settled: list[SettledDelivery] = []
        self.published: set[int] = set()
        self.events: list[str] = []
        self.ledger = Ledger(RUN)
        self._lab = lab
        self._moved = asyncio.Event()
        self.fleet = Fleet(lab.connection, RUN, self._on_batch, self._on_event, worker_hosts)

    @property
    def acked(self) -> Counter[int]:
        return Counter(row.task for row in self.settled if row.outcome is Outcome.ACKED)

    def outcomes(self, worker: int) -> list[Outcome]:
        return [row.outcome for row in self.settled if row.worker == worker]

    def held(self) -> list[int]:
        return [worker.held for worker in self.fleet.workers.values()]

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

    async def account(self, broker: Broker, *queues: str) -> Account:
        """Stop everything in good order, and count what became of each task. No queues: ``jobs``."""
        assert await self.fleet.stop_all(10)
        names = {worker.id: worker.spec.name for worker in self.fleet.workers.values()}
        stored = [number for queue in queues or ("jobs",) for number in await broker.remaining_tasks(queue, RUN)]
        return self.ledger.close(stored, names)

    def _on_batch(self, batch: FleetBatch) -> None:
        self.settled += each_delivery(batch.settled)
        self.ledger.settle(batch.settled)
        self.ledger.hear((*batch.workers, *batch.producers))
        for row in batch.confirmed:
            self.ledger.confirm(row)
            self.published |= {TaskId(RUN, row.producer, row.first + n).number for n in range(row.count)}
        self._moved.set()

    def _on_event(self, event: Event) -> None:
        self.events.append(event.text)
        self._moved.set()


async def make_queue(broker: Broker, max_deliver: int = -1) -> None:
    consumer = ConsumerSpec("workers", ack_wait=2.0, max_deliver=max_deliver)
    await broker.ensure(QueueSpec("jobs", ("jobs.*",), consumers=(consumer,)))
