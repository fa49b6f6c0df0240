"""A worker and a producer of the fleet on RabbitMQ beside the same loops written bare with pika.

The worker has zero service time and prefetch 100, the producer no rate; messages are persistent and confirmed. The
fleet pays for its host process, for reporting every delivery, and for this process that receives the reports.
"""

import asyncio
import statistics
import sys
import time

import numpy as np

from tests.bench.ratio import Ratio
from tests.rabbit_servers import RabbitHost, RabbitNode
from tests.rabbit_user import RabbitUser
from wqstudio.domain.delivery import Deliveries, FleetBatch
from wqstudio.domain.events import Event
from wqstudio.domain.queue import Source
from wqstudio.domain.worker import Phase, ProducerSpec, WorkerSpec
from wqstudio.fleet.producer import WINDOW
from wqstudio.fleet.supervisor import Fleet

ROUNDS = 5
LIMIT = 0.90
PREFETCH = 100
COUNT = 20_000
QUEUE = "bench"


def run() -> list[Ratio]:
    node = RabbitNode()
    node.start()
    try:
        return asyncio.run(_measure(node.make_host()))
    finally:
        node.close()


async def _measure(host: RabbitHost) -> list[Ratio]:
    user = RabbitUser(host)
    user.declare(QUEUE)
    user.close()
    meter = _FleetMeter(host)
    await meter.start()
    rates: dict[str, list[float]] = {"bare out": [], "bare in": [], "fleet out": [], "fleet in": []}
    for _ in range(ROUNDS):
        rates["bare out"].append(await _bare(host, "publish", WINDOW))
        rates["bare in"].append(await _bare(host, "consume", PREFETCH))
        rates["fleet out"].append(await meter.publish())
        rates["fleet in"].append(await meter.consume())
    await meter.close()
    medians = {name: statistics.median(values) for name, values in rates.items()}
    return [
        _ratio(f"RabbitMQ worker / bare loop, prefetch {PREFETCH}", medians["fleet in"], medians["bare in"]),
        _ratio("RabbitMQ producer / bare pipelined confirms", medians["fleet out"], medians["bare out"]),
    ]


def _ratio(name: str, ours: float, theirs: float) -> Ratio:
    detail = f"median of {ROUNDS}: fleet {ours:,.0f}/s, bare pika {theirs:,.0f}/s"
    return Ratio(name, ours / theirs, LIMIT, at_least=True, detail=detail)


async def _bare(host: RabbitHost, how: str, window: int) -> float:
    connection = host.connection
    port = str(host.node.server.ports.amqp)
    arguments = [how, port, connection.vhost, connection.user, QUEUE, str(window), str(COUNT)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.bare_rabbit", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(f"{connection.password}\n".encode())
    return float(output)


class _FleetMeter:
    def __init__(self, host: RabbitHost) -> None:
        self._settled: list[Deliveries] = []
        self._moved = asyncio.Event()
        self._fleet = Fleet(host.connection, "bench", self._on_batch, self._on_event, worker_hosts=1)

    async def start(self) -> None:
        await self._fleet.start()

    async def close(self) -> None:
        await self._fleet.close()

    async def publish(self) -> float:
        """Messages a second, from the start of the producer to its last confirm; its connection is made meanwhile."""
        began = time.time()
        id_ = await self._fleet.start_producer(ProducerSpec("bench", QUEUE, QUEUE, rate=0, count=COUNT))
        while self._fleet.producers[id_].phase is not Phase.STOPPED:
            self._moved.clear()
            await self._moved.wait()
        return COUNT / (time.time() - began)

    async def consume(self) -> float:
        """Messages a second, from the first received to the last settled; all of them have been reported here."""
        self._settled.clear()
        id_ = await self._fleet.start_worker(WorkerSpec("bench", Source(QUEUE), service_time=0, prefetch=PREFETCH))
        while sum(map(len, self._settled)) < COUNT:
            self._moved.clear()
            await self._moved.wait()
        await self._fleet.stop(id_)
        await self._fleet.wait_idle()
        taken = np.concatenate(self._settled)
        return float((COUNT - 1) / (taken["ended"][-1] - taken["received"][0]))

    def _on_batch(self, batch: FleetBatch) -> None:
        self._settled.append(batch.settled)
        self._moved.set()

    def _on_event(self, event: Event) -> None:
        """Nobody reads them here."""
