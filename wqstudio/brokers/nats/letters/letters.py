"""Dead letters of a stream: pointers and copies in a dead-letter stream, or messages exhausted in place.

No consumer is made and nothing is changed by looking.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Protocol

import numpy as np

from wqstudio.brokers.letters import PAGE_BYTES, Held, Letters, StaysError, after_asking, page_of
from wqstudio.brokers.nats.jetstream.census import BATCH_SIZE
from wqstudio.brokers.nats.jetstream.moving import MovingLink, open_link
from wqstudio.brokers.nats.jetstream.records import StreamDetail
from wqstudio.brokers.nats.letters.kinds import DeadLettered, Exhausted
from wqstudio.brokers.nats.letters.pointed import Original, Released, Twins, keeps_all, stream_key
from wqstudio.brokers.nats.letters.reading_ahead import read_ahead
from wqstudio.brokers.nats.letters.removal import Remover
from wqstudio.brokers.nats.letters.sequences import Line, Listed, WholeStream, begins_alike, chosen
from wqstudio.brokers.nats.letters.stored import Shelf, Stored
from wqstudio.brokers.port import RefusedError
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.letter import Destination, Letter, LookCost
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.text import REPLACED


class Kind(Protocol):
    """What differs between letters that were put somewhere and messages that died where they were."""

    @property
    def remark(self) -> str: ...

    @property
    def in_the_way(self) -> int:
        """Messages that consumers have, for which letters may lie here that are not in line."""
        ...

    @property
    def streams(self) -> Mapping[str, bytes]:
        """Others, in which what was held so far lies, with their keys."""
        ...

    async def line(self) -> tuple[StreamDetail, Line]:
        """Counts anew; with the stream as it is by now."""
        ...

    async def hold(self, messages: Sequence[Stored]) -> list[Held]: ...

    def portion(self, limit: int) -> int:
        """How many to take at once for about ``limit`` bytes."""
        ...

    def read(self, held: Held) -> Letter: ...

    def return_route(self, held: Held) -> str: ...

    async def at_work(self) -> Sequence[str]:
        """See ``Letters.at_work``."""
        ...

    async def release(self, letters: Sequence[Held]) -> Released:
        """Remove what lies elsewhere."""
        ...


async def open_letters(connection: NatsConnection, stream: str, *, exhausted: bool) -> "NatsLetters":
    """UnreachableError, DeniedError; RefusedError when there is no such stream, or exhausted ones cannot be told."""
    link = await open_link(connection, "wqstudio letters")
    try:
        info = await link.api.stream(stream)
        kind: Kind = Exhausted(link, stream) if exhausted else DeadLettered(link, stream)
        letters = NatsLetters(link, info, kind, purges=not exhausted)
        await letters.refresh()
    except BaseException:
        await link.close()
        raise
    return letters


class NatsLetters:
    """See ``Letters``; ``open_letters`` makes one. An id is the sequence in the stream."""

    def __init__(self, link: MovingLink, info: StreamDetail, kind: Kind, *, purges: bool) -> None:
        self._link = link
        self._kind = kind
        self._turn = 0
        self._line: Line = Listed(np.empty(0, np.int64))
        self._holding = asyncio.Lock()
        """What some messages point to is read for one portion at a time: that may be large."""
        self._purges = purges
        self._be(info)

    def _be(self, info: StreamDetail) -> None:
        """Of that stream from now on."""
        self._info = info
        self._shelf = Shelf(self._link, info)
        self._remover = Remover(self._link, info)
        self._key = stream_key(info)

    @property
    def lasting_ids(self) -> bool:
        return True

    @property
    def cost(self) -> LookCost:
        return LookCost()

    @property
    def count(self) -> int:
        return len(self._line)

    @property
    def newest(self) -> int | None:
        count = len(self._line)
        return int(self._line.span(count - 1, 1)[0]) if count else 0

    @property
    def reachable(self) -> int:
        return self.count

    @property
    def turn(self) -> int:
        return self._turn

    @property
    def held(self) -> int:
        return 0

    @property
    def remark(self) -> str:
        return self._kind.remark

    @property
    def identity(self) -> bytes:
        return self._key

    @property
    def sources(self) -> Mapping[str, bytes]:
        return {self._info.config.name: self._key, **self._kind.streams}

    async def held_elsewhere(self, cut_for: float) -> Reading[int]:
        """Whatever a consumer has, lies in the stream nonetheless, but may hide what is exhausted there."""
        del cut_for
        return self._kind.in_the_way

    async def alive(self, fingerprints: Collection[bytes]) -> Collection[bytes]:
        beginning = len(self._key)
        ids = {int.from_bytes(each[beginning:]): each for each in fingerprints if each.startswith(self._key)}
        if not ids:
            return ()
        stream, line = await self._kind.line()
        stored, dead = (chosen(each, ids).span(0, len(ids)) for each in (WholeStream(stream.state), line))
        return [ids[sequence] for sequence in np.setdiff1d(stored, dead).tolist()]

    async def check_removable(self) -> None:
        if refusal := keeps_all(self._info):
            raise RefusedError(refusal)
        await self._remover.check_permission()

    async def refresh(self) -> None:
        info, line = await self._kind.line()
        if info.created != self._info.created:
            self._be(info)
            self._turn += 1
        elif not begins_alike(line, self._line):
            self._turn += 1
        self._line = line

    async def lift_limit(self) -> None:
        """There is no limit to looks."""

    async def page(self, first: int, count: int) -> Sequence[Held]:
        page: list[Held] = []
        at, end = first, min(first + count, len(self._line))
        while at < end and sum(len(held.body) for held in page) < PAGE_BYTES:
            batch, at = await self._portion(self._line, at, end - at)
            page += batch
        return page_of(page)

    async def at_work(self) -> Sequence[str]:
        return await self._kind.at_work()

    def succeed(self, before: Letters) -> None:
        """Ids last."""

    def still_there(self, ids: Collection[int]) -> Collection[int]:
        there = chosen(self._line, ids)
        return [int(sequence) for sequence in there.span(0, len(there))]

    async def batches(self, size: int, ids: Collection[int] | None = None) -> AsyncGenerator[Sequence[Held], None]:
        """As ``Letters.batches``; fewer at once where messages are large. Others are read while some are dealt with.

        RefusedError: the stream was deleted and made anew, and counts its messages from 1 again.
        """
        line = self._line if ids is None else chosen(self._line, ids)
        read = partial(self._sure_portion, line)
        twins = Twins()
        reading = read_ahead(read, len(line), lambda: self._at_once(size), self._shelf.under_way)
        async with aclosing(reading) as portions:
            async for portion in portions:
                yield twins.told(portion)

    async def remove(self, letters: Sequence[Held]) -> Collection[int]:
        """Of a pointer it is its message that was gone, or not, where that is removed, too."""
        staying, asked, gone_elsewhere = await self._kind.release(letters)
        going = np.unique(np.array([held.id for held in letters if held.id not in staying], np.int64))
        with after_asking(bool(asked)):
            refused, gone_here = await self._remover.remove(going, self._line if self._purges else None)
        if refused:
            raise RefusedError(self._left(refused))
        gone = {*gone_elsewhere, *(id_ for id_ in gone_here if id_ not in asked)}
        if staying:
            why = {self.fingerprint(held): staying[held.id] for held in letters if held.id in staying}
            raise StaysError(self._left(staying), why, gone)
        return gone

    def _left(self, why: Mapping[int, str]) -> str:
        return f"{len(why):,} messages of {self._info.config.name} are left there. {next(iter(why.values()))}"

    def read(self, held: Held) -> Letter:
        return self._kind.read(held)

    def home(self, letter: Letter) -> Reading[Destination]:
        if not letter.route:
            return Unknown(
                letter.problem or "No header says under which subject it was published first; choose where it goes."
            )
        if REPLACED in letter.route:
            return Unknown("Its subject is not UTF-8, and cannot be published to from here.")
        return Destination(letter.origin or letter.route, letter.route)

    def fingerprint(self, held: Held) -> bytes:
        """That of the message, where this is a pointer: whichever way to it is gone first, in whatever stream, it is
        known that it was moved. As ``named``, by hand, since it is done for every message.
        """
        place = held.place
        message = place.message if isinstance(place, Original) else b""
        return message or self._key + held.id.to_bytes(8, "big")

    def return_route(self, held: Held) -> str:
        route = self._kind.return_route(held)
        return "" if REPLACED in route else route  # that one is not UTF-8, and cannot be published to from here

    async def close(self) -> None:
        await self._link.close()

    async def _sure_portion(self, line: Line, at: int, count: int) -> tuple[list[Held], int]:
        """As ``_portion``; what was read before the stream is known to be the same still was read in that one."""
        portion = await self._portion(line, at, count)
        name = self._info.config.name
        if (await self._link.api.stream(name)).created != self._info.created:
            raise RefusedError(f"Stream {name} was deleted and made anew meanwhile; look into it again.")
        return portion

    async def _portion(self, line: Line, at: int, count: int) -> tuple[list[Held], int]:
        """Letters from position ``at`` on, and the position after them."""
        wanted = line.span(at, self._at_once(count))
        messages, left = await self._shelf.read_some(wanted, dense=line.dense)
        async with self._holding:
            held = await self._kind.hold(messages)
        return held, at + len(wanted) - len(left)

    def _at_once(self, count: int) -> int:
        """Of so many letters those that come in one answer, as far as is known."""
        return min(count, self._kind.portion(BATCH_SIZE), self._shelf.most_at_once)
