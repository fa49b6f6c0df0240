"""Measures the window's frame intervals, idle and busy in turns: ``python -m tests.bench.window_frames NAME URL``."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import qasync
from PySide6.QtWidgets import QApplication

from tests.bench.intervals import IntervalMeter
from wqstudio.brokers.factory import probe_connection
from wqstudio.domain.commands import EnsureQueue
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.worker import ProducerSpec, WorkerSpec
from wqstudio.engine.studio import Studio
from wqstudio.scenarios import SCENARIOS
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.memory import Memory
from wqstudio.ui.theme import Theme

ROUNDS = 2
SECONDS = 10.0
SETTLING = 4.0
"""Seconds for what was just started or closed to come to rest."""
SHORTEST_WINDOW = 60.0
"""Seconds that the graphs show: the shortest choice, which moves most."""


async def _fleet_at_full_speed(studio: Studio) -> None:
    """Messages as fast as confirms come back, workers that need no time for them."""
    queue = QueueSpec("bench", ("bench.>",), max_messages=5_000, in_memory=True, consumers=(ConsumerSpec("workers"),))
    await studio.executor.run(EnsureQueue(queue))
    source = Source("bench", "workers")
    for number in range(2):
        await studio.fleet.start_worker(WorkerSpec(f"worker-{number}", source, service_time=0.0, prefetch=100))
    await studio.fleet.start_producer(ProducerSpec("producer", "bench", "bench.{n}", rate=0.0))


async def _poll_alone(_studio: Studio) -> None:
    """The server holds its 1,000 streams already; watching them is the work."""


LOADS: dict[str, Callable[[Studio], Awaitable[None]]] = {"fleet": _fleet_at_full_speed, "poll": _poll_alone}


async def _measure(window: MainWindow, connection: NatsConnection, load: Callable[[Studio], Awaitable[None]]) -> None:
    idle, busy = IntervalMeter(), IntervalMeter()
    acked = 0
    window.view.show_span(SHORTEST_WINDOW)
    for _ in range(ROUNDS):
        await asyncio.sleep(SETTLING)
        await idle.measure(SECONDS)
        studio = await Studio.open(connection)
        window.attach(studio)
        await load(studio)
        await asyncio.sleep(SETTLING)
        await busy.measure(SECONDS)
        acked += sum(worker.acked for worker in studio.fleet.workers.values())
        window.detach()
        await studio.close()
    print(json.dumps({"idle": idle.summary(), "busy": busy.summary(), "acked": acked}))


def main(name: str, url: str) -> None:
    application = QApplication([])
    memory = Memory(Path(tempfile.mkdtemp(prefix="wqstudio-bench-")) / "window.ini")
    window = MainWindow(Theme(application), SCENARIOS, probe_connection, memory)
    window.resize(1440, 900)
    window.show()
    with qasync.QEventLoop(application) as loop:
        loop.run_until_complete(_measure(window, NatsConnection(urls=(url,)), LOADS[name]))


if __name__ == "__main__":
    main(*sys.argv[1:])
