"""Dead letters of JetStream moved with journal and confirms, beside nats-py's bare publishing of the same messages.

Each runs in a process of its own, equally nice, and neither pays for its start.
"""

import asyncio
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import nats
from nats.js import JetStreamContext

from tests.bench.bare_publish import SIZE
from tests.bench.ratio import Ratio
from tests.bench.servers import nats_server
from tests.servers import NatsServer
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Plan, RunState
from wqstudio.engine.looks.process import LettersProcess
from wqstudio.engine.looks.redrive_process import RedriveProcess
from wqstudio.engine.moves.redrive import new_run

COUNT = 50_000
ROUNDS = 5
LIMIT = 0.8


def run() -> list[Ratio]:
    with nats_server() as server:
        return asyncio.run(_measure(server))


async def _measure(server: NatsServer) -> list[Ratio]:
    client = await nats.connect(server.url)
    stream = client.jetstream()
    await _make_streams(stream)
    rounds = [await _round(server, stream) for _ in range(ROUNDS)]
    await client.close()
    bare, moved = zip(*rounds, strict=True)
    ratios = [ours / theirs for theirs, ours in rounds]
    detail = (
        f"medians of {ROUNDS} pairs, {COUNT:,} of {SIZE} B: moved {statistics.median(moved):,.0f}/s, published by bare "
        f"nats-py {statistics.median(bare):,.0f}/s; ratios {min(ratios):.2f} to {max(ratios):.2f}"
    )
    return [Ratio("NATS redrive / bare publish_async", statistics.median(ratios), LIMIT, at_least=True, detail=detail)]


async def fill(server: NatsServer, count: int) -> None:
    """Lay down dead letters, beside an empty stream to move them to."""
    client = await nats.connect(server.url)
    await _make_streams(client.jetstream())
    await client.close()
    await _publish(server, count)


async def _make_streams(stream: JetStreamContext) -> None:
    await stream.add_stream(name="dead", subjects=["dead.>"], allow_direct=True)
    await stream.add_stream(name="jobs", subjects=["jobs.>"])


async def _round(server: NatsServer, stream: JetStreamContext) -> tuple[float, float]:
    """Messages a second, bare and moved. What is published bare are the dead letters that are moved then."""
    bare = await _publish(server, COUNT)
    await stream.purge_stream("jobs")
    return bare, await _move(server)


async def _publish(server: NatsServer, count: int) -> float:
    command = [sys.executable, "-m", "tests.bench.bare_publish", server.url, str(count)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, start_new_session=True)
    output, _ = await process.communicate()
    return float(output)


async def _move(server: NatsServer) -> float:
    """From the first letter that is moved to the last: a process that starts is not what is compared."""
    times: list[tuple[int, float]] = []
    with TemporaryDirectory(prefix="wqstudio-bench-") as folder:
        plan = Plan("dead", destination=Destination("jobs.any", "jobs.any"))
        process = RedriveProcess(
            LettersProcess(server.connection, Path(folder) / "journal.sqlite"),
            new_run(),
            plan,
            lambda progress: times.append((progress.moved, time.perf_counter())),
        )
        progress = await process.run()
    assert progress.state is RunState.DONE, progress
    assert (progress.moved, progress.refused) == (COUNT, 0), progress
    first, began = next((moved, at) for moved, at in times if moved)
    return (COUNT - first) / (times[-1][1] - began)
