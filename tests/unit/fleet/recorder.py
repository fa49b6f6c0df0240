"""A fleet on a work queue of its own, with everything it tells written down."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StreamConfig
from nats.js.errors import NotFoundError

from tests.servers import NatsServer
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.delivery import BegunDelivery, ConfirmedTasks, FleetBatch, each_delivery
from wqstudio.domain.events import Event
from wqstudio.domain.queue import Source
from wqstudio.domain.settled import SettledDelivery
from wqstudio.domain.task import TASK_HEADER, TaskId
from wqstudio.domain.worker import Outcome, Phase, ProducerSpec, Spread, WorkerSpec, WorkerState
from wqstudio.fleet.supervisor import Fleet

RUN = "run"
SOURCE = Source("jobs", "workers")
WITHIN = 45.0
"""Seconds after which a condition that was awaited counts as failed."""

_LOOK = 0.02
_AT_ONCE = 200


class Recorder:
    def __init__(
        self, server: NatsServer, client: Client, worker_hosts: int = 1, connection: NatsConnection | None = None
    ) -> None:
        self.server = server
        self.stream: JetStreamContext = client.jetstream()
        self.settled: list[SettledDelivery] = []
        self.confirmed: list[ConfirmedTasks] = []
        self.begun: list[BegunDelivery] = []
        self.batches: list[FleetBatch] = []
        self.events: list[Event] = []
        self._news = asyncio.Event()
        self.fleet = Fleet(connection or server.connection, RUN, self._on_batch, self.events.append, worker_hosts)

    def _on_batch(self, batch: FleetBatch) -> None:
        self.batches.append(batch)
        self.settled += each_delivery(batch.settled)
        self.confirmed += batch.confirmed
        self.begun += batch.begun
        self._news.set()

    async def until(self, condition: Callable[[], object], within: float = WITHIN) -> None:
        """Wait until ``condition`` holds, looking after each batch and, for conditions on the clock, now and then."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    self._news.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._news.wait(), _LOOK)
        except TimeoutError:
            states = [*self.fleet.workers.values(), *self.fleet.producers.values()]
            raise AssertionError(f"not within {within} s; {states}; {self.events}") from None

    async def until_phase(self, id_: int, phase: Phase) -> None:
        await self.until(lambda: self._phase(id_) is phase)

    def _phase(self, id_: int) -> Phase:
        one = self.fleet.workers.get(id_) or self.fleet.producers[id_]
        return one.phase

    def worker(self, id_: int) -> WorkerState:
        return self.fleet.workers[id_]

    def outcomes(self, worker: int) -> list[Outcome]:
        return [row.outcome for row in self.settled if row.worker == worker]

    @property
    def acked(self) -> Counter[int]:
        """How often each task was acknowledged."""
        return Counter(row.task for row in self.settled if row.outcome is Outcome.ACKED)

    @property
    def published(self) -> set[int]:
        rows = self.confirmed
        return {TaskId(RUN, row.producer, row.first + offset).number for row in rows for offset in range(row.count)}

    def told(self, text: str) -> bool:
        return any(text in event.text for event in self.events)

    async def put(self, count: int, body: bytes = b'{"task": "t"}') -> None:
        """Store tasks that no producer of the fleet makes, numbered from 0 of producer 1000."""
        for number in range(count):
            headers = {TASK_HEADER: str(TaskId(RUN, 1_000, number))}
            await self.stream.publish_async("jobs.task", body, headers=headers)
        await self.stream.publish_async_completed()

    async def stored(self) -> Counter[int]:
        """The tasks in the stream, read by sequence, without a consumer."""
        state = (await self.stream.stream_info("jobs")).state
        numbers: Counter[int] = Counter()
        for start in range(state.first_seq, state.last_seq + 1, _AT_ONCE):
            sequences = range(start, min(start + _AT_ONCE, state.last_seq + 1))
            found = await asyncio.gather(*(self._task_at(sequence) for sequence in sequences))
            numbers.update(number for number in found if number is not None)
        return numbers

    async def _task_at(self, sequence: int) -> int | None:
        try:
            message = await self.stream.get_msg("jobs", sequence)
        except NotFoundError:
            return None
        identity = TaskId.parse((message.headers or {}).get(TASK_HEADER, ""))
        assert identity is not None
        return identity.number

    async def until_drained(self) -> None:
        """Wait until the consumer has nothing waiting and nothing in flight, which the server has no event for."""
        async with asyncio.timeout(WITHIN):
            while (info := await self.stream.consumer_info("jobs", "workers")).num_pending or info.num_ack_pending:  # noqa: ASYNC110 - see above
                await asyncio.sleep(_LOOK)


def worker(name: str = "w", **fields: object) -> WorkerSpec:
    """One with a fixed service time."""
    return WorkerSpec(**{"name": name, "source": SOURCE, "spread": Spread.FIXED, **fields})  # type: ignore[arg-type] # fields of the spec


def producer(name: str = "p", **fields: object) -> ProducerSpec:
    return ProducerSpec(**{"name": name, "queue": "jobs", "route": "jobs.{n}", **fields})  # type: ignore[arg-type] # fields of the spec


async def make_queue(stream: JetStreamContext, max_msgs: int = -1, ack_wait: float = 30, max_deliver: int = -1) -> None:
    """A work queue ``jobs`` with a consumer ``workers``."""
    await stream.add_stream(
        StreamConfig(
            name="jobs",
            subjects=["jobs.>"],
            retention=RetentionPolicy.WORK_QUEUE,
            discard=DiscardPolicy.NEW,
            max_msgs=max_msgs,
        )
    )
    await make_consumer(stream, ack_wait, max_deliver)


async def make_consumer(stream: JetStreamContext, ack_wait: float = 30, max_deliver: int = -1) -> None:
    config = ConsumerConfig(
        durable_name="workers",
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ack_wait,
        max_deliver=max_deliver,
        max_ack_pending=20_000,
    )
    await stream.add_consumer("jobs", config)
