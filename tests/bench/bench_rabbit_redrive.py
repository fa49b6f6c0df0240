"""Dead letters of RabbitMQ moved with journal and confirms, beside the broker's own shovel, to and fro.

The shovel (on-confirm, prefetch 1,000, inside the node, without a socket in between) takes the messages from one queue
to another, and a redrive brings them back. Both are timed by the length of the queue that they go to, as its node
counts it: from the first look that finds some to the one that finds all, so neither pays for its start. The node is as
nice as a redrive is, so that whatever else the machine is doing disturbs the shovel, which runs in it, no less.

How much of that could be had at all is told beside it, and judges nothing: by ``bare_mover``, which does what any mover
outside of the node has to, and nothing else; by the same, once it spends as much processor time on a message as the
redrive did, but to no purpose; and by the processor time of a message, in the node and outside of it. A redrive as fast
as the burdened one waits for nothing: what it lacks is a processor of its own.
"""

import asyncio
import contextlib
import itertools
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import psutil

from tests.bench.ratio import Ratio
from tests.bench.servers import rabbit_host
from tests.rabbit_letters import put
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from wqstudio.background import cancel
from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.brokers.rabbitmq.letters.letters import AHEAD
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Plan, Progress, RunState
from wqstudio.engine.looks.process import LettersProcess
from wqstudio.engine.looks.redrive_process import RedriveProcess
from wqstudio.engine.moves.moving import BATCH
from wqstudio.engine.moves.redrive import new_run
from wqstudio.fleet.childhood import NICENESS

COUNT, SIZE = 50_000, 256
ROUNDS = 3
LIMIT = 1.0
TYPES = ("classic", "quorum")
_AT_ONCE = 5_000
_LOOK = 0.01


class Moved(NamedTuple):
    rate: float
    """Messages a second."""
    node: float
    """Seconds of processor time that the node spends on a message."""
    outside: float
    """The same, of whatever moves it from outside; of the shovel, nothing."""

    def __str__(self) -> str:
        return f"{self.rate:,.0f}/s ({self.node * 1e6:.0f} + {self.outside * 1e6:.0f} µs of processor time a message)"


class Round(NamedTuple):
    shovelled: Moved
    moved: Moved
    bare: Moved
    burdened: Moved


def run() -> list[Ratio]:
    with rabbit_host() as host:
        host.node.enable_shovels()
        _give_way(host.node.server.pid)
        return [asyncio.run(_measure(host, kind)) for kind in TYPES]


def _give_way(pid: int) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.setpriority(os.PRIO_PROCESS, int(thread.name), NICENESS)
    Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS))


async def _measure(host: RabbitHost, kind: str) -> Ratio:
    dead, jobs = f"dead-{kind}", f"jobs-{kind}"
    user = RabbitUser(host)
    for queue in (dead, jobs):
        user.declare(queue, {"x-queue-type": kind})
    await _fill(host, dead)
    ways = itertools.cycle([(dead, jobs), (jobs, dead)])
    rounds = [await _round(host, user, ways) for _ in range(ROUNDS)]
    user.close()
    middle = Round(*(_median(each) for each in zip(*rounds, strict=True)))
    ratios = [each.moved.rate / each.shovelled.rate for each in rounds]
    bare, burdened = (
        statistics.median(each[column].rate / each.shovelled.rate for each in rounds) for column in (2, 3)
    )
    detail = (
        f"medians of {ROUNDS} rounds, {COUNT:,} of {SIZE} B: moved {middle.moved}, by the shovel {middle.shovelled}; "
        f"ratios {min(ratios):.2f} to {max(ratios):.2f}. The barest mover outside of the node: {middle.bare}, "
        f"{bare:.2f} of the shovel; spending as much as the redrive: {middle.burdened}, {burdened:.2f} of the shovel"
    )
    return Ratio(f"RabbitMQ redrive / shovel, {kind}", statistics.median(ratios), LIMIT, at_least=True, detail=detail)


async def _round(host: RabbitHost, user: RabbitUser, ways: Iterator[tuple[str, str]]) -> Round:
    shovelled = await _shovel(host, user, *next(ways))
    moved = await _move(host, user, *next(ways))
    bare = await _move_bare(host, user, *next(ways))
    return Round(shovelled, moved, bare, await _move_bare(host, user, *next(ways), moved.outside - bare.outside))


async def _fill(host: RabbitHost, queue: str) -> None:
    client = await connect_client(host.connection, name="fill", reconnect=False)
    for _ in range(0, COUNT, _AT_ONCE):
        await put(client, queue, *[b"." * SIZE] * _AT_ONCE)
    await client.close()


async def _shovel(host: RabbitHost, user: RabbitUser, source: str, target: str) -> Moved:
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
        return await _arrived(host, user, target)
    finally:
        host.manage("DELETE", path)
        await _until_free(user, source, target)


async def _move(host: RabbitHost, user: RabbitUser, source: str, target: str) -> Moved:
    """As administrator, who may lift a limit on looks where the queue has one."""
    connection = replace(host.node.connection, vhost=host.connection.vhost)
    plan = Plan(source, destination=Destination(target, target), lift_limit=True)
    with TemporaryDirectory(prefix="wqstudio-bench-") as folder:
        process = RedriveProcess(
            LettersProcess(connection, Path(folder) / "journal.sqlite"), new_run(), plan, lambda _: None
        )
        async with _running(process) as running:
            moved = await _arrived(host, user, target)
            progress = await running
    assert progress.state is RunState.DONE, progress
    assert (progress.moved, progress.refused, progress.doubled) == (COUNT, 0, 0), progress
    await _until_free(user, source, target)
    return moved


async def _move_bare(host: RabbitHost, user: RabbitUser, source: str, target: str, burden: float = 0.0) -> Moved:
    """With as many messages under way as a redrive has."""
    given = host.connection
    port = urlsplit(given.urls[0]).port
    arguments = (port, given.vhost, given.user, source, target, COUNT, AHEAD * BATCH, SIZE, burden)
    command = [sys.executable, "-m", "tests.bench.bare_mover", *map(str, arguments)]
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, start_new_session=True)
    assert process.stdin is not None
    process.stdin.write(f"{given.password}\n".encode())
    moved = await _arrived(host, user, target)
    process.stdin.close()
    assert await process.wait() == 0
    await _until_free(user, source, target)
    return moved


@contextlib.asynccontextmanager
async def _running(process: RedriveProcess) -> AsyncIterator[asyncio.Task[Progress]]:
    running = asyncio.ensure_future(process.run())
    try:
        yield running
    finally:
        await cancel(running)


async def _arrived(host: RabbitHost, user: RabbitUser, queue: str) -> Moved:
    await _until(lambda: user.ready(queue) > 0)
    began, first, spent = time.perf_counter(), user.ready(queue), _spent(host)
    await _until(lambda: user.ready(queue) >= COUNT)
    took, count = time.perf_counter() - began, COUNT - first
    node, outside = ((after - before) / count for before, after in zip(spent, _spent(host), strict=True))
    return Moved(count / took, node, outside)


def _spent(host: RabbitHost) -> tuple[float, float]:
    """Seconds of processor time, by the node and by what else this program has started."""
    node = _family(psutil.Process(host.node.server.pid))
    others = [each for child in psutil.Process().children() for each in _family(child) if each not in node]
    return _seconds(node), _seconds(others)


def _family(process: psutil.Process) -> list[psutil.Process]:
    """Without what ends while it is looked up, as the node's short-lived helpers do."""
    while process.is_running():
        with contextlib.suppress(psutil.NoSuchProcess):
            return [process, *process.children(recursive=True)]
    return []


def _seconds(processes: Iterable[psutil.Process]) -> float:
    total = 0.0
    for each in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended meanwhile
            total += sum(each.cpu_times()[:2])
    return total


def _median(moved: Sequence[Moved]) -> Moved:
    """Figure by figure."""
    return Moved(*(statistics.median(figures) for figures in zip(*moved, strict=True)))


async def _until_free(user: RabbitUser, source: str, target: str) -> None:
    """Nobody consumes any more, and every message is in its place."""
    await _until(lambda: not user.consumers(source) and (user.ready(source), user.ready(target)) == (0, COUNT))


async def _until(condition: Callable[[], bool]) -> None:
    """Looked at often and long: what is awaited takes as long as the machine is slow."""
    while not condition():  # noqa: ASYNC110 - the broker tells nobody
        await asyncio.sleep(_LOOK)
