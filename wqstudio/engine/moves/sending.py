"""Copies sent out for a run; those that may be there twice by that are counted before they go, and on the disk.

A process that is killed between a copy and its place in the journal leaves a letter of which nobody knows whether it
was copied. Whoever goes on with it may copy it a second time, and, killed at the same point, the next one a third time:
counted afterwards, only the last would be.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from wqstudio.brokers.letters import Copy, Level, Outlet, Tries
from wqstudio.brokers.port import UnreachableError
from wqstudio.domain.letter import Destination, Fate, Outcome
from wqstudio.engine.moves.books import Books

_PUT_WITHIN = 30.0
"""Seconds that a copy may be on its way: so long before it forgets one, a destination may have forgotten it then."""


class _Feared(NamedTuple):
    """Copies to one queue that may be there twice once they are sent."""

    until: Mapping[int, float]
    """By place, when its destination knows the first one's id no more."""
    most: int
    """So many at most may have one there."""
    tries: Tries

    def come_true(self, outcomes: Sequence[Outcome], harmless: Collection[Fate], now: float) -> int:
        """A first copy that the destination did know after all is one of those that came to lie there."""
        sent = sum(now >= end and outcomes[place].fate not in harmless for place, end in self.until.items())
        met = {outcomes[place].where for place in self.until if outcomes[place].fate is Fate.DUPLICATE}
        level = self.tries.level
        known = self.tries.known
        came = 0 if level is None else sum(at is not None and at > level.place for at in met.difference(known))
        return min(sent, max(0, self.most - came))


class Sending:
    """To one outlet. ``moves``: what is refused stays where it was, while there may be a copy of it from before."""

    def __init__(self, books: Books, outlet: Outlet, *, moves: bool) -> None:
        self._books, self._outlet = books, outlet
        self._harmless = {Fate.DUPLICATE} if moves else {Fate.DUPLICATE, Fate.REFUSED}
        """After these there are no more of a letter than before."""
        self._noting = asyncio.Lock()
        """Of two batches that are put at once, only the first finds a queue as it was before any copy."""

    async def put(self, copies: Sequence[Copy], again: Mapping[int, float]) -> list[Outcome]:
        """As ``Outlet.put``. ``again``: the places in ``copies`` of letters of which there may be a copy already, and
        since when (unix seconds; 0: for long).
        """
        await self._note_levels({copy.destination for copy in copies})
        feared = await self._feared(copies, again) if again else ()
        if most := sum(each.most for each in feared):
            await self._books.tell(doubled=self._books.progress.doubled + most)
        try:
            outcomes = list(await self._outlet.put(copies))
        except UnreachableError:  # nothing was sent
            self._take_back(most)
            raise
        if again:
            await self._find_refused(copies, outcomes, again)
        if most:
            now = time.time()
            self._take_back(most - sum(each.come_true(outcomes, self._harmless, now) for each in feared))
        return outcomes

    async def _note_levels(self, targets: Collection[Destination]) -> None:
        async with self._noting:
            if new := self._books.without_level(targets):
                await self._books.note_levels({to: await self._outlet.level(to) for to in new})

    async def _feared(self, copies: Sequence[Copy], again: Mapping[int, float]) -> Sequence[_Feared]:
        """Those whose first copy the destination may not know by its id, and may have been given."""
        known_for = {to: await self._remembered(to) for to in {copies[place].destination for place in again}}
        until = {place: since + known_for[copies[place].destination] for place, since in again.items()}
        now = time.time()
        by_level: defaultdict[Level | None, dict[int, float]] = defaultdict(dict)
        for place, end in until.items():
            if now + _PUT_WITHIN >= end:
                by_level[self._books.level(copies[place].destination)][place] = end
        return [await self._fear(level, ends, copies, again) for level, ends in by_level.items()]

    async def _fear(
        self, level: Level | None, until: Mapping[int, float], copies: Sequence[Copy], again: Mapping[int, float]
    ) -> _Feared:
        """Those to one queue: what has left it could have been any one of them, and only one."""
        tried = [place for place in until if again[place]]
        since = min((again[place] for place in tried), default=0.0)
        tries = await self._books.tries(level, [copies[place].mark for place in tried], since)
        targets = {copies[place].destination for place in tried}
        try:
            there = await self._outlet.perhaps_there(targets, tries) if tried else 0
        except UnreachableError:
            there = len(tried)
        return _Feared(until, len(until) - len(tried) + there, tries)

    def _take_back(self, count: int) -> None:
        """A process that is killed before that is on the disk has counted too many, which is no harm."""
        self._books.note(doubled=self._books.progress.doubled - count)

    async def _remembered(self, to: Destination) -> float:
        """Seconds. What was lost on the way here may have been the broker, and what it remembers with it."""
        try:
            return 0.0 if self._books.was_cut_off else await self._outlet.remembers(to)
        except UnreachableError:
            return 0.0

    async def _find_refused(self, copies: Sequence[Copy], outcomes: list[Outcome], again: Mapping[int, float]) -> None:
        """What an earlier try has put there may itself be what leaves no room for it now."""
        doubtful: defaultdict[Destination, dict[str, int]] = defaultdict(dict)
        for place, since in again.items():
            if since and outcomes[place].fate is Fate.REFUSED:
                doubtful[copies[place].destination][copies[place].mark] = place
        for to, places in doubtful.items():
            since = min(again[place] for place in places.values())
            try:
                found = await self._outlet.stored([to], places.keys(), since)
            except UnreachableError as error:  # what is known of the others has to reach the journal
                for place in places.values():
                    outcomes[place] = Outcome(Fate.UNSURE, reason=str(error))
                continue
            for mark, where in found.items():
                outcomes[places[mark]] = Outcome(Fate.DUPLICATE, where)


def check_sure(outcomes: Iterable[Outcome]) -> None:
    """Once what is known of them is in the journal. UnreachableError: of some nobody knows whether they are stored."""
    for outcome in outcomes:
        if outcome.fate is Fate.UNSURE:
            raise UnreachableError(outcome.reason)
