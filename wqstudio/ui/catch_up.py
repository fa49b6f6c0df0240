"""Letters that a run takes go from the list while it goes on, and not only at its end."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from wqstudio.background import spawn
from wqstudio.ui.look_session import LookSession

_EVERY_MS = 1_000
_SHARE = 10
"""What takes long is done less often, so that it takes at most this part of the time."""


class CatchUp(QObject):
    """Follows a session until ``stop``."""

    def __init__(self, session: LookSession, may: Callable[[], bool], parent: QObject) -> None:
        """``may``: putting the letters in line anew disturbs nobody now."""
        super().__init__(parent)
        self._session, self._may = session, may
        self._due = QTimer(self, singleShot=True, interval=_EVERY_MS)
        self._due.timeout.connect(self._begin)
        session.moved.connect(self._on_moved)

    def stop(self) -> None:
        self._session.moved.disconnect(self._on_moved)
        self._due.stop()

    def _on_moved(self) -> None:
        if not self._due.isActive():
            self._due.start()

    def _begin(self) -> None:
        if self._may():
            spawn(self._catch_up(), "let go of dead letters that were moved")

    async def _catch_up(self) -> None:
        began = time.monotonic()
        await self._session.catch_up()
        self._due.setInterval(max(_EVERY_MS, round(_SHARE * 1_000 * (time.monotonic() - began))))
