"""The window while dead letters are moved, beside itself at rest; on a screen of its own."""

import asyncio

from tests.bench.bench_redrive import fill
from tests.bench.frames import frames
from tests.bench.ratio import Ratio
from tests.bench.screen import screen
from tests.bench.servers import nats_server

COUNT = 400_000
"""Moved in some 15 s: it is a redrive that is looked at, not how one begins."""


def run() -> list[Ratio]:
    with nats_server() as server, screen() as shown:
        asyncio.run(fill(server, COUNT))
        found = frames(shown, "redrive", server.connection)
    what = f"4 graphs, {COUNT:,} dead letters of JetStream moved back and forth at full speed"
    return [found.ratio("frame interval p99, redrive / idle", what)]
