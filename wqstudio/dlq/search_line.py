"""How far a search through letters is, on the terminal of whoever waits for it."""

import time
from types import TracebackType
from typing import Self, TextIO

from wqstudio.engine.letters.search_pace import SearchPace

_TELL_EVERY = 0.2
"""Seconds; before the first of them a search is over that is no matter for waiting."""
_WIPE = "\x1b[2K"


class SearchLine:
    """One line that is written over again and again, and wiped out at the end. None where ``file`` is no terminal."""

    def __init__(self, file: TextIO) -> None:
        self._file = file if file.isatty() else None
        self._pace = SearchPace()
        self._next = time.monotonic() + _TELL_EVERY

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._write(_WIPE)

    def show(self, seen: int, total: int, found: int) -> None:
        """To be called often: most calls write nothing."""
        if self._file is None or (now := time.monotonic()) < self._next:
            return
        self._next = now + _TELL_EVERY
        left = self._pace.left(seen, total)
        yet = "" if left is None else f", {left:.0f} s left"
        self._write(f"{_WIPE}{seen:,} of {total:,} searched, {found:,} found{yet}\r")

    def _write(self, text: str) -> None:
        if self._file is not None:
            self._file.write(text)
            self._file.flush()
