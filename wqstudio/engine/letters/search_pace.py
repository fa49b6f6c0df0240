"""How far a search through letters is, and how long it takes yet."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TypeAlias, TypeVar

from wqstudio.domain.survey import SoFar

OnSoFar: TypeAlias = Callable[[SoFar], None]
T = TypeVar("T")

_KNOWN_AFTER = 1.0
"""Seconds of searching before which nothing is said of what is left."""


class SearchPace:
    """Of one search, which begins now."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def left(self, seen: int, total: int) -> float | None:
        """Seconds, at the pace so far. None: that is not known yet."""
        spent = time.monotonic() - self._began
        return spent * max(0, total - seen) / seen if seen and spent >= _KNOWN_AFTER else None


async def telling(
    batches: AsyncGenerator[Sequence[T], None], total: int, tell: OnSoFar
) -> AsyncGenerator[Sequence[T], None]:
    """The same; each time that one of them was dealt with, ``tell`` is told."""
    pace, seen = SearchPace(), 0
    async with aclosing(batches) as looked_at:
        async for batch in looked_at:
            yield batch
            seen += len(batch)
            tell(SoFar(seen, max(seen, total), pace.left(seen, total)))
