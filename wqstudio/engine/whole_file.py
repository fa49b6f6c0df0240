"""Files that are there once they are whole, or not at all."""

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


def keep_names(folder: Path) -> None:
    """Return once the names of the files in there are on the disk, too. OSError."""
    if sys.platform == "win32":
        return  # a folder cannot be opened there, and its names are kept with the files
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
