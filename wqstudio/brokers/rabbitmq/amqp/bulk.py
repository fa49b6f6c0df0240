"""Many messages in one write, and what became of each, told from ranges of delivery tags: no future for each message.

Confirms come in ranges and out of order, and a message that no queue took comes back before its own confirm.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec
from pika import spec

from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp import framing
from wqstudio.brokers.rabbitmq.amqp.channel import Channel, Listener
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.confirming import not_taken, unroutable
from wqstudio.brokers.rabbitmq.amqp.framing import Confirmed, Returned

PENDING, STORED, REFUSED = 0, 1, 2
CONFIRM_WITHIN = 10.0
"""Seconds without a confirm, and without a byte that went out, after which no confirm is waited for: a quorum queue
that had no leader may never send them.
"""
_PENDING, _STORED = bytes((PENDING,)), bytes((STORED,))


class Message(msgspec.Struct, frozen=True, gc=False):
    """``mark`` tells which one it is when it comes back; messages that differ in nothing may share one."""

    exchange: str
    routing_key: str
    properties: bytes
    body: bytes
    mark: str

    @property
    def way(self) -> tuple[str, str]:
        return self.exchange, self.routing_key


class Bulk:
    """What is known of messages that were sent together. ``states`` has a byte for each of them."""

    def __init__(self, messages: Sequence[Message], first: int) -> None:
        self.messages = messages
        self.states = bytearray(len(messages))
        self.refusals: dict[int, str] = {}
        """By place."""
        self.ended: BrokerError | None = None
        """The channel is gone, and those that are pending may be stored or not."""
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._first = first
        self._missing = len(messages)
        self._places: dict[str, list[int]] | None = None

    @property
    def missing(self) -> int:
        """How many are neither confirmed nor refused."""
        return self._missing

    @property
    def last(self) -> int:
        """The tag of the last of them."""
        return self._first + len(self.messages) - 1

    def confirm(self, low: int, high: int, *, stored: bool) -> None:
        """Those with tags from ``low`` to ``high``, as far as they are here and pending."""
        start, stop = max(0, low - self._first), min(len(self.messages), high - self._first + 1)
        if start >= stop:
            return
        part = self.states[start:stop]
        self._missing -= part.count(PENDING)
        if stored and not self.refusals:
            self.states[start:stop] = part.replace(_PENDING, _STORED)
        else:
            for place in range(start, stop):
                if self.states[place] == PENDING:
                    self._settle(place, stored=stored)
        if not self._missing:
            self._done()

    def returned(self, mark: str, reason: str) -> bool:
        """Its confirm is still to come. False: it is not of these."""
        if self._places is None:
            self._places = defaultdict(list)
            for place, message in enumerate(self.messages):
                self._places[message.mark].append(place)
        for place in self._places.get(mark, ()):
            if self.states[place] == PENDING and place not in self.refusals:
                self.refusals[place] = reason
                return True
        return False

    def suspect(self, way: tuple[str, str], reason: str) -> None:
        """One that went that way came back, and which one cannot be told: none of them counts as stored."""
        for place, message in enumerate(self.messages):
            if message.way == way:
                self.refusals.setdefault(place, reason)

    def end(self, error: BrokerError) -> None:
        self.ended = error
        self._done()

    def _settle(self, place: int, *, stored: bool) -> None:
        if not stored:
            self.refusals.setdefault(place, not_taken(*self.messages[place].way))
        self.states[place] = REFUSED if place in self.refusals else STORED

    def _done(self) -> None:
        if not self.settled.done():
            self.settled.set_result(None)


class BulkChannel:
    """``open`` makes one; an error ends it, and with it whatever is not confirmed."""

    _channel: Channel

    def __init__(self, client: RabbitClient, mark_of: Callable[[Returned], str]) -> None:
        self._client = client
        self._mark_of = mark_of
        self._next = 1
        self._confirmed_up_to = 0
        self._heard = 0
        """Confirms so far, of whichever bulk."""
        self._bulks: list[Bulk] = []
        self._gone: BrokerError | None = None

    @classmethod
    async def open(cls, client: RabbitClient, mark_of: Callable[[Returned], str]) -> "BulkChannel":
        self = cls(client, mark_of)
        listener = Listener(
            returned=self._on_returned, confirmed=self._on_confirmed, closed=self.fail, meanwhile="Publishing"
        )
        self._channel = await client.open_channel(listener)
        await self._channel.call(spec.Confirm.Select(), "asking for confirms")
        return self

    @property
    def is_open(self) -> bool:
        return self._gone is None and self._channel.is_open

    async def publish(self, messages: Sequence[Message]) -> Bulk:
        """Return once all are confirmed or refused, or the channel is gone. UnreachableError: it was gone before."""
        if not self.is_open:
            raise UnreachableError(f"Nothing was sent: {self._gone or 'the connection is gone'}")
        bulk = Bulk(messages, self._next)
        self._next += len(messages)
        self._bulks.append(bulk)
        self._channel.send(self._frames(messages))
        await self._confirms(bulk)
        return bulk

    async def _confirms(self, bulk: Bulk) -> None:
        """While the broker blocks publishers there are none to be expected; nor before it has all of a message, for
        which a large one may take long.
        """
        while not bulk.settled.done():
            heard, gone_out = self._heard, self._client.gone_out
            await asyncio.wait((bulk.settled,), timeout=CONFIRM_WITHIN)
            lives = self._heard > heard or self._client.gone_out > gone_out or self._client.blocked
            if not lives and not bulk.settled.done():
                self.fail(UnreachableError(f"The broker confirmed nothing for {CONFIRM_WITHIN:.0f} s."))

    async def close(self) -> None:
        await self._channel.close()

    def _frames(self, messages: Sequence[Message]) -> bytes:
        number, frame_max = self._channel.number, self._channel.frame_max
        before: dict[tuple[str, str], bytes] = {}
        pieces = []
        for message in messages:
            way = (message.exchange, message.routing_key)
            if way not in before:
                before[way] = framing.publishing(number, (_name(message.exchange), _name(message.routing_key)))
            pieces.append(before[way])
            pieces.append(framing.content(number, message.properties, message.body, frame_max))
        return b"".join(pieces)

    def _on_confirmed(self, confirmed: Confirmed) -> None:
        self._heard += 1
        low = self._confirmed_up_to + 1 if confirmed.multiple else confirmed.tag
        if confirmed.multiple:
            self._confirmed_up_to = confirmed.tag
        for bulk in self._bulks:
            bulk.confirm(low, confirmed.tag, stored=confirmed.stored)
        self._bulks = [bulk for bulk in self._bulks if not bulk.settled.done()]

    def _on_returned(self, returned: Returned) -> None:
        mark, reason = self._mark_of(returned), unroutable(returned)
        if not any(bulk.returned(mark, reason) for bulk in self._bulks):
            for bulk in self._bulks:
                bulk.suspect((returned.exchange, returned.routing_key), reason)

    def fail(self, error: BrokerError) -> None:
        """No confirm comes any more."""
        self._gone = error
        bulks, self._bulks = self._bulks, []
        for bulk in bulks:
            bulk.end(error)


def _name(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
