"""How long a broker's polls keep the loop, as a window on that loop would feel it."""

import asyncio
import time

from wqstudio.brokers.port import Broker


async def longest_step(broker: Broker, polls: int = 3) -> float:
    """Seconds of processor time between two turns of the loop, at worst."""
    steps: list[float] = []

    async def beat() -> None:
        last = time.thread_time()
        while True:
            await asyncio.sleep(0)
            steps.append(time.thread_time() - last)
            last = time.thread_time()

    beating = asyncio.ensure_future(beat())
    for _ in range(polls):
        await broker.snapshot()
    beating.cancel()
    return sorted(steps)[-3]  # one or two may meet the collector of garbage
