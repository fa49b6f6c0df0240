"""Turns among the processes that run the tests side by side: a test that measures time has the computer to itself."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


class Turns:
    """Any number at once, or one alone. Who waits to be alone lets nobody else begin, so that their turn comes."""

    def __init__(self, folder: Path) -> None:
        self._door, self._room = folder / "door.lock", folder / "room.lock"

    @contextmanager
    def turn(self, *, alone: bool) -> Iterator[None]:
        """Wait for it. The kernel ends that of a process which is killed."""
        with ExitStack() as held:
            with _locked(self._door, fcntl.LOCK_EX):
                held.enter_context(_locked(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
            yield


@contextmanager
def _locked(file: Path, how: int) -> Iterator[None]:
    with file.open("a") as opened:
        fcntl.flock(opened, how)
        yield
