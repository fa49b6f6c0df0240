"""Dead letters written to a file. The journal keeps when, from where, how many and the result, and no contents."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import TextIO

from wqstudio.brokers.letters import Held, Letters
from wqstudio.domain.connection import Product
from wqstudio.domain.letter import Letter
from wqstudio.domain.redrive import Plan, Progress, RedriveId, RunState
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.letters import file as letter_file

_BROKEN_OFF = "The studio was ended meanwhile."
Found = AsyncIterator[tuple[Held, Letter]]
Writing = AbstractContextManager[TextIO]
"""The file is there once this is left without an error."""


class Export:
    """``run`` once. One that breaks off has failed, and is over: nobody goes on with it."""

    def __init__(self, run: RedriveId, plan: Plan, journal: Journal, broker: str, product: Product) -> None:
        """``broker`` names the place in the journal."""
        self._run, self._plan = run, plan
        self._journal, self._broker, self._product = journal, broker, product
        self._count = 0

    async def run(self, letters: Letters, found: Found, writing: Writing) -> int:
        """How many of the letters ``found`` were written. Raises what looking and writing raise, and JournalError."""
        with self._journal.claimed(self._run):
            await asyncio.to_thread(self._journal.begin, self._run, self._broker, self._plan, letters.count)
            try:
                await self._write(letters, found, writing)
            except BaseException as error:
                self._end(RunState.FAILED, str(error) or _BROKEN_OFF)
                raise
            await asyncio.to_thread(self._end, RunState.DONE)
        return self._count

    async def _write(self, letters: Letters, found: Found, writing: Writing) -> None:
        with writing as file:
            async for held, letter in found:
                lies = (letters.fingerprint(held), letters.identity)
                print(letter_file.as_line(held, letter, letters.home(letter), self._product, lies), file=file)
                self._count += 1

    def _end(self, state: RunState, trouble: str = "") -> None:
        written = self._count if state is RunState.DONE else 0
        progress = Progress(state, self._count, self._count, written, trouble=trouble)
        self._journal.keep_progress(self._run, progress)
