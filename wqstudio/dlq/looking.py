"""Which letters ``wqstudio dlq`` looks at: no more than it has to, since looking may cost."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import NamedTuple, TypeAlias

from wqstudio.brokers.letters import Held, Letters
from wqstudio.domain.letter import Letter
from wqstudio.domain.redrive import Match
from wqstudio.engine.letters.matching import Sieve
from wqstudio.engine.letters.sifting import in_reach
from wqstudio.options import SHORTEST_MARK

COUNTED = 50_000
"""Letters that are looked through to say how many match."""
_LONGEST_ID = 18
"""Digits, in which sequences of NATS find room."""
_PAGE = 1_000
_FEW = 50
"""At once, where it is not known how many have to be looked through, and each may cost."""
_TELL_EACH = 100
"""Letters between two calls of who is to be told how far it is."""
_UNDER_WAY = 4
"""Batches that a look may have on their way."""


OnSeen: TypeAlias = Callable[[int, int, int], None]
"""Told how many were looked through, of how many, and how many of those match."""


class Counts(NamedTuple):
    """Beside the letters that ``list`` shows."""

    there: int
    matching: int | None
    """Of those in reach; None: not known, but not fewer than are shown."""
    narrowed: bool
    """Not all are meant."""
    live: bool = False
    """The queue is not known to keep dead letters: its times may be those of publishing."""
    reach: int | None = None
    """So many, from the oldest on, can be looked at together; None: all."""

    def sentence(self, shown: int) -> str:
        """Empty: all are."""
        if beyond := self._beyond(shown):
            return beyond
        if not self.narrowed:
            return f"{shown:,} of {self.there:,}; --limit shows more, --match fewer" if shown < self.there else ""
        if self.matching is None:
            return f"the first {shown:,} that match, of {self.there:,}; there may be more, which --limit shows"
        match = f"{self.matching:,} of {self.there:,} {'matches' if self.matching == 1 else 'match'}"
        return match if shown == self.matching else f"{match}; {_first(shown)} shown, and --limit shows more"

    def _beyond(self, shown: int) -> str:
        """Where a look came to its end before the queue did, in a sentence; empty: it did not."""
        if self.reach is None or self.reach >= self.there or self.matching is None:
            return ""
        if not self.narrowed and shown < self.reach:
            return ""
        first = f"the first {self.reach:,} of {self.there:,}"
        others = "no more can be looked at together; `dlq export` goes through all"
        if not self.narrowed:
            return f"{first}; {others}"
        match = f"{self.matching:,} of {first} {'matches' if self.matching == 1 else 'match'}"
        part = "" if shown == self.matching else f", and {_first(shown, ' of them')} shown"
        return f"{match}{part}; {others}"


def _first(shown: int, of: str = "") -> str:
    return f"the first{of} is" if shown == 1 else f"the first {shown:,}{of} are"


class Seen(NamedTuple):
    letter: Letter
    fingerprint: bytes
    """By which the journal, and the result of a run, know it."""


async def first(
    letters: Letters, match: Match, limit: int, on_seen: OnSeen = lambda *_: None
) -> tuple[Sequence[Seen], int | None]:
    """So many that match, oldest first, and how many there are among those in reach; None: that is not known.

    To know it, more are looked at than are wanted, where that costs nothing. Raises MatchError.
    """
    sieve, everything = Sieve(match), match == Match()
    found: list[Seen] = []
    matching = seen = 0
    most = COUNTED if letters.lasting_ids and not everything else 0
    size = _PAGE if most else max(1, min(_PAGE, limit))
    async with aclosing(_each(in_reach(letters, size))) as line:
        async for held in line:
            seen += 1
            if not seen % _TELL_EACH:
                on_seen(seen, letters.reachable, matching)
            if (letter := sieve.meant(letters, held)) is not None:
                matching += 1
                found += [Seen(letter, letters.fingerprint(held))] if matching <= limit else []
            if matching >= limit and seen >= most and seen < letters.reachable:
                return found, letters.count if everything else None
    return found, matching


async def meant(
    letters: Letters, match: Match, limit: int | None, on_seen: OnSeen = lambda *_: None
) -> AsyncIterator[tuple[Held, Letter]]:
    """The letters that match, oldest first, however many there are. Raises MatchError."""
    sieve, found, seen = Sieve(match), 0, 0
    async with aclosing(_each(letters.batches(_at_once(match, limit)))) as line:
        async for held in line:
            seen += 1
            if not seen % _TELL_EACH:
                on_seen(seen, letters.count, found)
            if (letter := sieve.meant(letters, held)) is not None:
                yield held, letter
                found += 1
                if found == limit:
                    return


def _at_once(match: Match, limit: int | None) -> int:
    """Where not all are wanted, no more are to be on their way than those."""
    if limit is None:
        return _PAGE
    return _FEW if match != Match() else max(1, min(_PAGE, limit // _UNDER_WAY))


async def one(letters: Letters, wanted: str) -> Sequence[Held]:
    """The letter of that id: by itself where ids last, else by its place in line. Or that of such a fingerprint, which
    is the same at each look; the beginning is enough where that is not what all of the queue have in common (NATS).
    """
    if wanted.isdigit() and len(wanted) <= _LONGEST_ID and (found := await _numbered(letters, int(wanted))):
        return found
    if len(wanted) < SHORTEST_MARK:
        return ()
    async with aclosing(_each(letters.batches(_PAGE if letters.lasting_ids else _FEW))) as line:
        async for held in line:
            mark = letters.fingerprint(held).hex()
            if mark == wanted or (not letters.identity and mark.startswith(wanted)):
                return [held]
    return ()


async def _numbered(letters: Letters, wanted: int) -> Sequence[Held]:
    if letters.lasting_ids:
        return [held async for batch in letters.batches(1, [wanted]) for held in batch]
    if not 0 < wanted <= letters.reachable:
        return ()
    return [held for held in await letters.page(wanted - 1, 1) if held.id == wanted]


async def _each(batches: AsyncGenerator[Sequence[Held], None]) -> AsyncGenerator[Held, None]:
    async with aclosing(batches):
        async for batch in batches:
            for held in batch:
                yield held
