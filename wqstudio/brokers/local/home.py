"""Where a local server lives while it runs: a folder that the user named, or a temporary one."""

import shutil
import tempfile
from pathlib import Path

from wqstudio.brokers.local.folder import FolderLock, claim

LOCK_WAIT = 3.0
"""Seconds for a studio that is just closing to let go."""


class Home:
    def __init__(self, wanted: Path | None, prefix: str, min_free: int) -> None:
        """``wanted`` None: a temporary folder, whose name begins with ``prefix``."""
        self._wanted = wanted
        self._prefix = prefix
        self._min_free = min_free
        self._lock: FolderLock | None = None
        self.folder = Path()
        """Known once ``enter`` was called."""

    @property
    def temporary(self) -> Path | None:
        """What is to be removed after the server's end."""
        return self.folder if self._wanted is None else None

    @property
    def lock(self) -> int:
        """The descriptor that the server inherits, so that nobody else comes in before it is gone."""
        assert self._lock is not None, "nobody has entered"
        return self._lock.descriptor

    async def enter(self) -> None:
        """Raises LocalServerError when the folder cannot be had; ``leave`` also then."""
        self.folder = self._wanted or Path(tempfile.mkdtemp(prefix=self._prefix))
        self._lock = await claim(self.folder, min_free=self._min_free, wait=LOCK_WAIT)

    def leave(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if self._wanted is None and self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)
