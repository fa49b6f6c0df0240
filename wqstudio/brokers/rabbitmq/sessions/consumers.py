"""A session's consumers: made and ended until what they may hold is the prefetch."""

import asyncio
import secrets
from collections.abc import Callable

from pika import spec

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp.channel import Channel
from wqstudio.brokers.rabbitmq.sessions.allotment import Allotment

MAX_PREFETCH = 65_535
"""More than this AMQP cannot say."""
_LONGEST_NAME = 200
"""Bytes of a worker's name in its tags, which have 255 at most."""


class Consumers:
    """Of one queue, on one channel after the other."""

    def __init__(
        self,
        queue: str,
        prefetch: int,
        on_failure: Callable[[BrokerError], None],
        *,
        name: str = "",
        automatic_acks: bool,
    ) -> None:
        """``on_failure`` is told, once, why there can be none. ``name``: of whoever consumes."""
        self._queue = queue
        self._on_failure = on_failure
        self._automatic = automatic_acks
        self._allotment = Allotment(self._in_bounds(prefetch))
        self._unsettled: set[int] = set()
        self._channel: Channel | None = None
        self.wanted = False
        """Somebody takes, and has not paused since."""
        self._ended = False
        self._name = f"{_shortened(name) or 'wqstudio'}.{secrets.token_hex(2)}"
        """Its tags begin with it, so that others can tell the workers of a queue apart, and short enough to be read."""
        self._made = 0
        """No tag is used twice: RabbitMQ credits what the one before is settled to its heir."""
        self._changing = asyncio.Lock()

    def use(self, channel: Channel) -> None:
        self._channel = channel
        self._adjust_soon()

    def forget(self) -> None:
        """All that was given is the broker's again."""
        self._unsettled.clear()
        self._allotment.clear()

    def end(self) -> None:
        """None are made or ended any more."""
        self._ended = True

    def ask(self) -> None:
        """See that there is one."""
        if not self._allotment.consumers:
            self._adjust_soon()

    def set_prefetch(self, prefetch: int) -> None:
        self._allotment.prefetch = self._in_bounds(prefetch)
        self._adjust_soon()

    def given(self, tag: int) -> None:
        if not self._automatic:
            self._unsettled.add(tag)

    def settle(self, tag: int) -> bool:
        """False: it is settled already, or was never to be."""
        if tag not in self._unsettled:
            return False
        if self.release(tag) and self.wanted:
            self._adjust_soon()
        return True

    def release(self, tag: int) -> bool:
        """Nobody settles it any more. Whether there may be room for a consumer now."""
        self._unsettled.discard(tag)
        return self._allotment.settled(tag)

    async def adjust(self) -> None:
        """RabbitMQ gives a prefetch to new consumers only: a higher one gets a second consumer for the difference, for
        a lower one all are ended, and the new one is given no more than there is room for.
        """
        async with self._changing:
            try:
                while not self._ended and (channel := self._open_channel) is not None and await self._change(channel):
                    pass
            except UnreachableError:
                # The next channel makes them anew; one that is open was slow to answer, as a blocked connection is.
                if self._open_channel is not None:
                    self._adjust_soon()
            except BrokerError as error:
                self._ended = True
                self._on_failure(error)

    @property
    def _open_channel(self) -> Channel | None:
        return self._channel if self._channel is not None and self._channel.is_open else None

    def _adjust_soon(self) -> None:
        spawn(self.adjust(), "adjust consumers")

    async def _change(self, channel: Channel) -> bool:
        """One step; False: all is as wanted."""
        if self._allotment.consumers and (not self.wanted or self._allotment.too_much):
            await self._end_all(channel)
            return True
        if self.wanted and (share := self._allotment.missing) is not None:
            await self._add(channel, share)
            return True
        return False

    async def _add(self, channel: Channel, prefetch: int) -> None:
        self._made += 1
        tag = self._name if self._made == 1 else f"{self._name}-{self._made}"
        await channel.call(spec.Basic.Qos(prefetch_count=prefetch), "setting the prefetch")
        self._allotment.consumers[tag] = prefetch
        consume = spec.Basic.Consume(queue=self._queue, consumer_tag=tag, no_ack=self._automatic)
        await channel.call(consume, f"consuming {self._queue}")

    async def _end_all(self, channel: Channel) -> None:
        for tag in tuple(self._allotment.consumers):
            await channel.call(spec.Basic.Cancel(consumer_tag=tag), "ending a consumer")
        self._allotment.end_all(self._unsettled)

    def _in_bounds(self, prefetch: int) -> int:
        """0: as many as there are, as always where nothing is acknowledged."""
        return 0 if self._automatic else min(max(0, prefetch), MAX_PREFETCH)


def _shortened(name: str) -> str:
    return name.encode()[:_LONGEST_NAME].decode(errors="ignore")
