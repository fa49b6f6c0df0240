"""Dead letters of RabbitMQ moved with journal and confirms, beside the broker's own shovel, to and fro.

The shovel (on-confirm, prefetch 1,000, inside the node, without a socket in between) takes the messages from one queue
to another, and a redrive brings them back. Both are timed by the length of the queue that they go to, as its node
counts it: from the first look that finds some to the one that finds all, so neither pays for its start. The node is as
nice as a redrive is, so that whatever else the machine is doing disturbs the shovel, which runs in it, no less.
"""

import asyncio
import contextlib
import os
import statistics
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from tests.bench.ratio import Ratio
from tests.bench.servers import rabbit_host
from tests.rabbit_letters import put
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from wqstudio.background import cancel
from wqstudio.brokers.rabbitmq.client import connect_client
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Plan, Progress, RunState
from wqstudio.engine.letters_process import LettersProcess
from wqstudio.engine.redrive import new_run
from wqstudio.engine.redrive_process import RedriveProcess
from wqstudio.fleet.childhood import NICENESS

COUNT, SIZE = 50_000, 256
ROUNDS = 3
LIMIT = 1.0
TYPES = ("classic", "quorum")
_AT_ONCE = 5_000
_LOOK = 0.01


def run() -> list[Ratio]:
    with rabbit_host() as host:
        host.node.enable_shovels()
        _give_way(host.node.server.pid)
        return [asyncio.run(_measure(host, kind)) for kind in TYPES]


def _give_way(pid: int) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.setpriority(os.PRIO_PROCESS, int(thread.name), NICENESS)


async def _measure(host: RabbitHost, kind: str) -> Ratio:
    dead, jobs = f"dead-{kind}", f"jobs-{kind}"
    user = RabbitUser(host)
    for queue in (dead, jobs):
        user.declare(queue, {"x-queue-type": kind})
    await _fill(host, dead)
    rounds = [(await _shovel(host, user, dead, jobs), await _move(host, user, jobs, dead)) for _ in range(ROUNDS)]
    user.close()
    shovelled, moved = zip(*rounds, strict=True)
    ratios = [ours / theirs for theirs, ours in rounds]
    detail = (
        f"medians of {ROUNDS} pairs, {COUNT:,} of {SIZE} B: moved {statistics.median(moved):,.0f}/s, by the shovel "
        f"{statistics.median(shovelled):,.0f}/s; ratios {min(ratios):.2f} to {max(ratios):.2f}"
    )
    return Ratio(f"RabbitMQ redrive / shovel, {kind}", statistics.median(ratios), LIMIT, at_least=True, detail=detail)


async def _fill(host: RabbitHost, queue: str) -> None:
    client = await connect_client(host.connection, name="fill", reconnect=False)
    for _ in range(0, COUNT, _AT_ONCE):
        await put(client, queue, *[b"." * SIZE] * _AT_ONCE)
    await client.close()


async def _shovel(host: RabbitHost, user: RabbitUser, source: str, target: str) -> float:
    """It is deleted once it has moved all."""
    own = f"amqp:///{quote(host.connection.vhost, safe='')}"
    value = {
        "src-protocol": "amqp091",
        "src-uri": own,
        "src-queue": source,
        "src-prefetch-count": 1_000,
        "dest-protocol": "amqp091",
        "dest-uri": own,
        "dest-queue": target,
        "ack-mode": "on-confirm",
    }
    path = f"parameters/shovel/{{vhost}}/{source}"
    host.manage("PUT", path, {"value": value})
    try:
        return await _arrived(user, target)
    finally:
        host.manage("DELETE", path)
        await _until_free(user, source, target)


async def _move(host: RabbitHost, user: RabbitUser, source: str, target: str) -> float:
    """As administrator, who may lift a limit on looks where the queue has one."""
    connection = replace(host.node.connection, vhost=host.connection.vhost)
    plan = Plan(source, destination=Destination(target, target), lift_limit=True)
    with TemporaryDirectory(prefix="wqstudio-bench-") as folder:
        process = RedriveProcess(
            LettersProcess(connection, Path(folder) / "journal.sqlite"), new_run(), plan, lambda _: None
        )
        async with _running(process) as running:
            rate = await _arrived(user, target)
            progress = await running
    assert progress.state is RunState.DONE, progress
    assert (progress.moved, progress.refused, progress.doubled) == (COUNT, 0, 0), progress
    await _until_free(user, source, target)
    return rate


@contextlib.asynccontextmanager
async def _running(process: RedriveProcess) -> AsyncIterator[asyncio.Task[Progress]]:
    running = asyncio.ensure_future(process.run())
    try:
        yield running
    finally:
        await cancel(running)


async def _arrived(user: RabbitUser, queue: str) -> float:
    """Messages a second."""
    await _until(lambda: user.ready(queue) > 0)
    began, first = time.perf_counter(), user.ready(queue)
    await _until(lambda: user.ready(queue) >= COUNT)
    return (COUNT - first) / (time.perf_counter() - began)


async def _until_free(user: RabbitUser, source: str, target: str) -> None:
    """Nobody consumes any more, and every message is in its place."""
    await _until(lambda: not user.consumers(source) and (user.ready(source), user.ready(target)) == (0, COUNT))


async def _until(condition: Callable[[], bool]) -> None:
    """Looked at often and long: what is awaited takes as long as the machine is slow."""
    while not condition():  # noqa: ASYNC110 - the broker tells nobody
        await asyncio.sleep(_LOOK)
