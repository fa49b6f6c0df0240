"""Waiting for conditions, in tests."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], object], within: float = 30.0) -> None:
    """Return once the condition holds; fail after ``within`` seconds."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        await asyncio.sleep(0.02)


async def until_true(condition: Callable[[], Awaitable[object]], within: float = 30.0) -> None:
    """As ``until``, of what has to be asked for."""
    end = time.monotonic() + within
    while not await condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        await asyncio.sleep(0.02)
