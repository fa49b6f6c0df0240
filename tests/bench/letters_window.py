"""Opens a million dead letters in the window and scrolls through them: ``python -m tests.bench.letters_window``.

The connection comes on stdin, as a fleet host is told it.
"""

import asyncio
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import nats
import psutil
import qasync
from nats.aio.client import Client
from PySide6.QtWidgets import QApplication, QTabWidget

from tests.bench.bench_letters import COUNT, STREAM, Scrolled
from wqstudio.brokers.factory import probe_connection, virtual_hosts
from wqstudio.domain.connection import Connection
from wqstudio.engine.studio import Studio
from wqstudio.fleet.wire import Hello
from wqstudio.scenarios import SCENARIOS
from wqstudio.ui.lookups import Lookups
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.memory import Memory
from wqstudio.ui.models.letter_pages import PAGE
from wqstudio.ui.models.letters import LettersModel
from wqstudio.ui.panels.letters import LettersPanel
from wqstudio.ui.panels.letters_view import LettersView
from wqstudio.ui.promptness import be_prompt
from wqstudio.ui.theme import Theme

PAIRS = 30
STOPS = 300
_WITHIN = 30.0


async def _measure(window: MainWindow, connection: Connection) -> Scrolled:
    studio = await Studio.open(replace(connection, read_only=True))
    window.attach(studio)
    panel = window.findChild(LettersPanel)
    assert isinstance(panel, LettersPanel)
    await _until(lambda: any(digit.isdigit() for digit in panel.badge))
    began = time.perf_counter()
    _tabs(window).setCurrentWidget(panel)
    await _until(lambda: panel.view is not None and panel.view.model.line(0) is not None)
    panel.repaint()
    opened = time.perf_counter() - began
    assert panel.view is not None
    pairs = await _pages(panel, connection.urls[0])
    before = _resident()
    await _scroll(panel.view)
    after = _resident()
    kept = panel.view.model.in_memory
    window.detach()
    await studio.close()
    page, bare = zip(*pairs, strict=True)
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    return Scrolled(opened, ratio, statistics.median(page), statistics.median(bare), PAIRS, before, after, STOPS, kept)


async def _pages(panel: LettersPanel, url: str) -> list[tuple[float, float]]:
    """Seconds for the first page, by the look that the tab has open, and bare."""
    session = panel.session
    assert session is not None
    client = await nats.connect(url)
    pairs = [(await _timed(lambda: session.page(0, PAGE)), await _timed(lambda: _bare(client))) for _ in range(PAIRS)]
    await client.close()
    return pairs


async def _bare(client: Client) -> int:
    """The same messages by one batch of direct get, nothing of them decoded."""
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    await client.publish(f"$JS.API.DIRECT.GET.{STREAM}", json.dumps({"seq": 1, "batch": PAGE}).encode(), inbox)
    count = 0
    while (await subscription.next_msg(_WITHIN)).data:
        count += 1
    await subscription.unsubscribe()
    assert count == PAGE, count
    return count


async def _scroll(view: LettersView) -> None:
    """From the first row to the last and back, each stop until its rows are there."""
    bar, table, model = view.table.verticalScrollBar(), view.table, view.model
    assert model.rowCount() == COUNT
    for stop in (*range(STOPS + 1), *range(STOPS, -1, -STOPS // 10)):
        bar.setValue(bar.maximum() * stop // STOPS)
        row = table.rowAt(table.viewport().height() // 2)
        table.viewport().repaint()
        await _until(partial(_there, model, row))


def _there(model: LettersModel, row: int) -> bool:
    return model.line(row) is not None


def _resident() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


async def _timed(run: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await run()
    return time.perf_counter() - began


async def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _WITHIN
    while not condition():
        assert time.monotonic() < end, "the window did not get there in time"
        await asyncio.sleep(0.002)


def _tabs(window: MainWindow) -> QTabWidget:
    tabs = window.findChild(QTabWidget, "tabs")
    assert isinstance(tabs, QTabWidget)
    return tabs


def main() -> None:
    connection = msgspec.json.decode(sys.stdin.read(), type=Hello).connection
    with be_prompt():
        application = QApplication([])
    memory = Memory(Path(tempfile.mkdtemp(prefix="wqstudio-bench-")) / "window.ini")
    window = MainWindow(Theme(application), SCENARIOS, Lookups(probe_connection, virtual_hosts), memory)
    window.resize(1440, 900)
    window.show()
    with qasync.QEventLoop(application) as loop:
        found = loop.run_until_complete(_measure(window, connection))
    print(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    main()
