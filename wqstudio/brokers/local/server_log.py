"""What a local server writes, for when it cannot say anything any more."""

from pathlib import Path
from typing import BinaryIO

_LAST_LINES = 8


class ServerLog:
    def __init__(self, path: Path) -> None:
        self._path = path

    def renew(self) -> BinaryIO:
        """An empty one for a new process; the log of the one before stays as ``.old``. Raises OSError."""
        if self._path.exists():
            self._path.replace(self._path.with_suffix(".log.old"))
        return self._path.open("wb")

    def end(self) -> str:
        """The last lines, and where the rest is."""
        try:
            lines = self._path.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        except OSError as error:
            return f"Its log {self._path} cannot be read ({error.strerror})."
        return f"Its log {self._path} ends:\n" + "\n".join(lines)
