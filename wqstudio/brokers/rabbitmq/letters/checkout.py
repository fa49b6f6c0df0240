"""Messages taken out of a queue and held unsettled: RabbitMQ shows none in any other way.

What is held is given back explicitly when the checkout ends: a broken connection would give it back, too, but a
quorum queue counts that against the message in every release.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Collection, Sequence
from itertools import accumulate

from pika import spec

from wqstudio.background import uninterrupted
from wqstudio.brokers.port import BrokerError, RefusedError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp import framing
from wqstudio.brokers.rabbitmq.amqp.channel import Channel, Listener
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.declared import Declared
from wqstudio.brokers.rabbitmq.amqp.errors import ChannelError
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered

IDLE = 1.0
"""Seconds without a message after which the queue is asked whether there are more."""
PATIENCE = 15.0
"""Seconds without a message while there are some in the queue, after which we are not the one they are given to."""
GATHERED_WITHIN = 0.2
"""Seconds after which what has come is not kept waiting for more."""
COUNTED_WITHIN = 3.0
"""Seconds that a queue may take to count what it was given back."""
_LOOK_AGAIN = 0.02
MOST = 65_535
"""Messages for one consumer; more than this AMQP cannot say."""
_LAST_IN_LINE = -100
"""Consumer priority: whoever else consumes is served first."""


class Checkout:
    """One channel's hold on messages of one queue; ``open`` makes one."""

    _channel: Channel

    def __init__(self, queue: str) -> None:
        self._queue = queue
        self._arrived: list[Delivered] = []
        self._arrived_bytes = 0
        self._moved = asyncio.Event()
        self._others = False
        """There were consumers before us. Later on, a quorum queue counts ours too, as long as it has messages out."""
        self._gone: BrokerError | None = None
        self._taken = 0
        """Deliveries so far; their tags are 1, 2, 3 …"""
        self._settled_up_to = 0
        self._settled_after: set[int] = set()
        self._changed_at = -math.inf
        """What is held, last; monotonic seconds."""
        self._consumer = ""
        self._consumers_made = 0
        self._first = 0
        """The last tag before those of the consumer that there is now."""
        self._out = 0
        """Of its messages, those not settled."""
        self._window = 0
        """How many it may have."""

    @classmethod
    async def open(cls, client: RabbitClient, queue: str) -> "Checkout":
        """RefusedError: there is no such queue, or it belongs to another connection alone."""
        self = cls(queue)
        self._channel = await client.open_channel(Listener(delivered=self._on_delivered, gone=self._on_gone))
        self._others = (await self.look()).consumers > 0
        return self

    @property
    def held(self) -> int:
        """Messages delivered and not settled."""
        return self._taken - self._settled_up_to - len(self._settled_after)

    @property
    def has_held(self) -> bool:
        """It was given messages, whatever became of them."""
        return self._taken > 0

    @property
    def steady_for(self) -> float:
        """Seconds for which it has held the same messages; since ever, where it has held none."""
        return time.monotonic() - self._changed_at

    def check(self) -> None:
        """UnreachableError: what was held is in the queue again."""
        self._raise_if_gone()

    async def look(self) -> Declared:
        """As the queue is now. A quorum queue may need a moment to count what was just given back."""
        looking = spec.Queue.Declare(queue=self._queue, passive=True)
        answer = await self._channel.call(looking, f"looking up the queue {self._queue}")
        return Declared(answer.message_count, answer.consumer_count)

    async def take(self, count: int, *, window: int, most_bytes: int) -> Sequence[Delivered]:
        """The next ``count`` messages, or fewer: those that came when their bodies reached ``most_bytes``, or in
        ``GATHERED_WITHIN``: so a batch is as large as the broker is fast.

        Fewer also where others took the rest; empty when none is left. At most ``window`` (up to ``MOST``) are under
        way. RefusedError when there are messages that are not given to us.
        """
        quiet, until = 0.0, time.monotonic() + GATHERED_WITHIN
        while not self._has_enough(count, most_bytes, until):
            self._raise_if_gone()
            if not self._consumer or self._out >= self._window:
                await self._consume(window)
                continue  # some may have come meanwhile
            self._moved.clear()
            try:
                async with asyncio.timeout(IDLE):
                    await self._moved.wait()
                quiet = 0.0
            except TimeoutError:
                if self._arrived or not (await self.look()).ready:
                    break
                quiet += IDLE
                if quiet >= PATIENCE:
                    raise self._not_for_us() from None
        return self._hand_out(count, most_bytes)

    async def stop(self) -> None:
        """Take no more. What comes meanwhile is held like the rest."""
        if self._consumer and self._gone is None:
            await uninterrupted(self._end_consumer())

    async def settle(self, tags: Collection[int]) -> None:
        """Acknowledge these, and return once the broker has read it. What was settled before is left out.

        UnreachableError: the channel is gone, and the messages are in the queue again.
        """
        self._raise_if_gone()
        fresh = sorted({tag for tag in tags if not self._is_settled(tag)})
        self._changed_at = time.monotonic()
        self._out -= sum(tag > self._first for tag in fresh)
        self._channel.send(b"".join(self._acks(fresh)))
        # AMQP confirms no acknowledgement; but what is asked after it on its channel is answered after it.
        try:
            await self._channel.call(spec.Channel.Flow(active=True), f"removing messages from {self._queue}")
        except ChannelError as error:  # as a queue that was restarted below us does it, which forgets what it gave out
            raise UnreachableError(f"What was held of {self._queue} is given back: {error}") from error

    async def give_back(self) -> None:
        """All that is held, and end. Does nothing where the connection is gone: the broker has them back."""
        with contextlib.suppress(BrokerError):
            await self.stop()
            if self.held:
                await self._return_all()
            await self._channel.close()

    async def _return_all(self) -> None:
        """Return once the queue counts them again, so that who looks next misses none; others may take them first."""
        counted = (await self.look()).ready + self.held
        self._channel.nack(0, requeue=True, multiple=True)
        if self._others:
            return
        end = time.monotonic() + COUNTED_WITHIN
        while time.monotonic() < end:
            if (await self.look()).ready >= counted:
                return
            await asyncio.sleep(_LOOK_AGAIN)

    # --- taking

    async def _consume(self, window: int) -> None:
        """A new consumer, where the one before has all that it may: what is still wanted stays with that one.

        No tag is used twice: RabbitMQ credits what the one before is settled to its heir.
        """
        await self.stop()
        self._consumers_made += 1
        name = f"wqstudio-look-{self._consumers_made}"
        doing = f"looking into {self._queue}"
        self._first, self._out, self._window = self._taken, 0, window
        await self._channel.call(spec.Basic.Qos(prefetch_count=window), doing)
        await uninterrupted(self._begin(name, doing))

    async def _begin(self, name: str, doing: str) -> None:
        """To its end, whoever is cancelled meanwhile: a consumer that nobody knows of would take on and on. It cannot
        be ended before the answer, either: a quorum queue's channel breaks at that, and the connection with it (3.10).
        """
        consuming = spec.Basic.Consume(queue=self._queue, consumer_tag=name, arguments={"x-priority": _LAST_IN_LINE})
        await self._channel.call(consuming, doing)
        self._consumer = name

    async def _end_consumer(self) -> None:
        """To its end, too: whoever takes next would wait for messages from a consumer that the broker has ended."""
        ending = spec.Basic.Cancel(consumer_tag=self._consumer)
        await self._channel.call(ending, f"ending the look at {self._queue}")
        self._consumer = ""  # not before: until then, more may come

    def _on_delivered(self, message: Delivered) -> None:
        self._taken += 1
        self._out += 1
        self._changed_at = time.monotonic()
        self._arrived.append(message)
        self._arrived_bytes += len(message.body)
        self._moved.set()

    def _on_gone(self, error: BrokerError) -> None:
        self._gone = error
        self._moved.set()

    def _has_enough(self, count: int, most_bytes: int, until: float) -> bool:
        whole = len(self._arrived) >= count or self._arrived_bytes >= most_bytes
        return whole or (bool(self._arrived) and time.monotonic() >= until)

    def _hand_out(self, count: int, most_bytes: int) -> Sequence[Delivered]:
        if self._arrived_bytes >= most_bytes:
            sizes = accumulate(len(message.body) for message in self._arrived[:count])
            count = next((place for place, size in enumerate(sizes, 1) if size >= most_bytes), count)
        handed, self._arrived = self._arrived[:count], self._arrived[count:]
        self._arrived_bytes -= sum(len(message.body) for message in handed)
        return handed

    def _raise_if_gone(self) -> None:
        """Tags mean nothing on another channel, so whatever ended this one, the look is to be begun anew."""
        if self._gone is not None:
            raise UnreachableError(f"What was held of {self._queue} is given back: {self._gone}") from self._gone

    def _not_for_us(self) -> RefusedError:
        return RefusedError(
            f"{self._queue} has messages that are not given to the studio: another consumer is the single active one, "
            "or takes all there are. Stop it, and look again."
        )

    # --- settling

    def _is_settled(self, tag: int) -> bool:
        return tag <= self._settled_up_to or tag in self._settled_after

    def _acks(self, tags: Sequence[int]) -> list[bytes]:
        """One for all up to where nothing unsettled lies in between, and one for each of the others."""
        number = self._channel.number
        if tags and not self._settled_after and tags[-1] - self._settled_up_to == len(tags):
            self._settled_up_to = tags[-1]
            return [framing.ack(number, tags[-1], multiple=True)]
        self._settled_after.update(tags)
        while self._settled_up_to + 1 in self._settled_after:
            self._settled_up_to += 1
            self._settled_after.remove(self._settled_up_to)
        acks = [framing.ack(number, tag) for tag in tags if tag > self._settled_up_to]
        covered = [tag for tag in tags if tag <= self._settled_up_to]
        if covered:  # the broker knows no tag any more that was settled before
            acks.insert(0, framing.ack(number, covered[-1], multiple=True))
        return acks
