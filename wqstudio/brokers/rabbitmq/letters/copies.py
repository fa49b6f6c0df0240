"""Copies that a requeue made, in the queues they went to: looked for message by message, since none has an address.

While that goes on, nobody else is given what is held, so a copy that was given to nobody before is given to nobody.
"""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing

from wqstudio.brokers.letters import Copies, Held, Letters, Lifts, Made
from wqstudio.brokers.port import RefusedError
from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.amqp.codec import MalformedTableError
from wqstudio.brokers.rabbitmq.amqp.properties import headers_of
from wqstudio.brokers.rabbitmq.letters.letters import Place, RabbitLetters
from wqstudio.brokers.rabbitmq.letters.opening import open_letters
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.letter import Destination, Letter, LookCost
from wqstudio.domain.reading import Reading

_MARK = marks.REQUEUED_HEADER.encode()
_HAD = "A consumer, or somebody's look, has had it before and gave it back, so it stays where it is."
_HAD_OR_OURS = (
    "It was given out before: to this undo, before a pause or a lost connection, to an earlier one, or to a consumer "
    "of the queue that gave it back. Which of them cannot be told, so it stays where it is."
)


async def open_copies(
    connection: RabbitConnection, targets: Sequence[Destination], made: Mapping[str, Made], lifts: Lifts, *, again: bool
) -> Sequence[Copies]:
    """One for each of the queues that are there still."""
    opened: list[Copies] = []
    try:
        for queue in dict.fromkeys(to.route for to in targets):
            try:
                letters = await open_letters(connection, queue, lifts, exhausted=False)
            except RefusedError:
                continue  # it is gone, and its messages with it
            alone = isinstance(letters, RabbitLetters) and not letters.has_consumers
            opened.append(RabbitCopies(letters, made, again=again, alone=alone))
    except BaseException:
        for copies in opened:
            await copies.close()
        raise
    return opened


class RabbitCopies:
    """See ``Copies``; ``open_copies`` makes them."""

    doubled = 0

    def __init__(self, letters: Letters, made: Mapping[str, Made], *, again: bool, alone: bool) -> None:
        """``again``: an earlier pass of the undo, or an earlier undo, may have had them; ``alone``: and nobody else, as
        far as is known.
        """
        self._letters = letters
        self._made = made
        self._ours = again and alone
        self._had = _HAD_OR_OURS if again else _HAD

    @property
    def cost(self) -> LookCost:
        return self._letters.cost

    @property
    def lasting_ids(self) -> bool:
        return False

    @property
    def count(self) -> int:
        return min(self._letters.count, len(self._made))

    @property
    def newest(self) -> int | None:
        return None

    @property
    def remark(self) -> str:
        return self._letters.remark

    @property
    def identity(self) -> bytes:
        return b""

    @property
    def sources(self) -> Mapping[str, bytes]:
        return self._letters.sources

    async def check_removable(self) -> None:
        await self._letters.check_removable()

    async def alive(self, fingerprints: Collection[bytes]) -> Collection[bytes]:
        return await self._letters.alive(fingerprints)

    async def held_elsewhere(self, cut_for: float) -> Reading[int]:
        return await self._letters.held_elsewhere(cut_for)

    async def refresh(self) -> None:
        await self._letters.refresh()

    async def lift_limit(self) -> None:
        await self._letters.lift_limit()

    async def batches(self, size: int, ids: Collection[int] | None = None) -> AsyncGenerator[Sequence[Held], None]:
        """Up to the last of them, if all are there; else to the end of the queue."""
        del ids
        left = len(self._made)
        async with aclosing(self._letters.batches(size)) as batches:
            async for batch in batches:
                mine = [self._told(held) for held in batch if self._is_one(held)]
                left -= len(mine)
                if mine:
                    yield mine
                if left <= 0:
                    return

    async def remove(self, letters: Sequence[Held]) -> Collection[int]:
        return await self._letters.remove(letters)

    def read(self, held: Held) -> Letter:
        return self._letters.read(held)

    def home(self, letter: Letter) -> Reading[Destination]:
        return self._letters.home(letter)

    def fingerprint(self, held: Held) -> bytes:
        return self._letters.fingerprint(held)

    def return_route(self, held: Held) -> str:
        return self._letters.return_route(held)

    def number(self, held: Held) -> int:
        return self._made[_mark_of(held)].number

    async def close(self) -> None:
        await self._letters.close()

    def _is_one(self, held: Held) -> bool:
        return _MARK in held.envelope and _mark_of(held) in self._made

    def _told(self, held: Held) -> Held:
        had = isinstance(held.place, Place) and held.place.redelivered
        return held._replace(problem=self._had) if had and not self._ours else held


def _mark_of(held: Held) -> str:
    """Empty: none."""
    try:
        mark = headers_of(held.envelope).get(marks.REQUEUED_HEADER, "")
    except MalformedTableError:
        return ""
    return mark if isinstance(mark, str) else ""
