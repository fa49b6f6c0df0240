"""The kinds of dead letters: those that somebody put into a stream for them, and those that died where they were."""

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from wqstudio.brokers.letters import Held
from wqstudio.brokers.nats.jetstream.moving import MovingLink
from wqstudio.brokers.nats.jetstream.poll import WAIT
from wqstudio.brokers.nats.jetstream.records import ConsumerInfo, StreamDetail
from wqstudio.brokers.nats.letters import exhausted as letters_exhausted, told as letters_told
from wqstudio.brokers.nats.letters.pointed import Original, Origins, Released, advisory
from wqstudio.brokers.nats.letters.sequences import Line, WholeStream
from wqstudio.brokers.nats.letters.standing import alive, in_the_way, only_went_on, reach, serves, untold
from wqstudio.brokers.nats.letters.stored import Stored
from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.domain.letter import Letter


class DeadLettered:
    """Every message of a dead-letter stream: copies, and pointers to messages elsewhere."""

    remark = ""
    in_the_way = 0

    def __init__(self, link: MovingLink, stream: str) -> None:
        self._link = link
        self._stream = stream
        self._origins = Origins(link)
        self._points = True
        """Pointers are among them, as far as is known."""

    @property
    def streams(self) -> Mapping[str, bytes]:
        return self._origins.streams

    async def line(self) -> tuple[StreamDetail, Line]:
        stream = await self._link.api.gaps(self._stream)
        return stream, WholeStream(stream.state)

    async def hold(self, messages: Sequence[Stored]) -> list[Held]:
        pointers = [(message, told) for message in messages if (told := advisory(message)) is not None]
        self._points = bool(pointers)
        if not pointers:
            return [Held(*message) for message in messages]
        resolved = {held.id: held for held in await self._origins.resolve(pointers)}
        return [resolved.get(each.seq) or Held(*each) for each in messages]

    def portion(self, limit: int) -> int:
        """Pointers are small, and their originals may be large."""
        return self._origins.portion(limit) if self._points else limit

    def read(self, held: Held) -> Letter:
        if isinstance(held.place, Original):
            return letters_told.pointed(self._stream, held, held.place)
        return letters_told.copied(self._stream, held)

    def return_route(self, held: Held) -> str:
        return "" if isinstance(held.place, Original) else held.route

    async def at_work(self) -> Sequence[str]:
        try:
            consumers = (await self._link.api.consumers(self._stream, WAIT)).items.values()
        except UnreachableError:
            raise
        except BrokerError as error:
            return [f"Whether somebody is at work on messages of {self._stream} cannot be told: {error}"]
        return [
            f"Consumer {each.name} of {self._stream} has {each.num_ack_pending:,} in flight, perhaps some of these: "
            "they go all the same, while somebody is at work on them."
            for each in consumers
            if each.num_ack_pending
        ]

    async def release(self, letters: Sequence[Held]) -> Released:
        return await self._origins.remove([held for held in letters if isinstance(held.place, Original)])


class Spot(NamedTuple):
    """Where a message died: ``consumer`` gives it out no more."""

    consumer: str
    stamp: bytes
    """See ``Stored``."""
    look: int
    """At the consumers, by which it was exhausted."""


class Exhausted:
    """Messages of a work queue stream that its consumers give out no more."""

    streams: Mapping[str, bytes] = MappingProxyType({})

    def __init__(self, link: MovingLink, stream: str) -> None:
        self._link = link
        self._stream = stream
        self._consumers: Sequence[ConsumerInfo] = ()
        self._looking = asyncio.Lock()
        """An older answer after a newer one would look like a reset."""
        self._looks = 0
        self._turned: dict[str, int] = {}
        """Look since which a consumer has done nothing but go on, by name."""

    @property
    def remark(self) -> str:
        return untold(self._consumers)

    @property
    def in_the_way(self) -> int:
        return in_the_way(self._consumers)

    async def line(self) -> tuple[StreamDetail, Line]:
        await self._look()
        stream = await self._link.api.gaps(self._stream)
        return stream, await letters_exhausted.find(self._link, stream, self._consumers)

    async def hold(self, messages: Sequence[Stored]) -> list[Held]:
        """A consumer that was made anew or reset meanwhile may have brought some back to life."""
        await self._look()
        return [self._held(message) for message in messages]

    def portion(self, limit: int) -> int:
        return limit

    def read(self, held: Held) -> Letter:
        spot = held.place if isinstance(held.place, Spot) else Spot("", b"", 0)
        return letters_told.in_place(self._stream, held, spot.consumer, spot.stamp)

    def return_route(self, held: Held) -> str:
        """A copy would be a new message, and alive."""
        del held
        return ""

    async def at_work(self) -> Sequence[str]:
        """On none of those that are shown."""
        return ()

    async def release(self, letters: Sequence[Held]) -> Released:
        """What was surely exhausted stays so, however busy a consumer is by now that did nothing but go on."""
        await self._look()
        return Released({held.id: alive(why) for held in letters if (why := self._why_alive(held))})

    def _why_alive(self, held: Held) -> str:
        since = held.place.look if isinstance(held.place, Spot) and not held.problem else 0
        doubtful = [each for each in self._consumers if self._turned[each.name] > since]
        return reach(doubtful, held.route, held.id)

    async def _look(self) -> None:
        async with self._looking:
            before = {each.name: each for each in self._consumers}
            self._consumers = tuple((await self._link.api.consumers(self._stream, WAIT)).items.values())
            self._looks += 1
            for each in self._consumers:
                if not (each.name in before and only_went_on(before[each.name], each)):
                    self._turned[each.name] = self._looks

    def _held(self, message: Stored) -> Held:
        why = reach(self._consumers, message.subject, message.seq)
        consumer = next((each.name for each in self._consumers if serves(each, message.subject)), "")
        return Held(*message[:4], Spot(consumer, message.stamp, self._looks), alive(why))
