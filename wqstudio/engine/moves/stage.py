"""One step of a pipeline: works on one item while the next is being prepared by whoever feeds it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

from wqstudio.background import cancel, spawn

T = TypeVar("T")


class Turns:
    """Who came first goes on first, however long each takes before; one that fails holds up nobody."""

    def __init__(self) -> None:
        self._last = asyncio.Event()
        self._last.set()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[Callable[[], Awaitable[object]]]:
        """What it gives is awaited for one's turn, which ends with the block."""
        before, self._last = self._last, asyncio.Event()
        mine = self._last
        try:
            yield before.wait
        finally:
            mine.set()


class Stage(Generic[T]):
    """Items are begun in order, and worked on ``at_once`` at a time. What one raises is raised by the next call."""

    def __init__(self, work: Callable[[T], Coroutine[Any, Any, None]], name: str, at_once: int = 1) -> None:
        self._work = work
        self._name = name
        self._at_once = at_once
        self._at_work: set[asyncio.Task[None]] = set()

    async def put(self, item: T) -> None:
        """Return once it is begun, which waits for one of those before it when there are too many."""
        while len(self._at_work) >= self._at_once:
            await self._one_is_done()
        self._at_work.add(spawn(self._work(item), self._name, on_error=lambda _: None))

    async def finish(self) -> None:
        """Return once everything that was put is done with, also where some of it raises."""
        while pending := [task for task in self._at_work if not task.done()]:
            await asyncio.wait(pending)  # what a broker confirms meanwhile has to reach the journal
        for task in self._at_work:
            task.result()

    async def abort(self) -> None:
        for task in tuple(self._at_work):
            await cancel(task)

    async def _one_is_done(self) -> None:
        done, _ = await asyncio.wait(self._at_work, return_when=asyncio.FIRST_COMPLETED)
        if any(task.cancelled() or task.exception() is not None for task in done):
            await self.finish()
        self._at_work -= done
