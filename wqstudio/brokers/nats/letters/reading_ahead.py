"""Portions of a stream that are asked for ahead of whoever deals with them.

How far away a server is, or how long it takes to get its turn, then costs once, and not with every thousand messages.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from typing import Any, NamedTuple, TypeAlias

from wqstudio.background import cancel
from wqstudio.brokers.letters import Held

Portion: TypeAlias = tuple[list[Held], int]
"""Letters, and the position after the last that was looked at."""
Read: TypeAlias = Callable[[int, int], Coroutine[Any, Any, Portion]]
"""Of so many from a position on as many as come in one answer; one at least."""


class _Asked(NamedTuple):
    portion: asyncio.Task[Portion]
    end: int
    """The position after the last that was asked for."""


async def read_ahead(
    read: Read, length: int, size: Callable[[], int], under_way: int
) -> AsyncGenerator[Sequence[Held], None]:
    """All up to the position ``length``, in their order; ``size`` says how many to ask for at once, by what is known.

    While some are dealt with, at most ``under_way`` others are asked for, or have come.
    """
    asked: deque[_Asked] = deque()

    def ask(at: int, end: int) -> _Asked:
        return _Asked(asyncio.ensure_future(read(at, end - at)), end)

    def fill(at: int) -> None:
        while at < length and len(asked) < under_way:
            asked.append(ask(at, end := min(length, at + size())))
            at = end

    try:
        fill(0)
        while asked:
            letters, upto = await asked[0].portion
            end = asked.popleft().end
            last = asked[-1].end if asked else end
            if upto < end:  # they were larger than others are
                asked.appendleft(ask(upto, end))
            fill(last)
            if letters:
                yield letters
    finally:
        await _end([each.portion for each in asked])


async def _end(readings: Sequence[asyncio.Task[Portion]]) -> None:
    for reading in readings:
        reading.cancel()
    for reading in readings:
        await cancel(reading)
        if not reading.cancelled():
            reading.exception()  # looked at, so that asyncio does not report it as lost
