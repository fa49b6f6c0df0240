"""Starts a process again that died by itself, as long as there is hope."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.local.guarded import GuardedProcess
from wqstudio.domain.events import Event, Level, Topic

RESTARTS = 4
"""Restarts in a row after quick deaths before giving up; the pause before each doubles."""
FIRST_PAUSE = 0.1

OnEvent = Callable[[Event], None]


class Revival:
    """``what`` names the process in events; one that lived less than ``quick`` seconds died a quick death."""

    def __init__(
        self,
        what: str,
        launch: Callable[[], Awaitable[GuardedProcess]],
        last_words: Callable[[], str],
        *,
        quick: float,
        on_event: OnEvent | None,
    ) -> None:
        self._what = what
        self._launch = launch
        self._last_words = last_words
        self._quick = quick
        self._on_event = on_event

    async def watch(self, process: GuardedProcess) -> None:
        """Returns once the process has died too often."""
        current: GuardedProcess | None = process
        attempt = 0
        while current is not None:
            started = time.monotonic()
            code = await current.wait()
            lasted = time.monotonic() - started
            current, attempt = await self._restart(attempt + 1 if lasted < self._quick else 1, code)

    def failed(self, error: BaseException) -> None:
        self._tell(Level.ERROR, f"{self._what} is no longer watched ({error}); restart the studio.")

    async def _restart(self, attempt: int, code: int) -> tuple[GuardedProcess | None, int]:
        """The new process, and the number of the attempt that made it."""
        how = f"signal {code - 128}" if code > 128 else f"exit code {code}"
        failure = self._last_words()
        for number in range(attempt, RESTARTS + 1):
            await asyncio.sleep(FIRST_PAUSE * 2 ** (number - 1))
            try:
                process = await self._launch()
            except LocalServerError as error:
                failure = str(error)
                continue
            self._tell(Level.WARNING, f"{self._what} died ({how}) and was restarted at the same address.")
            return process, number
        self._tell(Level.ERROR, f"{self._what} died ({how}) too often and is not restarted again. {failure}")
        return None, RESTARTS

    def _tell(self, level: Level, text: str) -> None:
        if self._on_event is not None:
            self._on_event(Event(time.time(), Topic.SERVER, text, level))
