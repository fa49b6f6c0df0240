"""What it costs to record every delivery: a worker at full speed with the timeline on, and with it off.

The worker has zero service time and pull size 100, and takes the same stored messages with a consumer of its own each
time; on and off in turn, each pair one way round and the next the other. The timeline is new each time, and knows when
the tasks were published.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence

import nats
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from tests.bench.fleet_meter import RUN, FleetMeter, fleet_meter
from tests.bench.ratio import Ratio
from tests.bench.servers import nats_server
from tests.servers import NatsServer
from wqstudio.domain.delivery import ConfirmedTasks, FleetBatch
from wqstudio.domain.queue import Source
from wqstudio.domain.task import TASK_HEADER, Task, TaskId, encode
from wqstudio.engine.timeline.timeline import Timeline

PAIRS = 15
LIMIT = 0.95
PULL, COUNT = 100, 25_000
STREAM = "bench"


def run() -> list[Ratio]:
    with nats_server() as server:
        return [asyncio.run(_measure(server))]


async def _measure(server: NatsServer) -> Ratio:
    client = await nats.connect(server.url)
    stream = client.jetstream()
    await _fill(stream)
    on: list[float] = []
    off: list[float] = []
    async with fleet_meter(server.connection) as meter:
        await _round(stream, meter, recording=False)  # the first is slower, whichever it is
        for pair in range(PAIRS):
            for recording in (True, False) if pair % 2 else (False, True):
                (on if recording else off).append(await _round(stream, meter, recording=recording))
    await client.close()
    return _ratio(on, off)


async def _round(stream: JetStreamContext, meter: FleetMeter, *, recording: bool) -> float:
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, max_ack_pending=10_000, inactive_threshold=60)
    source = Source(STREAM, (await stream.add_consumer(STREAM, config)).name)
    meter.timeline = Timeline() if recording else None
    if meter.timeline is not None:
        meter.timeline.take(FleetBatch(confirmed=(ConfirmedTasks(1, 0, COUNT, time.time()),)))
    rate = await meter.consume(source, PULL, COUNT)
    assert meter.timeline is None or len(meter.timeline.deliveries) == COUNT
    return rate


def _ratio(on: Sequence[float], off: Sequence[float]) -> Ratio:
    """Of the medians: who else uses the processors shifts single rounds far more than the recording does."""
    ours, theirs = statistics.median(on), statistics.median(off)
    detail = f"medians of {PAIRS} rounds each: recording {ours:,.0f}/s, not {theirs:,.0f}/s"
    return Ratio("fleet throughput with the timeline / without", ours / theirs, LIMIT, at_least=True, detail=detail)


async def _fill(stream: JetStreamContext) -> None:
    await stream.add_stream(name=STREAM, subjects=["bench.>"])
    body = encode(Task("task"))
    for number in range(COUNT):
        await stream.publish_async("bench.task", body, headers={TASK_HEADER: str(TaskId(RUN, 1, number))})
    await stream.publish_async_completed()
