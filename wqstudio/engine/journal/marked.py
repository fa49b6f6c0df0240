"""Queues of which a person has said that they keep dead letters, or that they keep none; it is remembered by broker.

So is what a look has seen: that a queue's messages tell of their deaths (``seen_deaths``).

What a broker and its configuration tell is right mostly, and not where dead letters are put by the workers themselves
into a queue like any other.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from wqstudio.brokers.naming_habits import names_dead_letters
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import known
from wqstudio.domain.snapshot import Snapshot
from wqstudio.engine.journal.journal import Journal, JournalError

CARRIES = "its messages carry x-death"
"""How a queue is known that neither the broker nor a person tells of (RabbitMQ)."""
_Read = tuple[Mapping[str, bool], frozenset[str]]


class Marked:
    """Kept in the journal's file, which is made by the first mark. ``on_change`` is told of each that is made here."""

    def __init__(self, journal: Path, place: str, on_change: Callable[[], None] = lambda: None) -> None:
        """``place``: the broker, as the journal names it."""
        self._file = journal
        self._journal: Journal | None = None
        self._closed = False
        self._using = threading.Lock()
        self._place = place
        self._on_change = on_change
        self._marks: Mapping[str, bool] = {}
        """By queue, as last read: it keeps dead letters, or it does not."""
        self._told: frozenset[str] = frozenset()
        """Those of them of which not a person says so."""

    def of(self, queue: str) -> bool | None:
        """None: nobody has said anything of it."""
        return None if queue in self._told else self._marks.get(queue)

    async def mark(self, queue: str, keeps: bool | None) -> None:
        """None: go by what the broker tells again. The queue need not be there. JournalError: it is not remembered."""
        self._marks, self._told = await asyncio.to_thread(self._write, queue, keeps)
        self._on_change()

    def missing(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Marked queues that are not there; empty also where that is not known."""
        queues = snapshot.queues
        if not isinstance(queues, Mapping):
            return ()
        return tuple(name for name in self._marks if name not in queues and name not in self._told)

    def likely(self, snapshot: Snapshot) -> tuple[QueueState, ...]:
        """Queues with messages that may keep dead letters, by their names; not those that are known to, or not to."""
        queues = snapshot.queues if isinstance(snapshot.queues, Mapping) else {}
        return tuple(queue for queue in queues.values() if self.of(queue.name) is None and _may_keep(queue))

    async def laid_over(self, snapshot: Snapshot) -> Snapshot:
        """What the broker tells, with what persons have said: another process of the studio may have been told, too."""
        with contextlib.suppress(JournalError):  # one that cannot be read at the moment tells nothing new
            self._marks, self._told = await asyncio.to_thread(self._read)
        queues = snapshot.queues
        if not isinstance(queues, Mapping):
            return snapshot
        said = {name: self._said(queues[name], keeps) for name, keeps in self._marks.items() if name in queues}
        return replace(snapshot, queues={**queues, **said}) if said else snapshot

    def close(self) -> None:
        with self._using:
            self._closed = True
            if self._journal is not None:
                self._journal.close()

    def _said(self, queue: QueueState, keeps: bool) -> QueueState:
        if queue.dead_letters is keeps:
            return queue
        return replace(queue, dead_letters=keeps, told_by=CARRIES if queue.name in self._told else "")

    # --- in threads, since a disk may take its time

    def _read(self) -> _Read:
        with self._using:
            if self._closed or (self._journal is None and not self._file.exists()):
                return self._marks, self._told
            return self._all_of(self._opened())

    def _write(self, queue: str, keeps: bool | None) -> _Read:
        with self._using:
            journal = self._opened()
            journal.mark(self._place, queue, keeps)
            return self._all_of(journal)

    def _all_of(self, journal: Journal) -> _Read:
        return journal.marks(self._place), journal.told_of_deaths(self._place)

    def _opened(self) -> Journal:
        if self._journal is None:
            self._journal = Journal(self._file)
        return self._journal


def _may_keep(queue: QueueState) -> bool:
    return not queue.dead_letters and bool(known(queue.messages, 0)) and names_dead_letters(queue.name)
