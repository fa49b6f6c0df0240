"""A poll of 5,000 RabbitMQ queues beside the same HTTP requests sent bare: ``http.client``, nothing decoded.

Both run in this process, in turns, against one node of this benchmark's own. What the node does for an answer takes
nearly all of the time in both.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.bench.many_queues import QUEUES, make_queues
from tests.bench.ratio import Ratio
from tests.bench.servers import rabbit_host
from tests.rabbit_servers import RabbitHost
from wqstudio.brokers.rabbitmq.amqp.address import Account
from wqstudio.brokers.rabbitmq.broker import RabbitBroker, connect
from wqstudio.brokers.rabbitmq.management.api import authorization
from wqstudio.brokers.rabbitmq.management.http import Answer, HttpClient
from wqstudio.domain.reading import Unknown

ROUNDS = 5
LIMIT = 1.5


def run() -> list[Ratio]:
    with rabbit_host() as host:
        return [asyncio.run(_measure(host))]


async def _measure(host: RabbitHost) -> Ratio:
    await make_queues(host)
    broker = await connect(host.connection)
    await _poll(broker)
    bare: list[float] = []
    polled: list[float] = []
    wire: list[int] = []
    requests = 0
    for _ in range(ROUNDS):
        before, began = broker.received, time.perf_counter()
        with _recorded() as paths:
            await _poll(broker)
        polled.append(time.perf_counter() - began)
        requests = len(paths)
        wire.append(broker.received - before)
        bare.append(await asyncio.to_thread(_bare, host, paths))
    await broker.close()
    ratio = statistics.median(poll / requests for poll, requests in zip(polled, bare, strict=True))
    detail = (
        f"poll {statistics.median(polled) * 1000:.0f} ms, bare requests {statistics.median(bare) * 1000:.0f} ms "
        f"(medians of {ROUNDS} pairs), {requests} requests, {min(wire) / 1000:.0f} to {max(wire) / 1000:.0f} kB "
        "of packed answers a poll"
    )
    return Ratio("poll of 5,000 RabbitMQ queues / bare HTTP requests", ratio, LIMIT, at_least=False, detail=detail)


@contextmanager
def _recorded() -> Iterator[list[str]]:
    """The paths that are asked for meanwhile."""
    paths: list[str] = []
    get = HttpClient.get

    async def recording(self: HttpClient, path: str, wait: float) -> Answer:
        paths.append(path)
        return await get(self, path, wait)

    HttpClient.get = recording  # type: ignore[method-assign]  # for the time of the measurement
    try:
        yield paths
    finally:
        HttpClient.get = get  # type: ignore[method-assign]  # as above


def _bare(host: RabbitHost, paths: Sequence[str]) -> float:
    """Seconds that the requests take by themselves, one after the other on a kept connection."""
    given = host.connection
    headers = {
        "Authorization": authorization(Account(given.user, given.password, given.vhost)),
        "Accept-Encoding": "gzip",
    }
    connection = HTTPConnection(urlsplit(given.management_url).netloc)
    connection.connect()
    began = time.perf_counter()
    for path in paths:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        assert response.status == 200
    took = time.perf_counter() - began
    connection.close()
    return took


async def _poll(broker: RabbitBroker) -> None:
    snapshot = await broker.snapshot()
    assert not isinstance(snapshot.queues, Unknown), snapshot.queues
    assert len(snapshot.queues) == QUEUES
