"""Letters that a run takes go from the list while it goes on, and not only at its end."""

import asyncio
import time
from collections.abc import Callable

from PySide6.QtCore import QObject

from wqstudio.background import spawn
from wqstudio.ui.look_session import LookSession

_EVERY = 1.0
"""Seconds."""
_SHARE = 10
"""What takes long is done less often, so that it takes at most this part of the time."""


class CatchUp(QObject):
    """Follows a session until ``stop``."""

    def __init__(self, session: LookSession, may: Callable[[], bool], parent: QObject) -> None:
        """``may``: putting the letters in line anew disturbs nobody now."""
        super().__init__(parent)
        self._session, self._may = session, may
        self._loop = asyncio.get_running_loop()
        self._due: asyncio.TimerHandle | None = None
        self._catching_up: asyncio.Task[None] | None = None
        self._every = _EVERY
        session.moved.connect(self._on_moved)

    def stop(self) -> None:
        self._session.moved.disconnect(self._on_moved)
        if self._due is not None:
            self._due.cancel()
        if self._catching_up is not None:
            self._catching_up.cancel()

    def _on_moved(self) -> None:
        """By the loop itself: what is done then needs it running."""
        if self._due is None:
            self._due = self._loop.call_later(self._every, self._begin)

    def _begin(self) -> None:
        self._due = None
        if self._may():
            self._catching_up = spawn(self._catch_up(), "let go of dead letters that were moved")
        else:
            self._on_moved()  # a run that is paused tells of nothing more

    async def _catch_up(self) -> None:
        began = time.monotonic()
        await self._session.catch_up()
        self._every = max(_EVERY, _SHARE * (time.monotonic() - began))
