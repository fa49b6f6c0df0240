"""A broker that is being restarted, while the play goes on without it."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from wqstudio.background import cancel, spawn


class Outage:
    """One at a time. Anybody may look how it stands; what the restart raised is for ``check`` and ``over`` to raise."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._error: BaseException | None = None
        self._since: float | None = None
        self._before = 0.0
        self._gone_at = 0.0
        self.spells: list[tuple[float, float]] = []
        """From when to when it was away, unix seconds; those that are over."""

    def begin(self, restart: Coroutine[Any, Any, None]) -> None:
        self._gone_at = time.time()
        self._since = asyncio.get_running_loop().time()
        self._task = spawn(restart, "restart the broker", on_error=self._fail)
        self._task.add_done_callback(self._end)

    @property
    def away(self) -> bool:
        return self._since is not None

    @property
    def seconds(self) -> float:
        """How long the broker was away in all so far."""
        lasted = 0.0 if self._since is None else asyncio.get_running_loop().time() - self._since
        return self._before + lasted

    def check(self) -> None:
        """Raises what the restart raised: the broker is not back, and nothing more can come of the play."""
        if self._error is not None:
            raise self._error

    async def over(self) -> None:
        """Return once the broker is back; raises as ``check``."""
        if self._task is not None:
            await asyncio.wait([self._task])
        self.check()

    async def abandon(self) -> None:
        await cancel(self._task)

    def _fail(self, error: BaseException) -> None:
        self._error = error

    def _end(self, _: asyncio.Task[None]) -> None:
        self._before, self._since = self.seconds, None
        self.spells.append((self._gone_at, time.time()))
