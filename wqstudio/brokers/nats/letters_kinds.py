"""The kinds of dead letters: those that somebody put into a stream for them, and those that died where they were."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wqstudio.brokers.letters import Held
from wqstudio.brokers.nats import letters_exhausted, letters_told
from wqstudio.brokers.nats.letters_pointed import Original, Origins, advisory
from wqstudio.brokers.nats.moving import MovingLink
from wqstudio.brokers.nats.poll import WAIT
from wqstudio.brokers.nats.records import ConsumerInfo, StreamDetail
from wqstudio.brokers.nats.sequences import Line, WholeStream
from wqstudio.brokers.nats.standing import alive, reach, serves, untold
from wqstudio.brokers.nats.stored import Stored
from wqstudio.domain.letter import Letter


class Kept:
    """Every message of a stream: copies, and pointers to messages elsewhere."""

    remark = ""

    def __init__(self, link: MovingLink, stream: str) -> None:
        self._link = link
        self._stream = stream
        self._origins = Origins(link)
        self._points = True
        """Pointers are among them, as far as is known."""

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

    async def release(self, letters: Sequence[Held]) -> Mapping[int, str]:
        return await self._origins.remove([held for held in letters if isinstance(held.place, Original)])


class _Spot(NamedTuple):
    """Where a message died: ``consumer`` gives it out no more."""

    consumer: str
    stamp: bytes
    """See ``Stored``."""


class Exhausted:
    """Messages of a work queue stream that its consumers give out no more."""

    def __init__(self, link: MovingLink, stream: str) -> None:
        self._link = link
        self._stream = stream
        self._consumers: Sequence[ConsumerInfo] = ()

    @property
    def remark(self) -> str:
        return untold(self._consumers)

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
        consumer, stamp = held.place if isinstance(held.place, _Spot) else ("", b"")
        return letters_told.in_place(self._stream, held, consumer, stamp)

    def return_route(self, held: Held) -> str:
        """A copy would be a new message, and alive."""
        del held
        return ""

    async def release(self, letters: Sequence[Held]) -> Mapping[int, str]:
        await self._look()
        return {held.id: alive(why) for held in letters if (why := reach(self._consumers, held.route, held.id))}

    async def _look(self) -> None:
        self._consumers = tuple((await self._link.api.consumers(self._stream, WAIT)).items.values())

    def _held(self, message: Stored) -> Held:
        why = reach(self._consumers, message.subject, message.seq)
        consumer = next((each.name for each in self._consumers if serves(each, message.subject)), "")
        return Held(*message[:4], _Spot(consumer, message.stamp), alive(why))
