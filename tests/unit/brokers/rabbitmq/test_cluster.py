"""A cluster of two real nodes, of which one leaves and comes back: 20 s, most of them the starts of that node."""

import asyncio
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest

from tests.jetstream import queues, snapshot_when
from tests.rabbit_cluster import SecondNode
from tests.rabbit_servers import RabbitHost, RabbitNode
from tests.rabbit_user import RabbitUser
from wqstudio.brokers.rabbitmq.broker import connect
from wqstudio.domain.history import Field, History
from wqstudio.domain.reading import Unknown, known
from wqstudio.domain.snapshot import Snapshot

WITHIN = 20.0
BATCH = 100


@pytest.fixture
async def second(rabbit_node: RabbitNode, rabbit_host: RabbitHost) -> AsyncIterator[SecondNode]:
    del rabbit_host  # made first: a node that has just joined makes no virtual hosts
    second = SecondNode(rabbit_node)
    await second.start()
    yield second
    await second.close()


def check_rates(history: History, queue: str) -> None:
    rates = history.queue(queue, time.time() - 300, time.time()).of(Field.PUBLISHED)
    rates = rates[~np.isnan(rates)]
    assert len(rates)
    assert rates.min() >= 0
    assert rates.max() < 1_000, "a batch at once, from one poll to the next, would be thousands a second"


async def test_a_node_that_leaves_and_comes_back_makes_no_rate_absurd(
    rabbit_host: RabbitHost, second: SecondNode
) -> None:
    """RabbitMQ adds up what each node counted, so that sums fall when one leaves."""
    broker, history = await connect(rabbit_host.connection), History()
    events: list[str] = []

    async def gather() -> None:
        async for event in broker.events():
            events.append(event.text)  # noqa: PERF401 - the list is looked at while it grows

    gathering = asyncio.ensure_future(gather())
    here = RabbitUser(rabbit_host)
    there = RabbitUser(RabbitHost(rabbit_host.node, second.connection(rabbit_host.connection)))
    here.declare("stays")
    there.declare("goes")

    async def seen(*, stays: int | None, goes: int | None) -> None:
        """Polled, and recorded, until so many messages were published; None: it is not known how many."""

        def is_seen(snapshot: Snapshot) -> bool:
            history.record(snapshot)
            found = known(snapshot.queues, {})
            return all(
                name in found and known(found[name].published, None) == count
                for name, count in (("stays", stays), ("goes", goes))
            )

        await snapshot_when(broker, is_seen, WITHIN)

    async def told(sentence: str) -> None:
        await snapshot_when(broker, lambda _: any(sentence in event for event in events), WITHIN)

    await seen(stays=0, goes=0)
    for publisher in (here, there):
        for _ in range(BATCH):
            publisher.publish("stays", b"task")
            publisher.publish("goes", b"task")
    await seen(stays=2 * BATCH, goes=2 * BATCH)
    there.close()
    await second.kill()
    await seen(stays=BATCH, goes=None)
    for _ in range(BATCH):
        here.publish("stays", b"task")
    await seen(stays=2 * BATCH, goes=None)
    await told("Node second@localhost has stopped")
    lost = (await queues(broker))["goes"]
    for reading in (lost.waiting, lost.published):
        assert isinstance(reading, Unknown)
        assert "its node second@localhost is down" in reading.reason
    await second.start()
    await seen(stays=2 * BATCH, goes=0)
    await told("Node second@localhost is back")
    for queue in ("stays", "goes"):
        check_rates(history, queue)
    here.close()
    await broker.close()
    await gathering
