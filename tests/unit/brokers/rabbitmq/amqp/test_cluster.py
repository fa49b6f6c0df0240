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
from wqstudio.brokers.port import Broker
from wqstudio.brokers.rabbitmq.broker import RabbitBroker
from wqstudio.domain.history import Field, History
from wqstudio.domain.reading import Unknown, known
from wqstudio.domain.snapshot import Snapshot

WITHIN = 60.0
BATCH = 100


@pytest.fixture
async def second(rabbit_node: RabbitNode, rabbit_host: RabbitHost) -> AsyncIterator[SecondNode]:
    del rabbit_host  # made first: a node that has just joined makes no virtual hosts
    second = SecondNode(rabbit_node)
    await second.start()
    yield second
    await second.close()


class Watch:
    """Records what a broker's polls show and tell."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self._history = History()
        self._told: list[str] = []

    async def listen(self) -> None:
        async for event in self.broker.events():
            self._told.append(event.text)

    async def seen(self, **published: int | None) -> None:
        """Until so many messages were published to each queue; None: it is not known how many."""

        def is_seen(snapshot: Snapshot) -> bool:
            self._history.record(snapshot)
            found = known(snapshot.queues, {})
            return all(
                name in found and known(found[name].published, None) == count for name, count in published.items()
            )

        await snapshot_when(self.broker, is_seen, WITHIN)

    async def told(self, sentence: str) -> None:
        await snapshot_when(self.broker, lambda _: any(sentence in event for event in self._told), WITHIN)

    def check_rates(self, queue: str) -> None:
        rates = self._history.queue(queue, time.time() - 300, time.time()).of(Field.PUBLISHED)
        rates = rates[~np.isnan(rates)]
        assert len(rates)
        assert rates.min() >= 0
        assert rates.max() < 1_000, "a batch at once, from one poll to the next, would be thousands a second"


async def test_a_node_that_leaves_and_comes_back_makes_no_rate_absurd(
    broker: RabbitBroker, rabbit_host: RabbitHost, user: RabbitUser, second: SecondNode
) -> None:
    """RabbitMQ adds up what each node counted, so that sums fall when one leaves."""
    watch = Watch(broker)
    listening = asyncio.ensure_future(watch.listen())
    there = RabbitUser(RabbitHost(rabbit_host.node, second.connection(rabbit_host.connection)))
    user.declare("stays")
    there.declare("goes")
    await watch.seen(stays=0, goes=0)
    for publisher in (user, there):
        publish(publisher, "stays", "goes")
    await watch.seen(stays=2 * BATCH, goes=2 * BATCH)
    there.close()
    await second.kill()
    await watch.seen(stays=BATCH, goes=None)
    publish(user, "stays")
    await watch.seen(stays=2 * BATCH, goes=None)
    await watch.told("Node second@localhost has stopped")
    lost = (await queues(broker))["goes"]
    for reading in (lost.waiting, lost.published, lost.retrying):
        assert isinstance(reading, Unknown)
        assert "its node second@localhost is down" in reading.reason
    await second.start()
    version = rabbit_host.manage("GET", "overview")["rabbitmq_version"]
    by_way_of_the_first = 0 if version.startswith("3.") else BATCH  # which version 4 does not forget meanwhile
    await watch.seen(stays=2 * BATCH, goes=by_way_of_the_first)
    await watch.told("Node second@localhost is back")
    for queue in ("stays", "goes"):
        watch.check_rates(queue)
    await broker.close()
    await listening


def publish(user: RabbitUser, *names: str) -> None:
    for _ in range(BATCH):
        for queue in names:
            user.publish(queue, b"task")
