"""A worker and a producer of the fleet on RabbitMQ beside the same loops written bare with pika.

The worker has zero service time and prefetch 100, the producer no rate; messages are persistent and confirmed. The
fleet pays for its host process, for reporting every delivery, and for this process that receives the reports. Each
is measured right after the bare loop that it is compared with. All are compared as they run: a bare loop from its first
message on an open channel to its last, the worker by its deliveries from the first received to the last settled, the
producer from the first report of its confirms to the last.
"""

import asyncio
import statistics
import sys
from collections.abc import Sequence

from tests.bench.fleet_meter import FleetMeter, fleet_meter
from tests.bench.ratio import Ratio
from tests.bench.servers import rabbit_host
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from wqstudio.domain.queue import Source
from wqstudio.fleet.producer import WINDOW

ROUNDS = 7
LIMIT = 0.90
PREFETCH = 100
COUNT = 40_000
QUEUE = "bench"


def run() -> list[Ratio]:
    with rabbit_host() as host:
        return asyncio.run(_measure(host))


async def _measure(host: RabbitHost) -> list[Ratio]:
    user = RabbitUser(host)
    user.declare(QUEUE)
    user.close()
    async with fleet_meter(host.connection) as meter:
        rounds = [await _round(host, meter) for _ in range(ROUNDS)]
    bare_out, fleet_out, bare_in, fleet_in = zip(*rounds, strict=True)
    return [
        _ratio(f"RabbitMQ worker / bare loop, prefetch {PREFETCH}", fleet_in, bare_in),
        _ratio("RabbitMQ producer / bare pipelined confirms", fleet_out, bare_out),
    ]


async def _round(host: RabbitHost, meter: FleetMeter) -> tuple[float, float, float, float]:
    """What the first two publish the last two take."""
    return (
        await _bare(host, "publish", WINDOW),
        await meter.publish(QUEUE, COUNT),
        await _bare(host, "consume", PREFETCH),
        await meter.consume(Source(QUEUE), PREFETCH, COUNT),
    )


def _ratio(name: str, ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    ratios = [fleet / bare for fleet, bare in zip(ours, theirs, strict=True)]
    detail = (
        f"medians of {ROUNDS} pairs: fleet {statistics.median(ours):,.0f}/s, bare pika {statistics.median(theirs):,.0f}"
        f"/s; ratios {min(ratios):.2f} to {max(ratios):.2f}"
    )
    return Ratio(name, statistics.median(ratios), LIMIT, at_least=True, detail=detail)


async def _bare(host: RabbitHost, how: str, window: int) -> float:
    connection = host.connection
    port = str(host.node.server.ports.amqp)
    arguments = [how, port, connection.vhost, connection.user, QUEUE, str(window), str(COUNT)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.bare_rabbit", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    output, _ = await process.communicate(f"{connection.password}\n".encode())
    return float(output)
