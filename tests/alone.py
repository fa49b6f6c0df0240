"""Turns among the processes that run the tests side by side: a test that measures time has the computer to itself."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


class Turns:
    """Any number at once, or one alone. Who waits to be alone lets nobody else begin, so that their turn comes."""

    def __init__(self, folder: Path) -> None:
        self._door, self._room = folder / "door.lock", folder / "room.lock"
        self._kept: ExitStack | None = None
        """What is held since the turn before, which was alone."""

    @contextmanager
    def turn(self, *, alone: bool, again: bool = False) -> Iterator[None]:
        """Wait for it. The kernel ends that of a process which is killed. ``again``: the next one is to be alone, too,
        and is so at once: to empty the room a second time would keep everybody waiting.
        """
        held, self._kept = self._kept or self._entered(alone=alone), None
        with held:
            yield
            if alone and again:
                self._kept = held.pop_all()

    def _entered(self, *, alone: bool) -> ExitStack:
        with ExitStack() as held:
            with _locked(self._door, fcntl.LOCK_EX):
                held.enter_context(_locked(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
            return held.pop_all()


@contextmanager
def _locked(file: Path, how: int) -> Iterator[None]:
    with file.open("a") as opened:
        fcntl.flock(opened, how)
        yield
