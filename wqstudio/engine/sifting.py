"""A look through a queue's dead letters: which of them a filter means, and how many of what kind there are."""

import asyncio
import time
from array import array
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from wqstudio.brokers.letters import Held, Letters
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.redrive import Match
from wqstudio.domain.survey import Group, Survey
from wqstudio.engine.matching import MatchError, Sieve
from wqstudio.engine.search_pace import SearchPace

TELL_EVERY = 0.1
"""Seconds between two reports, at least."""
BATCH = 1_000
MOST_GROUPS = 200
"""That are told of; a filter on what differs in each letter would make as many as there are letters."""
_BREATH = 0.01
"""Seconds after which others get their turn: a page that is asked for meanwhile is not to wait."""

OnSurvey = Callable[[Survey, str], None]
"""What was counted, and why it ended before all were seen; empty: it did not."""


class Sifting:
    """``run`` once. The letters that were found stay those of that look."""

    def __init__(self, letters: Letters, match: Match, on_survey: OnSurvey) -> None:
        """Raises MatchError."""
        self._letters = letters
        self._sieve = Sieve(match)
        self._on_survey = on_survey
        self._ids = array("q")
        self._groups: Counter[tuple[str, str]] = Counter()
        self._seen = 0
        self._told = 0.0
        self._pace = SearchPace()
        self.is_through = False
        """All that can be looked at were."""

    @property
    def found(self) -> int:
        """That the filter means, so far."""
        return len(self._ids)

    def ids(self, first: int, count: int) -> Sequence[int]:
        """Of those that the filter means, as far as they are known, oldest first."""
        return self._ids[first : first + count]

    async def run(self) -> None:
        trouble = ""
        try:
            async with aclosing(in_reach(self._letters, BATCH)) as batches:
                async for batch in batches:
                    await self._take(batch)
                    self._tell_now_and_then()
        except (BrokerError, MatchError) as error:
            trouble = str(error)
        self.is_through = not trouble
        self._tell(trouble, done=True)

    async def _take(self, batch: Sequence[Held]) -> None:
        began = time.monotonic()
        for held in batch:
            self._count(held)
            if time.monotonic() - began > _BREATH:
                await asyncio.sleep(0)
                began = time.monotonic()

    def _count(self, held: Held) -> None:
        self._seen += 1
        if (letter := self._sieve.meant(self._letters, held)) is not None:
            self._ids.append(letter.id)
            self._groups[letter.reason, letter.came_from] += 1

    def _tell_now_and_then(self) -> None:
        if time.monotonic() - self._told >= TELL_EVERY:
            self._tell("", done=False)

    def _tell(self, trouble: str, *, done: bool) -> None:
        self._told = time.monotonic()
        groups = tuple(Group(*kind, count) for kind, count in self._groups.most_common(MOST_GROUPS))
        total = max(self._seen, self._letters.reachable)
        left = None if done else self._pace.left(self._seen, total)
        self._on_survey(Survey(self._seen, total, len(self._ids), groups, done, left), trouble)


async def in_reach(letters: Letters, size: int, most: int | None = None) -> AsyncGenerator[Sequence[Held], None]:
    """All letters that can be looked at together, or the first ``most`` of them, oldest first.

    Where looking is holding, by pages: what batches give out, the look would not show again.
    """
    wanted = letters.reachable if most is None else min(most, letters.reachable)
    if letters.lasting_ids:
        async with aclosing(letters.batches(size)) as batches:
            async for batch in batches:
                yield batch[:wanted]
                wanted -= len(batch)
                if wanted <= 0:
                    return
        return
    first = 0
    while first < min(wanted, letters.reachable) and (page := await letters.page(first, min(size, wanted - first))):
        yield page  # large ones may fill what can be held
        first += len(page)
