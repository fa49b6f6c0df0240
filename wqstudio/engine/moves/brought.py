"""What runs on this machine have put into queues, by the journal: none of it died there.

A window knows of its own runs sooner. Those of other processes, as of a command in a terminal, are in the journal.
"""

import asyncio
import threading
from collections.abc import Collection, Sequence
from pathlib import Path

from wqstudio.domain.redrive import RedriveId
from wqstudio.engine.journal.journal import Entry, Journal, JournalError
from wqstudio.engine.moves.plan_words import single_target

_RUNS = 20
"""The newest of a broker: more do not get on between two looks."""


class Brought:
    """Asked again and again; what there was at the first time is no news."""

    def __init__(self, file: Path, place: str) -> None:
        """``place``: the broker, as the journal names it."""
        self._file, self._place = file, place
        self._journal: Journal | None = None
        self._closed = False
        self._using = threading.Lock()
        self._known: dict[RedriveId, int] | None = None

    async def news(self, own: Collection[RedriveId]) -> Sequence[tuple[str, int]]:
        """Since it was asked last, how many came into which queue, save by the runs named.

        Nothing while the journal cannot be read.
        """
        try:
            entries = await asyncio.to_thread(self._read)
        except JournalError:
            return ()
        before, self._known = self._known, {entry.id: entry.progress.moved for entry in entries}
        if before is None:
            return ()
        others = [(entry, entry.progress.moved - before.get(entry.id, 0)) for entry in entries if entry.id not in own]
        found = [(single_target(entry.plan), count) for entry, count in others if count > 0]
        return [(queue, count) for queue, count in found if queue]

    def close(self) -> None:
        with self._using:
            self._closed = True
            if self._journal is not None:
                self._journal.close()

    def _read(self) -> Sequence[Entry]:
        """In a thread: its disk may take its time."""
        with self._using:
            if self._closed or not self._file.exists():
                return ()
            if self._journal is None:
                self._journal = Journal(self._file)
            return self._journal.page(0, _RUNS, self._place)
