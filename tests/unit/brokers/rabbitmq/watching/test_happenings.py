"""Consumers whose channels the node tells of at other times."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pika

from tests.jetstream import queue_when, queues
from tests.rabbit_servers import RabbitHost, RabbitNode
from tests.rabbit_user import RabbitUser, connect_program
from tests.waiting import until
from wqstudio.brokers.rabbitmq.broker import RabbitBroker
from wqstudio.domain.events import Topic
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import known

WITHIN = 30.0
WHO = ("another", "slowpoke")


@contextmanager
def not_gathered(node: RabbitNode, table: str) -> Iterator[None]:
    """As between two counts of the node's, which others make every 5 s. Asking takes a second each time."""
    node.control("eval", f"sys:suspend({table}_metrics_collector).")
    try:
        yield
    finally:
        node.control("eval", f"sys:resume({table}_metrics_collector).")


async def test_a_consumer_comes_once_and_goes_once(
    broker: RabbitBroker, user: RabbitUser, rabbit_host: RabbitHost, rabbit_node: RabbitNode
) -> None:
    user.declare("jobs")
    told: list[str] = []
    listening = asyncio.ensure_future(_listen(broker, told))
    await queues(broker)
    with not_gathered(rabbit_node, "channel_created"):
        program = _consume(rabbit_host, "slowpoke")
        await queue_when(broker, "jobs", _has_one, WITHIN)
        assert "not known" in _channel(broker)
    await queue_when(broker, "jobs", lambda _: "not known" not in _channel(broker), WITHIN)
    program.close()
    await queue_when(broker, "jobs", _has_none, WITHIN)
    program = _consume(rabbit_host, "another")  # the second of a kind within a second is told at its end
    await queue_when(broker, "jobs", _has_one, WITHIN)
    program.close()
    await queue_when(broker, "jobs", _has_none, WITHIN)
    await until(lambda: sum("another" in text for text in told) == 2)
    assert sorted(told) == [f"Consumer {who} has {done} jobs" for who in WHO for done in ("come to", "gone from")]
    await broker.close()
    await listening


async def test_a_consumer_shares_its_channel_with_those_that_are_listed(
    broker: RabbitBroker, user: RabbitUser, rabbit_host: RabbitHost, rabbit_node: RabbitNode
) -> None:
    """Not with as many as the channel had when the node counted last."""
    user.declare("jobs")
    program = connect_program(rabbit_host)
    channel = program.channel()

    def counted() -> list[int | None]:
        return [each.get("consumer_count") for each in rabbit_host.manage("GET", "vhosts/{vhost}/channels")]

    await until(lambda: counted() == [0, 0])
    with not_gathered(rabbit_node, "channel_metrics"):
        channel.basic_consume("jobs", lambda *_: None)
        queue = await queue_when(broker, "jobs", _has_one, WITHIN)
        assert counted() == [0, 0]
    (consumer,) = known(queue.consumers, ())
    assert consumer.in_flight == 0
    program.close()


async def _listen(broker: RabbitBroker, told: list[str]) -> None:
    async for event in broker.events():
        if event.topic is Topic.CONSUMER:
            told.append(event.text)  # noqa: PERF401 - the list is looked at while it grows


def _consume(host: RabbitHost, tag: str) -> pika.BlockingConnection:
    program = connect_program(host)
    program.channel().basic_consume("jobs", lambda *_: None, consumer_tag=tag)
    return program


def _has_one(queue: QueueState) -> bool:
    return len(known(queue.consumers, ())) == 1


def _has_none(queue: QueueState) -> bool:
    return not known(queue.consumers, ())


def _channel(broker: RabbitBroker) -> str:
    described = (each for group in broker.describe("jobs", "slowpoke") for each in group.settings)
    return next(each.value for each in described if each.name == "Channel")
