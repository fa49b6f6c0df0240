"""Counts a run's tasks that wait in a queue, by checking all of them out and giving them back.

RabbitMQ shows no message without delivering it, and this costs: each message counted is marked as redelivered, in a
quorum queue before 4.3 it loses one of its deliveries (an exhausted one is dead-lettered by it), and others do not get
it meanwhile. What a worker holds unacknowledged is not seen. So this is for the studio's own queues, once nobody
works on them.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from pika import spec

from wqstudio.brokers.port import BrokerError
from wqstudio.brokers.rabbitmq.amqp.channel import Channel, Listener
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.codec import MalformedTableError
from wqstudio.brokers.rabbitmq.amqp.errors import ChannelError
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered
from wqstudio.brokers.rabbitmq.amqp.properties import headers_of
from wqstudio.domain.task import TASK_HEADER, TaskId

IDLE = 1.0
"""Seconds without a message after which no more are expected: others took them."""
_LAST_IN_LINE = -100
"""Consumer priority: whoever else consumes is served first."""


async def remaining_tasks(
    client: RabbitClient,
    queue: str,
    run: str,
    *,
    before: Sequence[str] = (),
    after: Sequence[str] = (),
    may_be_gone: bool = False,
) -> list[int]:
    """As ``Broker.remaining_tasks``, of the messages that wait. Classic queues keep their order.

    Counted too is what waits in ``before``, from where messages move into the queue, and in ``after``, where they
    move to from it. All are held until the last is counted, so that one which moves meanwhile is counted once.
    """
    numbers: list[int] = []
    async with AsyncExitStack() as held:
        for each in (*before, queue, *after):
            try:
                numbers += await _check_out(client, each, run, held)
            except ChannelError as error:
                if not error.not_found or (each == queue and not may_be_gone):
                    raise  # of the others, one that is gone by now is empty
    return numbers


async def _check_out(client: RabbitClient, queue: str, run: str, held: AsyncExitStack) -> list[int]:
    """Leaves to ``held`` to give them back."""
    checkout = _Checkout(run)
    listener = Listener(delivered=checkout.delivered, closed=checkout.closed)
    channel = await held.enter_async_context(client.channel(listener))
    looking_up = spec.Queue.Declare(queue=queue, passive=True)
    found = await channel.call(looking_up, f"looking up the queue {queue}")
    if found.message_count:
        held.callback(channel.nack, 0, requeue=True, multiple=True)
        await checkout.take(channel, queue, found.message_count)
    return checkout.numbers


class _Checkout:
    """Keeps the number of a message, and lets go of the rest of it."""

    def __init__(self, run: str) -> None:
        self.numbers: list[int] = []
        self._run = run
        self._seen = 0
        self._wanted = 0
        self._error: BrokerError | None = None
        self._moved = asyncio.Event()

    async def take(self, channel: Channel, queue: str, count: int) -> None:
        self._wanted = count
        doing = f"counting what is in {queue}"
        consume = spec.Basic.Consume(queue=queue, consumer_tag="census", arguments={"x-priority": _LAST_IN_LINE})
        await channel.call(consume, doing)
        try:
            while self._seen < self._wanted and self._error is None:
                self._moved.clear()
                async with asyncio.timeout(IDLE):
                    await self._moved.wait()
        except TimeoutError:
            pass
        if self._error is not None:
            raise self._error
        await channel.call(spec.Basic.Cancel(consumer_tag="census"), doing)

    def delivered(self, message: Delivered) -> None:
        self._seen += 1
        self._moved.set()
        number = _number(message, self._run)
        if number is not None:
            self.numbers.append(number)

    def closed(self, error: BrokerError) -> None:
        self._error = error
        self._moved.set()


def _number(message: Delivered, run: str) -> int | None:
    try:
        text = headers_of(message.properties).get(TASK_HEADER, "")
        task = TaskId.parse(text) if isinstance(text, str) else None
    except (MalformedTableError, ValueError):
        return None
    return task.number if task is not None and task.run == run else None
