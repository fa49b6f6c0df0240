"""The window beside a bare one, and beside itself at rest; each a process of its own, on a screen of its own."""

import asyncio
import statistics

import nats

from tests.bench import bench_poll, timeline_load
from tests.bench.frames import Frames, frames
from tests.bench.ratio import Ratio
from tests.bench.screen import Screen, screen
from tests.bench.servers import nats_server
from tests.servers import NatsServer

STARTS = 7
START_LIMIT = 1.5


def run() -> list[Ratio]:
    with screen() as shown:
        return [_first_picture(shown), _frames_under_load(shown), _frames_of_polls(shown), _frames_of_a_timeline(shown)]


def _first_picture(shown: Screen) -> Ratio:
    """Alternating; the first of each warms the disk's cache and does not count."""
    pairs = [
        (shown.run("tests.bench.window_clocks", "bare"), shown.run("tests.bench.window_clocks", "studio"))
        for _ in range(STARTS + 1)
    ][1:]
    bare = statistics.median(pair[0]["seconds"] for pair in pairs)
    studio = statistics.median(pair[1]["seconds"] for pair in pairs)
    detail = f"studio {studio * 1000:.0f} ms, PySide6 + pyqtgraph {bare * 1000:.0f} ms (medians of {STARTS} starts)"
    return Ratio("first window painted / bare window", studio / bare, START_LIMIT, at_least=False, detail=detail)


def _frames_under_load(shown: Screen) -> Ratio:
    with nats_server() as server:
        found = frames(shown, "fleet", server.connection)
    return _ratio("frame interval p99, fleet / idle", found, f"fleet at full speed, {found.acked:,} acked")


def _frames_of_polls(shown: Screen) -> Ratio:
    with nats_server() as server:
        asyncio.run(_fill(server))
        found = frames(shown, "poll", server.connection)
    return _ratio("frame interval p99, poll / idle", found, "polling 1,000 streams")


def _frames_of_a_timeline(shown: Screen) -> Ratio:
    with nats_server() as server:
        found = frames(shown, "timeline", server.connection)
    what = f"{timeline_load.LANES} lanes, {timeline_load.BARS:,} bars in sight, {timeline_load.A_SECOND} more a second"
    return found.ratio("frame interval p99, timeline / idle", what)


def _ratio(name: str, found: Frames, what: str) -> Ratio:
    return found.ratio(name, f"4 graphs moving, {what}")


async def _fill(server: NatsServer) -> None:
    client = await nats.connect(server.url)
    await bench_poll.make_streams(client)
    await client.close()
