"""The window beside a bare one, and beside itself at rest; each a process of its own, on a screen of its own."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nats

from tests.bench import bench_poll
from tests.bench.ratio import Ratio
from tests.servers import NatsServer

STARTS = 7
START_LIMIT = 1.5
FRAME_LIMIT = 1.2
PATIENCE = 180.0


def run() -> list[Ratio]:
    with _screen() as display:
        return [_first_picture(display), _frames(display, "fleet"), _frames(display, "poll")]


def _first_picture(display: str) -> Ratio:
    """Alternating; the first of each warms the disk's cache and does not count."""
    pairs = [
        (_child(display, "tests.bench.window_clocks", "bare"), _child(display, "tests.bench.window_clocks", "studio"))
        for _ in range(STARTS + 1)
    ][1:]
    bare = statistics.median(pair[0]["seconds"] for pair in pairs)
    studio = statistics.median(pair[1]["seconds"] for pair in pairs)
    detail = f"studio {studio * 1000:.0f} ms, PySide6 + pyqtgraph {bare * 1000:.0f} ms (medians of {STARTS} starts)"
    return Ratio("first window painted / bare window", studio / bare, START_LIMIT, at_least=False, detail=detail)


def _frames(display: str, load: str) -> Ratio:
    with _server(streams=load == "poll") as server:
        found = _child(display, "tests.bench.window_frames", load, server.url)
    idle, busy = found["idle"], found["busy"]
    what = f"fleet at full speed, {found['acked']:,} acked" if load == "fleet" else "polling 1,000 streams"
    detail = (
        f"p99 {busy['p99']:.1f} ms, idle {idle['p99']:.1f} ms (p50 {busy['p50']:.1f} and {idle['p50']:.1f}, "
        f"worst {busy['worst']:.0f} and {idle['worst']:.0f}, {busy['count']} frames; 4 graphs moving, {what})"
    )
    name = f"frame interval p99, {'fleet' if load == 'fleet' else 'poll'} / idle"
    return Ratio(name, busy["p99"] / idle["p99"], FRAME_LIMIT, at_least=False, detail=detail)


def _child(display: str, module: str, *arguments: str) -> dict[str, Any]:
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        raise RuntimeError(f"{module} ended with {done.returncode}:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@contextmanager
def _screen() -> Iterator[str]:
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as number:
                yield f":{number.readline().strip()}"
        finally:
            server.terminate()


@contextmanager
def _server(*, streams: bool) -> Iterator[NatsServer]:
    with tempfile.TemporaryDirectory(prefix="wqstudio-bench-") as folder:
        server = NatsServer(Path(folder))
        server.start()
        try:
            if streams:
                asyncio.run(_fill(server))
            yield server
        finally:
            server.stop()


async def _fill(server: NatsServer) -> None:
    client = await nats.connect(server.url)
    await bench_poll.make_streams(client)
    await client.close()
