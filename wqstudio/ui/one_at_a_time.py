"""What a person asks for takes the place of what was asked for before."""

import asyncio
from collections.abc import Awaitable, Callable

from wqstudio.background import spawn


class OneAtATime:
    """Each on the running loop, until ``stop``."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """``changed``: whether something is under way is another matter."""
        self._changed = changed
        self._doing: asyncio.Task[None] | None = None
        self._turn = 0
        self.busy = False

    def do(self, action: Callable[[], Awaitable[None]], name: str) -> None:
        self.cancel()
        self._turn += 1
        self._doing = spawn(self._done(action, self._turn), name)

    def cancel(self) -> None:
        if self._doing is not None:
            self._doing.cancel()

    def stop(self) -> None:
        """Nobody is told any more."""
        self._turn += 1
        self.cancel()

    async def _done(self, action: Callable[[], Awaitable[None]], turn: int) -> None:
        self.busy = True
        self._changed()
        try:
            await action()
        finally:
            if turn == self._turn:
                self.busy = False
                self._changed()
