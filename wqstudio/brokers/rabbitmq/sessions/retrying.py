"""Gives messages back after a delay, which RabbitMQ itself does not do, and passes them on to other queues.

A copy waits in a queue whose messages expire after the delay and are dead-lettered back to where they came from;
the original is acknowledged once the copy is confirmed. A crash in between leaves both, and loses neither.

A message waits behind those that came before it, so each delay needs a queue of its own. Delays go by steps: that
bounds the queues, and AMQP, which lists none, can find them by their names where the delays are known.
"""

import asyncio
from collections.abc import Iterable, Mapping, Set as AbstractSet
from dataclasses import replace

from pika import spec

from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp import errors, marks
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.codec import encode_table
from wqstudio.brokers.rabbitmq.amqp.confirming import ConfirmingChannel
from wqstudio.brokers.rabbitmq.amqp.declared import look
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered
from wqstudio.brokers.rabbitmq.amqp.properties import PERSISTENT, decode_properties
from wqstudio.brokers.rabbitmq.sessions.publishing import destination

STEPS: tuple[int, ...] = tuple(
    round_ * 10**power for power in range(7) for round_ in (10, 12, 15, 16, 20, 25, 30, 32, 40, 50, 60, 80)
)
"""Delays there are, in milliseconds, rising: 10 ms to 22 h, each at most a third longer than the one before. Among them
are those that double, from a second to half a minute.
"""
LINGER = 120.0
"""Seconds a retry queue outlives its last declaration, beyond its delay: a copy confirmed within half of it is safe."""
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
        delay_ms = step(delay)
        async with self._opening:
            channel = await self._ready(delay_ms)
            declared = self._declared[delay_ms]
            copy = _copy(message, deliveries)
            stored = channel.publish("", marks.retry_queue(self._queue, delay_ms), copy, message.body)
        await stored
        if asyncio.get_running_loop().time() - declared > LINGER / 2:
            raise UnreachableError("The broker took so long to store the copy that its queue may go before it.")

    async def put_back(self, message: Delivered, deliveries: int) -> None:
        """To the end of the queue that it comes from, which says so where it refuses the copy. Else as ``put``."""
        async with self._opening:
            channel = await self._open()
            stored = channel.publish("", self._queue, _copy(message, deliveries), message.body)
        await stored

    async def pass_on(self, message: Delivered, route: str, told: Mapping[str, str]) -> None:
        """As ``WorkerSession.forward``; ``told``: headers beside its own."""
        async with self._opening:
            channel = await self._open()
            stored = channel.publish(*destination(route), _passed_on(message, told), message.body)
        await stored

    async def _ready(self, delay_ms: int) -> ConfirmingChannel:
        self._check_takes()
        now = asyncio.get_running_loop().time()
        if now - self._declared.get(delay_ms, -RENEW) >= RENEW:
            async with self._client.channel() as channel:
                await channel.call(_declaration(self._queue, delay_ms), "making a retry queue")
            self._declared[delay_ms] = now
        return await self._open()

    def _check_takes(self) -> None:
        if self._client.blocked:
            raise UnreachableError(errors.of_block(self._client.blocked))

    async def _open(self) -> ConfirmingChannel:
        self._check_takes()
        if self._channel is None or not self._channel.is_open:
            self._channel = await ConfirmingChannel.open(self._client)
        return self._channel


def step(delay: float) -> int:
    """The delay in milliseconds that is kept for one wished for, in seconds: the next longer one, up to the longest."""
    return next((each for each in STEPS if each >= round(delay * 1_000)), STEPS[-1])


async def find(client: RabbitClient, queue: str, delays: Iterable[float]) -> list[str]:
    """The studio's retry queues of a queue, of those delays in seconds, without anybody who lists them.

    Each is looked at by its name, and the broker's log has a line for each that is not there: to be asked only for the
    account of a run, or to clear away what is our own.
    """
    names = {marks.retry_queue(queue, delay_ms): delay_ms for delay_ms in sorted({step(delay) for delay in delays})}
    there = await look(client, names)
    return [name for name in there if await _is_ours(client, queue, names[name])]


async def _is_ours(client: RabbitClient, queue: str, delay_ms: int) -> bool:
    """Declaring it again changes nothing, and is refused where anything is other than we make it.

    Nor does it make one that has expired since the look: that has put the expiry off, by ``LINGER`` at least.
    """
    try:
        async with client.channel() as channel:
            await channel.call(_declaration(queue, delay_ms), "looking up a retry queue")
    except UnreachableError:
        raise
    except BrokerError:
        return False
    return True


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
    return _with(message, {marks.RETRIES_HEADER: deliveries})


def _passed_on(message: Delivered, told: Mapping[str, str]) -> bytes:
    """The same for another queue, whose deliveries are counted from 1."""
    return _with(message, told, _STRIPPED | {marks.RETRIES_HEADER})


def _with(message: Delivered, told: Mapping[str, str | int], without: AbstractSet[str] = _STRIPPED) -> bytes:
    properties = decode_properties(message.properties)
    headers = {name: value for name, value in properties.table.items() if name not in without} | dict(told)
    return replace(
        properties,
        headers=encode_table(headers),
        delivery_mode=PERSISTENT,
        user_id=None,
        expiration=None,
    ).encode()
