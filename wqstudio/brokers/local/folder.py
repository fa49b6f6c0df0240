"""The folder in which a local broker keeps its data: made, checked, and held by one studio at a time."""

import asyncio
import errno
import fcntl
import os
import shutil
from pathlib import Path

from wqstudio.brokers.local.errors import LocalServerError

MIN_FREE = 64 * 1024 * 1024
"""Bytes. With less, the broker would refuse messages almost at once."""


class FolderLock:
    """Held as long as any process has ``descriptor`` open; the broker inherits it, so the lock cannot end before it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def release(self) -> None:
        os.close(self.descriptor)


async def claim(folder: Path, *, min_free: int, wait: float) -> FolderLock:
    """Make the folder if need be and lock it.

    Raises LocalServerError when it cannot be written to, has less than ``min_free`` bytes left, or when another
    studio still uses it after ``wait`` seconds.
    """
    descriptor = _open_lock_file(folder)
    try:
        _check_space(folder, min_free)
        await _lock(descriptor, folder, wait)
        _sign(descriptor, folder)
    except BaseException:
        os.close(descriptor)
        raise
    return FolderLock(descriptor)


def _open_lock_file(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unusable(folder, error) from error


def _check_space(folder: Path, min_free: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < min_free:
        raise LocalServerError(
            f"The disk of {folder} is full ({free // 1024**2} MB free, {min_free // 1024**2} MB needed); "
            "make room or choose another folder."
        )


async def _lock(descriptor: int, folder: Path, wait: float) -> None:
    deadline = asyncio.get_running_loop().time() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if asyncio.get_running_loop().time() > deadline:
                raise _in_use(descriptor, folder) from None
            await asyncio.sleep(0.05)  # flock has nothing to await
        else:
            return


def _sign(descriptor: int, folder: Path) -> None:
    """Leave our process id for the message of whoever comes second."""
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    except OSError as error:
        raise unusable(folder, error) from error


def _in_use(descriptor: int, folder: Path) -> LocalServerError:
    holder = os.pread(descriptor, 20, 0).decode(errors="replace")
    return LocalServerError(
        f"{folder} is in use by another wqstudio (process {holder or 'unknown'}); "
        "close that one, connect to its server, or choose another folder."
    )


def unusable(folder: Path, error: OSError) -> LocalServerError:
    """What a failed write into the folder means, and what to do."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return LocalServerError(f"The disk of {folder} is full; make room or choose another folder.")
    return LocalServerError(
        f"{folder} cannot be written to ({(error.strerror or str(error)).lower()}); "
        "change its permissions or choose another folder."
    )
