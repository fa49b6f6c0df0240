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
from wqstudio.engine.letters.matching import MatchError, Sieve
from wqstudio.engine.letters.search_pace import SearchPace

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
    """``run`` once. The letters that were found stay those of that look, save those that it is told to ``let_go``."""

    def __init__(self, letters: Letters, match: Match, on_survey: OnSurvey) -> None:
        """Raises MatchError."""
        self._letters = letters
        self._sieve = Sieve(match)
        self._on_survey = on_survey
        self._ids = array("q")
        self._kinds = array("L")
        """Of each of them the number of its reason and origin."""
        self._numbers: dict[tuple[str, str], int] = {}
        """Of reasons and origins."""
        self._counts: Counter[int] = Counter()
        self._seen = 0
        self._told = 0.0
        self._pace = SearchPace()
        self._over = False
        self._trouble = ""

    @property
    def is_through(self) -> bool:
        """All that can be looked at were."""
        return self._over and not self._trouble

    @property
    def found(self) -> int:
        """That the filter means, so far."""
        return len(self._ids)

    def ids(self, first: int, count: int) -> Sequence[int]:
        """Of those that the filter means, as far as they are known, oldest first."""
        return self._ids[first : first + count]

    def let_go(self) -> Survey:
        """Those that have gone since. Nothing is looked at for that."""
        there = set(self._letters.still_there(self._ids))
        gone = len(self._ids) - len(there)
        if gone:
            kept = [(id_, kind) for id_, kind in zip(self._ids, self._kinds, strict=True) if id_ in there]
            self._ids, self._kinds = array("q", (id_ for id_, _ in kept)), array("L", (kind for _, kind in kept))
            self._counts = Counter(self._kinds)
            self._seen -= gone
        return self._survey()

    async def run(self) -> None:
        try:
            async with aclosing(in_reach(self._letters, BATCH)) as batches:
                async for batch in batches:
                    await self._take(batch)
                    self._tell_now_and_then()
        except (BrokerError, MatchError) as error:
            self._trouble = str(error)
        self._over = True
        self._tell()

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
            kind = self._numbers.setdefault((letter.reason, letter.came_from), len(self._numbers))
            self._ids.append(letter.id)
            self._kinds.append(kind)
            self._counts[kind] += 1

    def _tell_now_and_then(self) -> None:
        if time.monotonic() - self._told >= TELL_EVERY:
            self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        self._on_survey(self._survey(), self._trouble)

    def _survey(self) -> Survey:
        kinds = list(self._numbers)
        groups = tuple(Group(*kinds[number], count) for number, count in self._counts.most_common(MOST_GROUPS))
        total = max(self._seen, self._letters.reachable)
        left = None if self._over else self._pace.left(self._seen, total)
        return Survey(self._seen, total, len(self._ids), groups, self._over, left)


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
