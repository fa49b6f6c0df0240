"""What ``bench_fleet`` compares with: the loop as anybody would write it with nats-py, in a process of its own.

Arguments: URL, stream, consumer, pull size, number of messages. Prints messages a second, from the first message
received to the last acknowledgement. It runs as nicely as a fleet host does, so that whatever else the machine is
doing disturbs both alike.
"""

import asyncio
import sys
import time

import nats

from wqstudio.fleet.childhood import give_way


async def main(url: str, stream: str, consumer: str, batch: int, count: int) -> None:
    client = await nats.connect(url)
    subscription = await client.jetstream().pull_subscribe_bind(consumer, stream)
    done, began = 0, 0.0
    while done < count:
        messages = await subscription.fetch(batch)
        began = began or time.time()
        for message in messages:
            await message.ack()
        done += len(messages)
    print((done - 1) / (time.time() - began))
    await client.close()


if __name__ == "__main__":
    give_way()
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
