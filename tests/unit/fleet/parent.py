"""A program with a busy fleet, to be killed: says when every worker has worked, then goes on until it is."""

import asyncio
import sys

from tests.unit.fleet.recorder import RUN, producer, worker
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.delivery import FleetBatch
from wqstudio.fleet.supervisor import Fleet


async def main(url: str) -> None:
    working = asyncio.Event()

    idle = set[int]()

    def on_batch(batch: FleetBatch) -> None:
        idle.difference_update(batch.settled["worker"].tolist())
        if not idle:
            working.set()

    fleet = Fleet(NatsConnection((url,)), RUN, on_batch, lambda _: None)
    await fleet.start()
    await fleet.start_producer(producer(rate=0))
    for _ in range(4):
        idle.add(await fleet.start_worker(worker(service_time=0, prefetch=50)))
    await working.wait()
    print("working", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
