"""What costs a broker something is asked for as often as the cost allows."""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """What a read gave, until it is due again."""

    def __init__(self, read: Callable[[], Awaitable[T]], *, every: float = 0.0, share: float = 1 / 4) -> None:
        """``every`` so many seconds at most, and so that reading takes at most this share of the time."""
        self._read = read
        self._every = every
        self._share = share
        self._kept: T | None = None
        self._due = 0.0

    def expire_when(self, outdated: bool) -> None:
        if outdated:
            self._due = 0.0

    async def get(self) -> T:
        began = time.monotonic()
        if self._kept is None or began >= self._due:
            self._kept = await self._read()
            took = time.monotonic() - began
            self._due = began + max(self._every, took / self._share)
        return self._kept
