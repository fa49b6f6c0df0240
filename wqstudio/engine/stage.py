"""One step of a pipeline: works on one item while the next is being prepared by whoever feeds it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from wqstudio.background import cancel, spawn

T = TypeVar("T")


class Stage(Generic[T]):
    """Items are worked on in order, one at a time. What one of them raises is raised by the next call."""

    def __init__(self, work: Callable[[T], Coroutine[Any, Any, None]], name: str) -> None:
        self._work = work
        self._name = name
        self._at_work: asyncio.Task[None] | None = None

    async def put(self, item: T) -> None:
        """Return once the item before this one is done with."""
        await self.finish()
        self._at_work = spawn(self._work(item), self._name, on_error=lambda _: None)

    async def finish(self) -> None:
        """Return once everything that was put is done with."""
        if self._at_work is not None:
            await asyncio.shield(self._at_work)  # what a broker confirms meanwhile has to reach the journal

    async def abort(self) -> None:
        await cancel(self._at_work)
