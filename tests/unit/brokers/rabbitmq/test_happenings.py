"""What is told of consumers whose channels the node tells of at other times."""

from collections.abc import Iterator
from contextlib import contextmanager

import pika

from tests.jetstream import queue_when, queues
from tests.rabbit_servers import RabbitHost, RabbitNode
from tests.rabbit_user import RabbitUser, connect_program
from wqstudio.brokers.rabbitmq.broker import RabbitBroker
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import known

WITHIN = 10.0
_CHANNELS = "channel_created_metrics_collector"
"""The process of the management plugin that gathers which channels there are."""


@contextmanager
def _channels_not_gathered(node: RabbitNode) -> Iterator[None]:
    """As between two of its counts, which other nodes make every 5 s."""
    node.control("eval", f"sys:suspend({_CHANNELS}).")
    try:
        yield
    finally:
        node.control("eval", f"sys:resume({_CHANNELS}).")


async def test_a_consumer_comes_once_and_goes_once(
    broker: RabbitBroker, user: RabbitUser, rabbit_host: RabbitHost, rabbit_node: RabbitNode
) -> None:
    user.declare("jobs")
    await queues(broker)
    with _channels_not_gathered(rabbit_node):
        program = _slowpoke(connect_program(rabbit_host))
        await queue_when(broker, "jobs", _has_one, WITHIN)
        assert "not known" in _channel(broker)
    await queue_when(broker, "jobs", lambda _: "not known" not in _channel(broker), WITHIN)
    program.close()
    await queue_when(broker, "jobs", lambda queue: not known(queue.consumers, ()), WITHIN)
    await broker.close()
    told = [event.text async for event in broker.events() if "slowpoke" in event.text]
    assert told == ["Consumer slowpoke has come to jobs", "Consumer slowpoke has gone from jobs"]


def _slowpoke(program: pika.BlockingConnection) -> pika.BlockingConnection:
    program.channel().basic_consume("jobs", lambda *_: None, consumer_tag="slowpoke")
    return program


def _has_one(queue: QueueState) -> bool:
    return len(known(queue.consumers, ())) == 1


def _channel(broker: RabbitBroker) -> str:
    described = (each for group in broker.describe("jobs", "slowpoke") for each in group.settings)
    return next(each.value for each in described if each.name == "Channel")
