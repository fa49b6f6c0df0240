"""Which letters ``wqstudio dlq`` looks at: no more than it has to, since looking may cost."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import NamedTuple

from wqstudio.brokers.letters import Held, Letters
from wqstudio.domain.letter import Letter
from wqstudio.domain.redrive import Match
from wqstudio.engine.matching import compiled

COUNTED = 50_000
"""Letters that are looked through to say how many match."""
_PAGE = 500


class Counts(NamedTuple):
    """Beside the letters that ``list`` shows."""

    there: int
    matching: int | None
    """None: not known, but not fewer than are shown."""
    narrowed: bool
    """Not all are meant."""
    live: bool = False
    """The queue is not known to keep dead letters: its times may be those of publishing."""

    def sentence(self, shown: int) -> str:
        """Empty: all are."""
        if not self.narrowed:
            return f"{shown:,} of {self.there:,}; --limit shows more, --match fewer" if shown < self.there else ""
        if self.matching is None:
            return f"the first {shown:,} that match, of {self.there:,}; there may be more, which --limit shows"
        match = f"{self.matching:,} of {self.there:,} {'matches' if self.matching == 1 else 'match'}"
        return match if shown == self.matching else f"{match}; the first {shown:,} are shown, and --limit shows more"


class Seen(NamedTuple):
    letter: Letter
    fingerprint: bytes
    """By which the journal, and the result of a run, know it."""


async def first(letters: Letters, match: Match, limit: int, *, counting: bool) -> tuple[Sequence[Seen], int | None]:
    """So many that match, oldest first, and how many there are; None: that is not known.

    ``counting``: to know it, more are looked at than are wanted, where that costs nothing. Raises MatchError.
    """
    means, everything = compiled(match), match == Match()
    found: list[Seen] = []
    matching = seen = 0
    most = COUNTED if counting and letters.lasting_ids and not everything else 0
    async with aclosing(_line(letters, None if most else limit)) as line:
        async for held in line:
            seen += 1
            if means(letter := letters.read(held)):
                matching += 1
                found += [Seen(letter, letters.fingerprint(held))] if matching <= limit else []
            if matching >= limit and seen >= most and seen < letters.count:
                return found, letters.count if everything else None
    return found, matching


async def meant(letters: Letters, match: Match, limit: int | None) -> AsyncIterator[tuple[Held, Letter]]:
    """The letters that match, oldest first. Raises MatchError."""
    means, found = compiled(match), 0
    async with aclosing(_line(letters, limit)) as line:
        async for held in line:
            letter = letters.read(held)
            if found == limit:
                return
            if means(letter):
                found += 1
                yield held, letter


async def one(letters: Letters, wanted: int) -> Sequence[Held]:
    """The letter of that id: by itself where ids last, else by its place in line."""
    if not letters.lasting_ids:
        return [held for held in await letters.page(max(0, wanted - 1), 1) if held.id == wanted]
    return [held async for batch in letters.batches(1, [wanted]) for held in batch]


async def _line(letters: Letters, limit: int | None) -> AsyncGenerator[Held, None]:
    """All of them; where not all are wanted, no more are taken at once than that, since looking may cost."""
    if limit is None:
        async with aclosing(letters.batches(_PAGE)) as batches:
            async for batch in batches:
                for held in batch:
                    yield held
        return
    seen = 0
    while page := await letters.page(seen, min(_PAGE, max(limit, 1))):
        seen += len(page)
        for held in page:
            yield held
