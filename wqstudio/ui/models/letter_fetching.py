"""Fetches pages for a table that is scrolled faster than they come: what was asked for last comes first."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from wqstudio.background import report, spawn

_AT_MOST_EVERY = 0.03
"""Seconds: a scroll bar under the mouse asks for more pages than anybody sees."""
_REMEMBERED = 3
"""Pages that a screen can show at once; what was asked for before them has been scrolled past."""


class Fetching:
    """One page at a time, on the running loop, until ``stop``."""

    def __init__(self, fetch: Callable[[int], Awaitable[None]]) -> None:
        self._fetch = fetch
        self._wanted: dict[int, None] = {}
        self._due = asyncio.Event()
        self._task = spawn(self._serve(), "pages of dead letters")

    def want(self, page: int) -> None:
        """May be called at each painting."""
        self._wanted.pop(page, None)
        self._wanted[page] = None
        while len(self._wanted) > _REMEMBERED:
            del self._wanted[next(iter(self._wanted))]
        self._due.set()

    def forget(self) -> None:
        self._wanted.clear()

    def stop(self) -> None:
        self._task.cancel()

    async def _serve(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            while self._wanted:
                page, _ = self._wanted.popitem()
                began = time.monotonic()
                try:
                    await self._fetch(page)
                except Exception as error:  # noqa: BLE001 - the pages after it may well come
                    report(error, f"page {page} of dead letters could not be shown")
                await asyncio.sleep(max(0.0, began + _AT_MOST_EVERY - time.monotonic()))
