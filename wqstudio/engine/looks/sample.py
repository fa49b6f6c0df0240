"""The letters of a look that a preview goes through, where not all are meant by name."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from wqstudio.brokers.letters import Held, Letters
from wqstudio.engine.letters.search_pace import OnSoFar, telling
from wqstudio.engine.letters.sifting import BATCH, in_reach

MOST_HELD = 10_000
"""Letters, where looking is holding; where there are more, the preview says so."""
MOST = 50_000
"""The same where looking changes nothing."""
WITHIN = 2.0
"""Seconds for those."""


class Sample:
    """From the oldest on: of those found, or of all.

    ``find`` is asked for those found as it begins: a run may be moving some of them.
    """

    def __init__(self, letters: Letters, find: Callable[[], Sequence[int] | None], on_so_far: OnSoFar) -> None:
        self._letters, self._find, self._on_so_far = letters, find, on_so_far
        self.were_all = False

    async def batches(self) -> AsyncGenerator[Sequence[Held], None]:
        letters, began, found = self._letters, time.monotonic(), self._find()
        most = MOST if letters.lasting_ids else MOST_HELD
        first = in_reach(letters, BATCH, most) if found is None else letters.batches(BATCH, found[:most])
        if not letters.lasting_ids:  # else it is over in no time
            first = telling(first, min(most, letters.count if found is None else len(found)), self._on_so_far)
        async with aclosing(first) as batches:
            async for batch in batches:
                yield batch
                if letters.lasting_ids and time.monotonic() - began > WITHIN:
                    return
        there = letters.count if found is None else len(found)
        self.were_all = there <= min(most, letters.reachable)
