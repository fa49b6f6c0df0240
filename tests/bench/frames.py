"""Frame intervals of the window, idle and busy, from a program of its own."""

from dataclasses import dataclass

import msgspec

from tests.bench.intervals import Intervals
from tests.bench.ratio import Ratio
from tests.bench.screen import Screen
from wqstudio.domain.connection import Connection
from wqstudio.fleet.wire import Hello

LIMIT = 1.2


@dataclass(frozen=True, slots=True)
class Frames:
    """What ``window_frames`` prints."""

    idle: Intervals
    busy: Intervals
    acked: int
    """Messages that workers settled meanwhile."""
    polls: int
    """Of the broker, in the whole time that its connection was open."""
    polling: float
    """Seconds that these took."""
    rows: int
    """Queues in the explorer."""

    def ratio(self, name: str, what: str) -> Ratio:
        busy, idle = self.busy, self.idle
        detail = (
            f"p99 {busy['p99']:.1f} ms, idle {idle['p99']:.1f} ms (p50 {busy['p50']:.1f} and {idle['p50']:.1f}, "
            f"worst {busy['worst']:.0f} and {idle['worst']:.0f}, {busy['count']} frames; {what})"
        )
        return Ratio(name, busy["p99"] / idle["p99"], LIMIT, at_least=False, detail=detail)


def frames(shown: Screen, load: str, connection: Connection) -> Frames:
    """``load`` is one of those that ``window_frames`` knows."""
    told = msgspec.json.encode(Hello.to(connection, "bench")).decode()
    return msgspec.convert(shown.run("tests.bench.window_frames", load, told=told), Frames)
