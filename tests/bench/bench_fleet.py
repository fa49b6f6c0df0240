"""A worker of the fleet at zero service time beside the same loop written bare, for pull sizes 1 and 100.

Both take the same stored messages, with consumers of their own, one after the other and again; the fleet pays for
its host process, for reporting every delivery, and for this process that receives the reports meanwhile.
"""

import asyncio
import statistics
import sys

import nats
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from tests.bench.fleet_meter import RUN, FleetMeter, fleet_meter
from tests.bench.ratio import Ratio
from tests.bench.servers import nats_server
from tests.servers import NatsServer
from wqstudio.domain.queue import Source
from wqstudio.domain.task import TASK_HEADER, Task, TaskId, encode

ROUNDS = 5
LIMIT = 0.90
COUNTS = {1: 6_000, 100: 30_000}
"""Messages a run takes, by pull size."""
STREAM = "bench"


def run() -> list[Ratio]:
    with nats_server() as server:
        return asyncio.run(_measure(server))


async def _measure(server: NatsServer) -> list[Ratio]:
    client = await nats.connect(server.url)
    stream = client.jetstream()
    await _fill(stream)
    async with fleet_meter(server.connection) as meter:
        ratios = [await _compare(server, stream, meter, batch) for batch in COUNTS]
    await client.close()
    return ratios


async def _compare(server: NatsServer, stream: JetStreamContext, meter: FleetMeter, batch: int) -> Ratio:
    bare: list[float] = []
    fleet: list[float] = []
    for _ in range(ROUNDS):
        bare.append(await _bare(server, stream, batch))
        source = Source(STREAM, await _consumer(stream))
        fleet.append(await meter.consume(source, batch, COUNTS[batch]))
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
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, start_new_session=True)
    output, _ = await process.communicate()
    return float(output)
