"""How a person steers a redrive while it runs: pace, pause, cancel."""

import asyncio
import contextlib
from collections.abc import Callable

_SLICES = 4
"""Batches a second, at most, where the rate is limited: letters then come evenly, and a cancel is obeyed soon."""
_AHEAD = 2.0
"""Seconds for which letters are read at once where the rate is limited, some times over: what is read and has not gone
others may take meanwhile, or miss.
"""


class Controls:
    def __init__(self, rate: float = 0.0) -> None:
        self._rate = rate
        self._going = asyncio.Event()
        self._going.set()
        self._halt = asyncio.Event()
        self._retimed = asyncio.Event()
        """Halted, or the rate is another."""
        self._cancelled = False
        self._began_at = self._free_at = 0.0
        """When the letters that went last did, and when those after them may."""
        self._on_change: Callable[[], object] = lambda: None

    def heed(self, on_change: Callable[[], object]) -> None:
        """Called at each pause, resumption and cancellation."""
        self._on_change = on_change

    @property
    def rate(self) -> float:
        """Letters a second; 0: as fast as it goes."""
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        """At once, also for who waits for his turn."""
        wait = (self._free_at - self._began_at) * self._rate / rate if rate else 0.0
        self._free_at = min(self._free_at, self._began_at + wait)
        self._rate = rate
        self._retimed.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    @property
    def halted(self) -> bool:
        """Paused or cancelled: begin nothing new."""
        return self._halt.is_set()

    def pause(self) -> None:
        self._going.clear()
        self._halt.set()
        self._retimed.set()
        self._on_change()

    def resume(self) -> None:
        if not self._cancelled:
            self._going.set()
            self._halt.clear()
            self._on_change()

    def cancel(self) -> None:
        self._cancelled = True
        self._halt.set()
        self._retimed.set()
        self._going.set()
        self._on_change()

    async def going(self) -> None:
        """Return once it is not paused."""
        await self._going.wait()

    def portion(self, most: int) -> int:
        """Letters to be moved at once."""
        return max(1, min(most, round(self.rate / _SLICES))) if self.rate else most

    def ahead(self, most: int) -> int:
        """Letters to be read at once."""
        return max(1, min(most, round(self.rate * _AHEAD))) if self.rate else most

    async def pace(self, letters: int) -> bool:
        """Wait until so many may go. False: halted meanwhile."""
        now = asyncio.get_running_loop().time
        while not self.halted and (left := self._free_at - now()) > 0:
            self._retimed.clear()
            await _within(left, self._retimed)
        self._began_at = max(now(), self._free_at)
        self._free_at = self._began_at + (letters / self._rate if self._rate else 0.0)
        return not self.halted

    async def rest(self, seconds: float) -> None:
        """Wait so long, or until cancelled or paused."""
        await _within(seconds, self._halt)


async def _within(seconds: float, event: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
