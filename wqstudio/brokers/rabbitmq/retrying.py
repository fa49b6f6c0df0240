"""Gives messages back after a delay, which RabbitMQ itself does not do.

A copy waits in a queue whose messages expire after the delay and are dead-lettered back to where they came from;
the original is acknowledged once the copy is confirmed. A crash in between leaves both, and loses neither.
"""

import asyncio
from dataclasses import replace

from pika import spec

from wqstudio.brokers.port import UnreachableError
from wqstudio.brokers.rabbitmq import marks
from wqstudio.brokers.rabbitmq.client import RabbitClient
from wqstudio.brokers.rabbitmq.codec import encode_table
from wqstudio.brokers.rabbitmq.confirming import ConfirmingChannel
from wqstudio.brokers.rabbitmq.framing import Delivered
from wqstudio.brokers.rabbitmq.properties import PERSISTENT, decode_properties

LINGER = 120.0
"""Seconds a retry queue outlives its last declaration, beyond its delay."""
RENEW = 30.0
"""Seconds after which it is declared again before it is used: what waits in it would expire along with it."""
_STRIPPED = frozenset({"CC", "BCC", "x-delivery-count", "x-acquired-count"})
"""Headers that would send the copy elsewhere, too, or belong to the delivery."""


class RetryLane:
    """For one queue and one connection."""

    def __init__(self, client: RabbitClient, queue: str) -> None:
        self._client = client
        self._queue = queue
        self._channel: ConfirmingChannel | None = None
        self._opening = asyncio.Lock()
        self._declared: dict[int, float] = {}

    async def put(self, message: Delivered, deliveries: int, delay: float) -> None:
        """Return once the copy is safe. RefusedError or UnreachableError: there may be none."""
        delay_ms = max(1, round(delay * 1_000))
        async with self._opening:
            channel = await self._ready(delay_ms)
        await channel.publish("", marks.retry_queue(self._queue, delay_ms), _copy(message, deliveries), message.body)

    async def _ready(self, delay_ms: int) -> ConfirmingChannel:
        now = asyncio.get_running_loop().time()
        if now - self._declared.get(delay_ms, -RENEW) >= RENEW:
            async with self._client.channel() as channel:
                await channel.call(_declaration(self._queue, delay_ms), "making a retry queue")
            self._declared[delay_ms] = now
        if self._channel is None or not self._channel.is_open:
            self._channel = await ConfirmingChannel.open(self._client)
        return self._channel

    def fail(self, reason: str) -> None:
        """The connection is gone; no copy under way is confirmed any more."""
        if self._channel is not None:
            self._channel.fail(UnreachableError(f"The message was not given back: {reason}."))


def _declaration(queue: str, delay_ms: int) -> spec.Queue.Declare:
    return spec.Queue.Declare(
        queue=marks.retry_queue(queue, delay_ms),
        durable=True,
        arguments={
            marks.MARK: marks.RETRY,
            "x-queue-type": "classic",
            "x-message-ttl": delay_ms,
            "x-expires": delay_ms + round(LINGER * 1_000),
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": queue,
        },
    )


def _copy(message: Delivered, deliveries: int) -> bytes:
    """The properties of a message for another try; ``deliveries`` it has had so far.

    A user id is left out: RabbitMQ refuses one that is not ours. So is an expiration: it counted for the queue that
    the message comes from.
    """
    properties = decode_properties(message.properties)
    headers = {name: value for name, value in properties.table.items() if name not in _STRIPPED}
    headers[marks.RETRIES_HEADER] = deliveries
    return replace(
        properties,
        headers=encode_table(headers),
        delivery_mode=PERSISTENT,
        user_id=None,
        expiration=None,
    ).encode()
