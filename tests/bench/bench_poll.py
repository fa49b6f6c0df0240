"""A poll of many streams beside the same API requests sent bare: nats-py's own request, nothing decoded.

Both run on one asyncio loop in this process, in turns, against one server of this benchmark's own.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import nats
from nats.aio.client import Client

from tests.bench.ratio import Ratio
from tests.bench.servers import nats_server
from tests.servers import NatsServer
from wqstudio.brokers.nats.broker import NatsBroker, connect
from wqstudio.brokers.nats.jetstream.poll import CONCURRENCY
from wqstudio.domain.reading import Unknown

STREAMS = 1_000
ROUNDS = 15
LIMIT = 1.5


def run() -> list[Ratio]:
    with nats_server() as server:
        return asyncio.run(_measure(server))


async def _measure(server: NatsServer) -> list[Ratio]:
    client = await nats.connect(server.url)
    await make_streams(client)
    broker = await connect(server.connection)
    ratios = [
        await _compare(client, broker, "quiet", changing=False),
        await _compare(client, broker, "all changing", changing=True),
    ]
    await broker.close()
    await client.close()
    return ratios


async def _compare(client: Client, broker: NatsBroker, how: str, *, changing: bool) -> Ratio:
    """``changing``: every stream got a message since it was last read."""
    bare: list[float] = []
    polled: list[float] = []
    for _ in range(ROUNDS):
        if changing:
            await _publish_to_all(client)
        bare.append(await _timed(lambda: _bare(client)))
        polled.append(await _timed(lambda: _poll(broker)))
    ratio = statistics.median(poll / requests for poll, requests in zip(polled, bare, strict=True))
    detail = (
        f"poll {statistics.median(polled) * 1000:.0f} ms, bare requests {statistics.median(bare) * 1000:.0f} ms "
        f"(medians of {ROUNDS} pairs), a consumer each, {CONCURRENCY} requests at once"
    )
    return Ratio(f"poll of 1,000 streams ({how}) / bare API requests", ratio, LIMIT, at_least=False, detail=detail)


async def make_streams(client: Client) -> None:
    async def make(number: int) -> None:
        name = f"s{number:04}"
        stream = {"name": name, "subjects": [f"{name}.>"], "retention": "workqueue", "storage": "memory"}
        await client.request(f"$JS.API.STREAM.CREATE.{name}", json.dumps(stream).encode(), timeout=30)
        consumer = {"stream_name": name, "config": {"durable_name": "workers", "ack_policy": "explicit"}}
        await client.request(f"$JS.API.CONSUMER.CREATE.{name}.workers", json.dumps(consumer).encode(), timeout=30)
        await client.publish(f"{name}.a", b"task")

    await _at_once([partial(make, number) for number in range(STREAMS)])


async def _publish_to_all(client: Client) -> None:
    for number in range(STREAMS):
        await client.publish(f"s{number:04}.a", b"task")
    await client.flush()


async def _bare(client: Client) -> None:
    """As a poll does: the pages one after the other, then a listing of consumers for each stream."""
    for offset in range(0, STREAMS, 256):
        payload = json.dumps({"offset": offset}).encode() if offset else b""
        await client.request("$JS.API.STREAM.LIST", payload, timeout=30)
    subjects = [f"$JS.API.CONSUMER.LIST.s{number:04}" for number in range(STREAMS)]
    await _at_once([partial(client.request, subject, timeout=30) for subject in subjects])


async def _poll(broker: NatsBroker) -> None:
    snapshot = await broker.snapshot()
    assert not isinstance(snapshot.queues, Unknown), snapshot.queues
    assert len(snapshot.queues) == STREAMS
    assert all(queue.waiting == queue.messages for queue in snapshot.queues.values())


async def _at_once(calls: Sequence[Callable[[], Awaitable[object]]]) -> None:
    remaining = iter(calls)

    async def work() -> None:
        for call in remaining:
            await call()

    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))


async def _timed(run: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await run()
    return time.perf_counter() - began
