"""The files that ``wqstudio dlq`` writes letters to and reads them from; ``-`` is the standard output or input."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from wqstudio.engine.letters import file as letter_file


@contextmanager
def writing(path: Path | None) -> Iterator[TextIO]:
    """A file that is there is not overwritten: it may be the only copy of what was discarded since."""
    if str(path) == "-":
        yield sys.stdout
        sys.stdout.flush()  # nothing is said to be written that a full disk has not taken
        return
    assert path is not None
    with letter_file.writing(path) as file:
        yield file


@contextmanager
def reading(path: Path | None) -> Iterator[TextIO]:
    if str(path) == "-":
        yield sys.stdin
        return
    assert path is not None
    with letter_file.reading(path) as file:
        yield file
