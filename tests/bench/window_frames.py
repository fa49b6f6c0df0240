"""Measures the window's frame intervals, idle and busy in turns: ``python -m tests.bench.window_frames NAME``.

The connection comes on stdin, as a fleet host is told it.
"""

import asyncio
import gc
import itertools
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import qasync
from PySide6.QtWidgets import QApplication

from tests.bench import timeline_load
from tests.bench.frames import Frames
from tests.bench.intervals import IntervalMeter
from wqstudio.background import cancel, spawn
from wqstudio.brokers.factory import probe_connection, virtual_hosts
from wqstudio.domain.commands import EnsureQueue
from wqstudio.domain.connection import Connection
from wqstudio.domain.letter import Destination
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.redrive import Plan
from wqstudio.domain.worker import ProducerSpec, WorkerSpec
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.monitor import Beat
from wqstudio.engine.studio import Studio
from wqstudio.fleet.wire import Hello
from wqstudio.scenarios import SCENARIOS
from wqstudio.ui.lookups import Lookups
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.memory import Memory
from wqstudio.ui.panels.explorer import ExplorerPanel
from wqstudio.ui.promptness import be_prompt
from wqstudio.ui.theme import Theme

ROUNDS = 3
SECONDS = 10.0
SETTLING = 4.0
"""Seconds for what was just started or closed to come to rest."""
SHORTEST_WINDOW = 60.0
"""Seconds that the graphs show: the shortest choice, which moves most."""

Load = Callable[[Studio], Awaitable[asyncio.Task[None] | None]]
"""Begins it. What has to be cancelled at the end, unless it ends with the connection."""


class Polls:
    """Counts what the monitor does."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0
        self._beaten = asyncio.Event()

    async def next(self) -> None:
        self._beaten.clear()
        await self._beaten.wait()

    def watch(self, studio: Studio) -> None:
        studio.monitor.subscribe(self._on_beat)

    def _on_beat(self, beat: Beat) -> None:
        assert beat.failure is None, beat.failure
        assert beat.snapshot is not None
        self.count += 1
        self.seconds += beat.snapshot.took
        self._beaten.set()


async def _fleet_at_full_speed(studio: Studio) -> None:
    """Messages as fast as confirms come back, workers that need no time for them."""
    queue = QueueSpec("bench", ("bench.>",), max_messages=5_000, in_memory=True, consumers=(ConsumerSpec("workers"),))
    await studio.executor.run(EnsureQueue(queue))
    source = Source("bench", "workers")
    for number in range(2):
        await studio.fleet.start_worker(WorkerSpec(f"worker-{number}", source, service_time=0.0, prefetch=100))
    await studio.fleet.start_producer(ProducerSpec("producer", "bench", "bench.{n}", rate=0.0))


async def _poll_alone(_studio: Studio) -> None:
    """The broker holds its queues already; watching them is the work."""


async def _poll_after_poll(studio: Studio) -> None:
    """Without a rest, so that each frame is one during a poll, or while its outcome is put on screen."""
    studio.monitor.subscribe(lambda _: studio.monitor.refresh())


async def _redrive_after_redrive(studio: Studio) -> None:
    """From one stream into the other and back, as fast as it goes, until the connection is closed."""
    assert isinstance(studio.desk, Desk)
    spawn(_back_and_forth(studio.desk), "redrives")


async def _back_and_forth(desk: Desk) -> None:
    for queue, to in itertools.cycle((("dead", "jobs.any"), ("jobs", "dead.jobs.any"))):
        look = desk.look(queue)
        await look.open()
        progress = await desk.begin(look, Plan(queue, destination=Destination(to, to))).ended()
        assert progress.moved, progress
        await desk.leave(look)


async def _long_timeline(studio: Studio) -> asyncio.Task[None]:
    timeline_load.past(studio.timeline)
    return spawn(timeline_load.go_on(studio.timeline), "timeline")


LOADS: dict[str, Load] = {
    "fleet": _fleet_at_full_speed,
    "poll": _poll_alone,
    "poll after poll": _poll_after_poll,
    "redrive": _redrive_after_redrive,
    "timeline": _long_timeline,
}
TABS = {"timeline": "Timeline"}
"""What is shown meanwhile, where it is not the graphs."""


async def _measure(window: MainWindow, connection: Connection, name: str) -> Frames:
    idle, busy, polls = IntervalMeter(), IntervalMeter(), Polls()
    acked = rows = 0
    window.view.show_span(SHORTEST_WINDOW)
    for _ in range(ROUNDS):
        await asyncio.sleep(SETTLING)
        await idle.measure(SECONDS)
        studio = await Studio.open(connection)
        window.begin_with(TABS.get(name, ""), "")
        window.attach(studio)
        gc.collect()
        gc.freeze()  # as the program does
        polls.watch(studio)
        working = await LOADS[name](studio)
        await polls.next()
        await asyncio.sleep(SETTLING)
        await busy.measure(SECONDS)
        acked += sum(worker.acked for worker in studio.fleet.workers.values())
        rows = _rows(window)
        if working is not None:
            await cancel(working)
        window.detach()
        gc.unfreeze()
        await studio.close()
    return Frames(idle.summary(), busy.summary(), acked, polls.count, polls.seconds, rows)


def _rows(window: MainWindow) -> int:
    explorer = window.findChild(ExplorerPanel)
    assert isinstance(explorer, ExplorerPanel)
    assert explorer.isVisible()
    return explorer.model.rowCount()


def main(name: str) -> None:
    connection = msgspec.json.decode(sys.stdin.read(), type=Hello).connection
    with be_prompt():
        application = QApplication([])
    memory = Memory(Path(tempfile.mkdtemp(prefix="wqstudio-bench-")) / "window.ini")
    window = MainWindow(Theme(application), SCENARIOS, Lookups(probe_connection, virtual_hosts), memory)
    window.resize(1440, 900)
    window.show()
    with qasync.QEventLoop(application) as loop:
        found = loop.run_until_complete(_measure(window, connection, name))
    print(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
