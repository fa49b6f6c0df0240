"""The window while 5,000 RabbitMQ queues are polled, beside itself at rest; on a screen of its own."""

import asyncio

from tests.bench.frames import frames
from tests.bench.many_queues import QUEUES, make_queues
from tests.bench.ratio import Ratio
from tests.bench.screen import screen
from tests.bench.servers import rabbit_host


def run() -> list[Ratio]:
    with rabbit_host() as host, screen() as shown:
        asyncio.run(make_queues(host))
        found = frames(shown, "poll after poll", host.connection)
    assert found.rows == QUEUES
    what = (
        f"{found.rows:,} queues in the explorer, 4 graphs; {found.polls} polls without a rest, "
        f"{found.polling / found.polls * 1000:.0f} ms each"
    )
    return [found.ratio("frame interval p99, poll of 5,000 RabbitMQ queues / idle", what)]
