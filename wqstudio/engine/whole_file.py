"""Files that are there once they are whole, or not at all."""

from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """OSError: it could not be written; then what was there before is there still."""
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_bytes(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
