"""A broker that is being restarted, while the play goes on without it."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from wqstudio.background import cancel, spawn


class Outage:
    """One at a time. What a restart raises is raised by ``away``, or ``over``, once it is known."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._since = 0.0
        self._before = 0.0
        self._gone_at = 0.0
        self.spells: list[tuple[float, float]] = []
        """From when to when it was away, unix seconds; those that are over."""

    def begin(self, restart: Coroutine[Any, Any, None]) -> None:
        self._since, self._gone_at = asyncio.get_running_loop().time(), time.time()
        self._task = spawn(restart, "restart the broker", on_error=lambda _: None)

    @property
    def away(self) -> bool:
        if self._task is None or not self._task.done():
            return self._task is not None
        self._end()
        return False

    @property
    def seconds(self) -> float:
        """How long the broker was away in all so far."""
        return self._before + (self._lasted if self._task is not None else 0.0)

    async def over(self) -> None:
        """Return once the broker is back."""
        if self._task is not None:
            await asyncio.wait([self._task])
            self._end()

    async def abandon(self) -> None:
        await cancel(self._task)

    @property
    def _lasted(self) -> float:
        return asyncio.get_running_loop().time() - self._since

    def _end(self) -> None:
        assert self._task is not None, "there was an outage"
        self.spells.append((self._gone_at, time.time()))
        task, self._task, self._before = self._task, None, self.seconds
        task.result()
