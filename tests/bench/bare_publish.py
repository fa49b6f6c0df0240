"""What ``bench_redrive`` compares with: nats-py publishing as anybody would write it, in a process of its own.

Arguments: URL, number of messages. Prints messages a second, from the first to the last confirm, on a connection that
is open. It runs as nicely as a redrive does, so that whatever else the machine is doing disturbs both alike.
"""

import asyncio
import sys
import time

import nats

from wqstudio.fleet.childhood import give_way

SIZE = 256
HEADERS = {"Original-Subject": "jobs.any", "X-Error": "TimeoutError: no answer"}
_AT_ONCE = 4_000
"""nats-py stalls above its default of unanswered publishes."""


async def main(url: str, count: int) -> None:
    client = await nats.connect(url)
    stream = client.jetstream(publish_async_max_pending=_AT_ONCE)
    body = b"." * SIZE
    began = time.perf_counter()
    for number in range(count):
        await stream.publish_async("dead.jobs.any", body, headers=HEADERS)
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    await stream.publish_async_completed()
    print(count / (time.perf_counter() - began))
    await client.close()


if __name__ == "__main__":
    give_way()
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
