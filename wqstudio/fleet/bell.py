"""Waking one coroutine early."""

import asyncio


class Bell:
    """At most one coroutine waits; whoever changes something it depends on rings."""

    def __init__(self) -> None:
        self._waiter: asyncio.Future[bool] | None = None

    def ring(self) -> None:
        self._end(rung=True)

    async def wait(self, seconds: float | None = None) -> bool:
        """True as soon as the bell is rung, False after ``seconds`` (None: no limit)."""
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = None if seconds is None else loop.call_later(seconds, self._time_out)
        try:
            return await self._waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _time_out(self) -> None:
        self._end(rung=False)

    def _end(self, *, rung: bool) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(rung)
