"""A channel whose every message is confirmed by the broker, or known not to be stored."""

import asyncio
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from pika import spec

from wqstudio.brokers.port import BrokerError, RefusedError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp.channel import Channel, Listener
from wqstudio.brokers.rabbitmq.amqp.framing import Confirmed, Returned

if TYPE_CHECKING:
    from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient


class _Pending(NamedTuple):
    stored: asyncio.Future[None]
    exchange: str
    routing_key: str
    properties: bytes
    body: bytes


class ConfirmingChannel:
    """Confirms come batched and out of order, and a return before the confirm of its message: tags are tracked."""

    _channel: Channel

    def __init__(self) -> None:
        self._tag = 0
        self._pending: dict[int, _Pending] = {}
        self._came_back: dict[int, RefusedError] = {}
        """Whose confirms are still to come."""
        self._gone: BrokerError | None = None

    @classmethod
    async def open(cls, client: "RabbitClient") -> "ConfirmingChannel":
        self = cls()
        listener = Listener(
            returned=self._on_returned, confirmed=self._on_confirmed, gone=self._on_gone, meanwhile="Publishing"
        )
        self._channel = await client.open_channel(listener)
        try:
            await self._channel.call(spec.Confirm.Select(), "asking for confirms")
        except BaseException:
            self._channel.abandon(UnreachableError("The channel was not set up in time."))
            raise
        return self

    @property
    def is_open(self) -> bool:
        return self._channel.is_open

    @property
    def unconfirmed(self) -> int:
        return len(self._pending)

    def publish(self, exchange: str, routing_key: str, properties: bytes, body: bytes) -> asyncio.Future[None]:
        """Done once the broker has the message safe.

        RefusedError: it is not stored. UnreachableError: the connection or the channel went before the broker said
        so, and the message may be stored or not.
        """
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self._channel.is_open:
            stored.set_exception(self._gone or UnreachableError("The connection is gone."))
            return stored
        try:
            self._channel.publish(exchange, routing_key, properties, body)
        except RefusedError as error:
            stored.set_exception(error)
            return stored
        self._tag += 1
        self._pending[self._tag] = _Pending(stored, exchange, routing_key, properties, body)
        return stored

    async def close(self) -> None:
        await self._channel.close()

    def fail(self, error: BrokerError) -> None:
        """No confirm comes any more."""
        pending, self._pending = self._pending, {}
        self._came_back.clear()
        for one in pending.values():
            if not one.stored.done():
                one.stored.set_exception(error)

    def _on_gone(self, error: BrokerError) -> None:
        """A mistake in one message closes the channel for all: of several under way nobody knows which it was."""
        self._gone = error
        if isinstance(error, RefusedError) and len(self._pending) > 1:
            error = UnreachableError(f"The channel was closed before the broker said whether it has this: {error}")
        self.fail(error)

    def _on_confirmed(self, confirmed: Confirmed) -> None:
        if confirmed.multiple:
            # Tags are given out in order, so those up to this one come first.
            tags = list(takewhile(lambda tag: tag <= confirmed.tag, self._pending))
        else:
            tags = [confirmed.tag]
        for tag in tags:
            pending = self._pending.pop(tag, None)
            refusal = self._came_back.pop(tag, None) if self._came_back else None
            if pending is not None and not pending.stored.done():
                _settle(pending, refusal, stored=confirmed.stored)

    def _on_returned(self, returned: Returned) -> None:
        """Blame the message that came back: the very one, or at least one that went the same way."""
        same_way = [
            (tag, one)
            for tag, one in self._pending.items()
            if (one.exchange, one.routing_key) == (returned.exchange, returned.routing_key)
            and tag not in self._came_back
        ]
        same = [
            (tag, one) for tag, one in same_way if (one.properties, one.body) == (returned.properties, returned.body)
        ]
        for tag, _ in (same or same_way)[:1]:
            self._came_back[tag] = RefusedError(unroutable(returned))


def _settle(pending: _Pending, refusal: RefusedError | None, *, stored: bool) -> None:
    if refusal is not None:
        pending.stored.set_exception(refusal)
    elif stored:
        pending.stored.set_result(None)
    else:
        pending.stored.set_exception(RefusedError(not_taken(pending.exchange, pending.routing_key)))


def not_taken(exchange: str, routing_key: str) -> str:
    """What a negative confirm means."""
    return (
        f"The broker refused a message to {_way(exchange, routing_key)}: the queue is full, "
        "or not available at the moment."
    )


def unroutable(returned: Returned) -> str:
    way = _way(returned.exchange, returned.routing_key)
    return f"No queue takes messages to {way} ({returned.reason}); check the name, or make the queue."


def _way(exchange: str, routing_key: str) -> str:
    return f"{exchange}/{routing_key}" if exchange else routing_key
