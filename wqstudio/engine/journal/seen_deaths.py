"""Queues that keep dead letters though nothing leads to them any more: their messages tell of it, once one looks.

What made them one may be gone: the queue that messages died in, its policy, a binding. RabbitMQ shows no message
without a cost, so nobody looks for that alone; whoever looks anyway sees it, and it is remembered.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from wqstudio.brokers.letters import Held
from wqstudio.domain.letter import Letter
from wqstudio.engine.journal.journal import Journal, JournalError

_PAGE = 50


class SeenDeaths:
    """Of one look into a queue."""

    def __init__(self, journal: Journal, place: str, queue: str) -> None:
        """``place``: the broker, as the journal names it."""
        self._journal, self._place, self._queue = journal, place, queue
        self._noted: bool | None = None

    @property
    def told(self) -> bool:
        """All of a page have said of themselves that they died."""
        return bool(self._noted)

    async def saw(self, letters: Sequence[Letter]) -> None:
        """A page of them, as they stand in line. Live work may have a dead letter among it, that somebody put there, so
        all of a page have to tell. Where none does, it is another queue of that name by now.
        """
        await self._saw([letter.came_to_rest for letter in letters])

    async def seen(self, found: AsyncIterator[tuple[Held, Letter]]) -> AsyncIterator[tuple[Held, Letter]]:
        """The same letters, all that there are in line; the first of them are a page."""
        rests: list[bool] = []
        async for held, letter in found:
            yield held, letter
            if len(rests) < _PAGE:
                rests.append(letter.came_to_rest)
        await self._saw(rests)

    async def _saw(self, rests: Sequence[bool]) -> None:
        told = all(rests)
        if not rests or told is not any(rests) or self._noted in {told, True}:
            return
        self._noted = told
        with contextlib.suppress(JournalError):  # then it is seen at the next look
            await asyncio.to_thread(self._journal.note_deaths, self._place, self._queue, told=told)
