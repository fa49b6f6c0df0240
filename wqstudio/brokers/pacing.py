"""Long computations in short steps, so that the window's loop gets its turn."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

STEP = 64
"""Items between two turns of the loop: a few microseconds each, so well under a millisecond."""

T = TypeVar("T")


async def paced(items: Iterable[T]) -> AsyncIterator[T]:
    for number, item in enumerate(items):
        if number % STEP == STEP - 1:
            await asyncio.sleep(0)
        yield item
