"""Who works on a run, or alone on a queue: lock files beside the journal.

The system lets them go with the process, however that ends.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

_CLAIM_TRIES = 10
_CLAIM_AGAIN = 0.01
"""Seconds."""


class JournalError(Exception):
    """The journal cannot be used. The text names the file and the remedy."""


class UnknownRunError(JournalError):
    """There is no such run here."""


class OverError(JournalError):
    """Nothing of that run is left to be done."""


class Claims:
    """Of the runs in one journal."""

    def __init__(self, journal: Path) -> None:
        self._file = journal

    @contextmanager
    def claimed(self, run: str) -> Iterator[None]:
        """For the time of working on a run. JournalError when another process does.

        The system ends the claim with the process, however that ends.
        """
        file = self._claim_file(run)
        with _locked_while(file, f"Another process of the studio is moving these messages already ({run})."):
            yield

    @contextmanager
    def alone(self, where: str, queue: str, run: str, refusal: Callable[[str], str]) -> Iterator[None]:
        """For the time of moving letters from a queue where others would move the same ones. JournalError when another
        run does that uses the same journal, with what ``refusal`` makes of its name for a text. ``where`` tells it
        from other queues of its name.
        """
        name = blake2b(f"{where}\0{queue}".encode(), digest_size=8).hexdigest()
        file = self._claim_file(f"queue-{name}")
        with _locked_while(file, lambda: refusal(_written_in(file)), run):
            yield

    def is_claimed(self, run: str) -> bool:
        try:
            descriptor = os.open(self._claim_file(run), os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not _locked(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    def _claim_file(self, run: str) -> Path:
        return self._file.with_name(f"{self._file.name}.{run}.lock")


@contextmanager
def _locked_while(file: Path, refusal: str | Callable[[], str], holder: str = "") -> Iterator[None]:
    """``holder`` is written into the file, for whoever is refused."""
    descriptor = _locked_file(file)
    if descriptor is None:
        raise JournalError(refusal if isinstance(refusal, str) else refusal())
    try:
        with contextlib.suppress(OSError):  # of a full disk the journal tells, with the remedy
            os.truncate(descriptor, 0)
            os.write(descriptor, holder.encode())
        yield
    finally:
        file.unlink(missing_ok=True)
        os.close(descriptor)


def _written_in(file: Path) -> str:
    """Who has it; it may have been given up in the meantime."""
    try:
        return file.read_text(encoding="utf-8") or "another one"
    except OSError:
        return "another one"


def _locked_file(file: Path) -> int | None:
    """Open. None: somebody else has it; who only looks whether it is claimed has it for no more than a moment."""
    for attempt in range(_CLAIM_TRIES):
        if attempt:
            time.sleep(_CLAIM_AGAIN)
        descriptor = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
        if _locked(descriptor, fcntl.LOCK_EX) and _is_still(file, descriptor):
            return descriptor
        os.close(descriptor)
    return None


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(file: Path, descriptor: int) -> bool:
    """Not so when whoever held the lock before has removed the file since it was opened here."""
    try:
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
