"""How many messages a second a worker or a producer of the fleet handles when nothing holds it back."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np

from wqstudio.domain.connection import Connection
from wqstudio.domain.delivery import Deliveries, FleetBatch
from wqstudio.domain.events import Event
from wqstudio.domain.queue import Source
from wqstudio.domain.worker import Phase, ProducerSpec, WorkerSpec
from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.fleet.supervisor import Fleet

RUN = "bench"


class FleetMeter:
    """One host, and what it reports to this process. Made by ``fleet_meter``."""

    def __init__(self, connection: Connection) -> None:
        self._settled: list[Deliveries] = []
        self._confirmed: list[tuple[float, int]] = []
        """When confirms were reported here, and how many."""
        self._moved = asyncio.Event()
        self.timeline: Timeline | None = None
        """Records what is reported, where there is one."""
        self.fleet = Fleet(connection, RUN, self._on_batch, self._on_event, worker_hosts=1)

    async def consume(self, source: Source, prefetch: int, count: int) -> float:
        """Messages a second, from the first received to the last settled; all of them have been reported here."""
        self._settled.clear()
        id_ = await self.fleet.start_worker(WorkerSpec("bench", source, service_time=0, prefetch=prefetch))
        while sum(map(len, self._settled)) < count:
            await self._news()
        await self.fleet.stop(id_)
        await self.fleet.wait_idle()
        taken = np.concatenate(self._settled)[:count]
        return float((count - 1) / (taken["ended"][-1] - taken["received"][0]))

    async def publish(self, queue: str, count: int) -> float:
        """Messages a second, from the first report of confirms to the last; each tells of those of its 50 ms.

        What starts with the producer (its connection, its channel) is not what is compared.
        """
        self._confirmed.clear()
        id_ = await self.fleet.start_producer(ProducerSpec("bench", queue, queue, rate=0, count=count))
        while self.fleet.producers[id_].phase is not Phase.STOPPED:
            await self._news()
        (began, first), (ended, _) = self._confirmed[0], self._confirmed[-1]
        assert sum(confirmed for _, confirmed in self._confirmed) == count, self._confirmed
        return (count - first) / (ended - began)

    async def _news(self) -> None:
        self._moved.clear()
        await self._moved.wait()

    def _on_batch(self, batch: FleetBatch) -> None:
        self._settled.append(batch.settled)
        if self.timeline is not None:
            self.timeline.take(batch)
        if batch.confirmed:
            self._confirmed.append((time.perf_counter(), sum(row.count for row in batch.confirmed)))
        self._moved.set()

    def _on_event(self, event: Event) -> None:
        """Nobody reads them here."""


@asynccontextmanager
async def fleet_meter(connection: Connection) -> AsyncIterator[FleetMeter]:
    meter = FleetMeter(connection)
    await meter.fleet.start()
    try:
        yield meter
    finally:
        await meter.fleet.close()
