"""A worker of the fleet at zero service time beside the same loop written bare, for pull sizes 1 and 100.

Both take the same stored messages, with consumers of their own, one after the other and again; the fleet pays for
its host process, for reporting every delivery, and for this process that receives the reports meanwhile.
"""

import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

import nats
import numpy as np
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from tests.bench.ratio import Ratio
from tests.servers import NatsServer
from wqstudio.domain.delivery import Deliveries, FleetBatch
from wqstudio.domain.events import Event
from wqstudio.domain.queue import Source
from wqstudio.domain.task import TASK_HEADER, Task, TaskId, encode
from wqstudio.domain.worker import WorkerSpec
from wqstudio.fleet.supervisor import Fleet

ROUNDS = 5
LIMIT = 0.90
COUNTS = {1: 6_000, 100: 30_000}
"""Messages a run takes, by pull size."""
RUN = "bench"
STREAM = "bench"


def run() -> list[Ratio]:
    with tempfile.TemporaryDirectory(prefix="wqstudio-bench-") as folder:
        server = NatsServer(Path(folder))
        server.start()
        try:
            return asyncio.run(_measure(server))
        finally:
            server.stop()


async def _measure(server: NatsServer) -> list[Ratio]:
    client = await nats.connect(server.url)
    stream = client.jetstream()
    await _fill(stream)
    meter = _FleetMeter(server, stream)
    await meter.start()
    ratios = [await _compare(server, stream, meter, batch) for batch in COUNTS]
    await meter.close()
    await client.close()
    return ratios


async def _compare(server: NatsServer, stream: JetStreamContext, meter: "_FleetMeter", batch: int) -> Ratio:
    bare: list[float] = []
    fleet: list[float] = []
    for _ in range(ROUNDS):
        bare.append(await _bare(server, stream, batch))
        fleet.append(await meter.measure(batch))
    ours, theirs = statistics.median(fleet), statistics.median(bare)
    detail = f"median of {ROUNDS}: fleet {ours:,.0f}/s, bare nats-py {theirs:,.0f}/s"
    return Ratio(f"fleet / bare loop, pull size {batch}", ours / theirs, LIMIT, at_least=True, detail=detail)


async def _fill(stream: JetStreamContext) -> None:
    await stream.add_stream(name=STREAM, subjects=["bench.>"])
    body = encode(Task("task"))
    for number in range(max(COUNTS.values())):
        headers = {TASK_HEADER: str(TaskId(RUN, 1, number))}
        await stream.publish_async("bench.task", body, headers=headers)
    await stream.publish_async_completed()


async def _consumer(stream: JetStreamContext) -> str:
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, max_ack_pending=10_000, inactive_threshold=60)
    return (await stream.add_consumer(STREAM, config)).name


async def _bare(server: NatsServer, stream: JetStreamContext, batch: int) -> float:
    arguments = [server.url, STREAM, await _consumer(stream), str(batch), str(COUNTS[batch])]
    command = [sys.executable, "-m", "tests.bench.bare_loop", *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return float(output)


class _FleetMeter:
    def __init__(self, server: NatsServer, stream: JetStreamContext) -> None:
        self._stream = stream
        self._settled: list[Deliveries] = []
        self._wanted = 0
        self._complete = asyncio.Event()
        self._fleet = Fleet(server.connection, RUN, self._on_batch, self._on_event, worker_hosts=1)

    async def start(self) -> None:
        await self._fleet.start()

    async def close(self) -> None:
        await self._fleet.close()

    async def measure(self, batch: int) -> float:
        """Messages a second, from the first received to the last settled; all of them have been reported here."""
        self._settled.clear()
        self._complete.clear()
        self._wanted = COUNTS[batch]
        source = Source(STREAM, await _consumer(self._stream))
        worker = await self._fleet.start_worker(WorkerSpec("bench", source, service_time=0, prefetch=batch))
        await self._complete.wait()
        await self._fleet.stop(worker)
        await self._fleet.wait_idle()
        taken = np.concatenate(self._settled)[: self._wanted]
        return float((len(taken) - 1) / (taken["ended"][-1] - taken["received"][0]))

    def _on_batch(self, batch: FleetBatch) -> None:
        self._settled.append(batch.settled)
        if sum(map(len, self._settled)) >= self._wanted:
            self._complete.set()

    def _on_event(self, event: Event) -> None:
        """Nobody reads them here."""
