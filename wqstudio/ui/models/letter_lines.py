"""Which letters stand at which places in line: those in memory, those that are noted, and what else has to be read."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import TypeAlias

from wqstudio.domain.letter import LetterLine
from wqstudio.ui.models.letter_pages import PAGE, LetterPages
from wqstudio.ui.models.letter_places import known_in, unknown_in

Pager: TypeAlias = Callable[[int, int], Awaitable[Sequence[LetterLine]]]
"""First place in line, and how many; raises LookError."""

MOST_AT_ONCE = 1_000
"""Letters that are asked for together where nobody looks at them."""


class LetterLines:
    """Of the pages that a table has in memory."""

    def __init__(self, pages: LetterPages) -> None:
        self._pages = pages
        self._noted: dict[int, LetterLine] = {}
        """By place in line."""

    def note(self, places: Sequence[range], before: LetterPages) -> None:
        """Keep in mind which letters stand there, as far as they are in memory, and no others; where that is not known
        yet, those of ``before``, which are shown there meanwhile.
        """
        stood = {place: line for place, line in _by_place(before).items() if not self._pages.ended_before(place)}
        self._noted = known_in(places, self._noted) | known_in(places, stood | self._in_memory())

    def forget(self) -> None:
        self._noted = {}

    def known(self, places: Sequence[range]) -> list[LetterLine] | None:
        """In the order of the line, if all are in memory or noted."""
        known = known_in(places, self._all_known())
        return _in_order(known.values()) if len(known) == sum(map(len, places)) else None

    def some(self, places: Sequence[range]) -> list[LetterLine]:
        """Those in memory or noted."""
        return _in_order(known_in(places, self._all_known()).values())

    def places_of(self, ids: Collection[int]) -> dict[int, int]:
        """By id, of those in memory."""
        return {line.id: place for place, line in self._in_memory().items() if line.id in ids}

    async def read(self, places: Sequence[range], pager: Pager) -> list[LetterLine]:
        """In the order of the line, wherever they are; fewer where some are gone. Raises what ``pager`` raises.

        What is read on the way only is not put into memory. Where a page has come to its end, nothing is read: what the
        pager has at such a place stands further up, where others are gone.
        """
        known = self._all_known()
        lines = list(known_in(places, known).values())
        for some in unknown_in(places, dict.fromkeys(self._pages.gone) | known):
            lines += await _read(some, pager)
        return _in_order(lines)

    def _all_known(self) -> dict[int, LetterLine]:
        return self._in_memory() | self._noted

    def _in_memory(self) -> dict[int, LetterLine]:
        return _by_place(self._pages)


def _by_place(pages: LetterPages) -> dict[int, LetterLine]:
    return {number * PAGE + place: row.line for number, page in pages for place, row in enumerate(page.rows)}


async def _read(places: range, pager: Pager) -> list[LetterLine]:
    """None of so many that are asked for together may be there any more, and others behind them."""
    lines: list[LetterLine] = []
    at = places.start
    while at < places.stop:
        wanted = min(MOST_AT_ONCE, places.stop - at)
        some = await pager(at, wanted)
        lines += [line for line in some if not lines or line.id > lines[-1].id]
        at += len(some) or wanted
    return lines


def _in_order(lines: Iterable[LetterLine]) -> list[LetterLine]:
    """Each once."""
    return [line for _, line in sorted({line.id: line for line in lines}.items())]
