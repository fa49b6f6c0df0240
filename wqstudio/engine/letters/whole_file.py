"""Files that are there once they are whole, or not at all."""

import contextlib
import os
import sys
from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """OSError: it could not be written; then what was there before is there still."""
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_bytes(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def put_in_place(part: Path, file: Path) -> None:
    """Give what was written to ``part`` that name, which nobody has. FileExistsError: somebody has; else OSError.

    ``part`` may keep its own name beside it.
    """
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:  # there are no second names on some disks (FAT) and shares: who makes the file has its name
        file.open("x").close()
        try:
            part.replace(file)
        except BaseException:
            with contextlib.suppress(OSError):
                file.unlink()
            raise


def keep_names(folder: Path) -> None:
    """Return once the names of the files in there are on the disk, too. OSError."""
    if sys.platform == "win32":
        return  # a folder cannot be opened there, and its names are kept with the files
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
