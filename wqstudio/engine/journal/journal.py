"""What was done to dead letters and what is half done, in a file that outlives the studio, the broker and the power.

SQLite with write-ahead log and full synchronization: what a method has returned from is on the disk. Two processes may
use the file at once (the window, and the one that moves letters). Bodies of messages are not kept, but for one that
somebody has edited, in its plan: an original stays in its queue until the copy is confirmed, so the broker itself has
the rest of what is needed to finish.
"""

import sqlite3
import threading
import time
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from wqstudio.brokers.letters import Level
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import PUBLISHED, Action, MoveState, Owner, Plan, Progress, Refusal, RunState, counted
from wqstudio.engine.journal import move_rows, tables as journal_tables
from wqstudio.engine.journal.claims import Claims, JournalError
from wqstudio.engine.journal.move_rows import Move
from wqstudio.engine.journal.place import Place, leads_to, names_of
from wqstudio.engine.journal.queue_notes import Lift, QueueNotes

__all__ = ("Entry", "Journal", "JournalError", "Lift", "Move", "Routes")

_COLUMNS = "id, started, ended, broker, plan, state, progress, action, undo_of"
_ADD_REBEGUN = "INSERT INTO rebegun VALUES (?, ?) ON CONFLICT (run) DO UPDATE SET letters = letters + excluded.letters"
_BUSY = 10.0
"""Seconds to wait for the other process to finish its write."""
_KIND = 0xFF
"""Of SQLite's error codes: the rest says more of where it was."""
_REMEDIES = {
    sqlite3.SQLITE_FULL: "free some space on its disk",
    sqlite3.SQLITE_BUSY: "another process has it for itself: wait for the end of that, and try again",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable",
    sqlite3.SQLITE_CORRUPT: "move the file out of the way, and keep it: it knows what was half done",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One run, as a person reads it."""

    id: str
    started: float
    ended: float | None
    broker: str
    """Where: see ``place_of``; never credentials."""
    plan: Plan
    progress: Progress

    @property
    def unfinished(self) -> bool:
        return self.progress.state.unfinished


class Routes(NamedTuple):
    """From which number on a route holds. Empty: none was noted."""

    numbers: Sequence[int]
    names: Sequence[str]

    def of(self, number: int) -> str:
        """Empty: a copy cannot come to lie there again."""
        place = bisect_right(self.numbers, number)
        return self.names[place - 1] if place else ""


class Journal(Claims, QueueNotes):
    """Opened by whoever plans, runs or shows moves. Threads may share it, for each method is one step."""

    def __init__(self, file: Path) -> None:
        """Raises JournalError when the file cannot be made, or is none."""
        super().__init__(file)
        self._lock = threading.Lock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(file, timeout=_BUSY, isolation_level=None, check_same_thread=False)
            self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;")
            self._migrate()
        except (OSError, sqlite3.Error) as error:
            raise JournalError(
                f"The journal of moved messages cannot be kept in {file}: {error}. Nothing is moved without it; "
                "make the folder writable, or move a broken file out of the way."
            ) from error

    def _migrate(self) -> None:
        """To the tables of this release; another process may be doing the same."""
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > journal_tables.VERSION:
            self._db.close()
            raise JournalError(
                f"The journal {self._file} was made by a newer release of the studio (version {version} of its tables, "
                f"this one knows {journal_tables.VERSION}); update the studio."
            )
        journal_tables.make(self._db)

    def begin(self, run: str, broker: str, plan: Plan, total: int) -> None:
        progress = Progress(total=total)
        self._execute(
            f"INSERT INTO run ({_COLUMNS}) VALUES (?, ?, NULL, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - names only
            (
                run,
                time.time(),
                broker,
                msgspec.msgpack.encode(plan),
                progress.state.value,
                msgspec.json.encode(progress),
                plan.action.value,
                plan.undo_of,
            ),
        )

    def keep_plan(self, run: str, plan: Plan) -> None:
        """With what was not known yet when it was written."""
        self._execute("UPDATE run SET plan = ? WHERE id = ?", (msgspec.msgpack.encode(plan), run))

    def keep_progress(self, run: str, progress: Progress) -> None:
        ended = None if progress.state.unfinished else time.time()
        self._execute(
            "UPDATE run SET state = ?, progress = ?, ended = ? WHERE id = ?",
            (progress.state.value, msgspec.json.encode(progress), ended, run),
        )

    def record(self, run: str, moves: Sequence[Move], state: MoveState | None = None, rebegun: int = 0) -> None:
        """Write new moves, or the new state of old ones; one at least. ``state``: what they all come to. ``rebegun``:
        of new ones, how many were moved before under another number.
        """
        with self._writing() as db:
            move_rows.write(db, run, moves, state)
            if rebegun:
                db.execute(_ADD_REBEGUN, (run, rebegun))

    def moves(self, run: str, states: Collection[MoveState]) -> Sequence[Move]:
        """In the order of moving."""
        marks = ", ".join("?" * len(states))
        rows = self._execute(
            f"SELECT number, fingerprint, state, at, place, reason FROM move WHERE run = ? AND state IN ({marks}) "  # noqa: S608 - marks only
            "ORDER BY number",
            (run, *(state.value for state in states)),
        )
        return [Move(number, mark, MoveState(state), at, place, why) for number, mark, state, at, place, why in rows]

    def fingerprints(self, run: str, state: MoveState) -> Iterator[bytes]:
        rows = self._execute("SELECT fingerprint FROM move WHERE run = ? AND state = ?", (run, state.value))
        return (mark for (mark,) in rows)

    def line(self, run: str) -> Sequence[bytes]:
        """The fingerprints of all its moves, in their order."""
        rows = self._execute("SELECT fingerprint FROM move WHERE run = ? ORDER BY number", (run,))
        return [mark for (mark,) in rows]

    def first_fingerprint(self, run: str) -> bytes:
        """Of the letter that was begun first; empty: none was."""
        rows = self._execute("SELECT fingerprint FROM move WHERE run = ? ORDER BY number LIMIT 1", (run,))
        return rows[0][0] if rows else b""

    def last_fingerprint(self, run: str) -> bytes:
        """The greatest: of the letter with the highest id, where ids last and make the fingerprints of one stream."""
        rows = self._execute("SELECT max(fingerprint) FROM move WHERE run = ?", (run,))
        return rows[0][0] or b""

    def published(self, run: str, among: Collection[bytes]) -> frozenset[bytes]:
        """Those of the fingerprints that a run, an import, has published, or had under way when it was cut off."""
        marks = (mark for state in (*PUBLISHED, MoveState.INTENDED) for mark in self.fingerprints(run, state))
        return frozenset(mark for mark in marks if mark in among)

    def moved_by_others(self, run: str, since: float, among: Collection[bytes]) -> frozenset[bytes]:
        """Those of the fingerprints whose letters other runs have moved, which were not over by then. Of letters that
        differ from all others (NATS).
        """
        others = self._execute("SELECT id FROM run WHERE id != ? AND (ended IS NULL OR ended >= ?)", (run, since))
        marks = (mark for (other,) in others for mark in self.fingerprints(other, MoveState.REMOVED))
        return frozenset(mark for mark in marks if mark in among)

    def counts(self, run: str) -> dict[MoveState, int]:
        rows = self._execute("SELECT state, count(*) FROM move WHERE run = ? GROUP BY state", (run,))
        return {MoveState(state): count for state, count in rows}

    def rebegun(self, run: str) -> int:
        """Letters that were begun a second time."""
        rows = self._execute("SELECT letters FROM rebegun WHERE run = ?", (run,))
        return int(rows[0][0]) if rows else 0

    def next_number(self, run: str) -> int:
        rows = self._execute("SELECT coalesce(max(number) + 1, 0) FROM move WHERE run = ?", (run,))
        return int(rows[0][0])

    def refusals(self, run: str) -> tuple[Refusal, ...]:
        """Of the letters that stay where they are; the commonest first."""
        return tuple(Refusal(*each) for each in self._reasons(run, MoveState.REFUSED, MoveState.KEPT))

    def owners(self, run: str) -> tuple[Owner, ...]:
        """Of the letters that were left to other runs; who has most of them first."""
        return tuple(Owner(*each) for each in self._reasons(run, MoveState.FOREIGN))

    def note_routes(self, run: str, first: int, routes: Sequence[str]) -> None:
        """Under which routes the letters from that number on would come to lie where they are now; see ``routes``.

        Kept where it changes: mostly it does not.
        """
        changes = [
            (run, first + place, route) for place, route in enumerate(routes) if not place or route != routes[place - 1]
        ]
        with self._writing() as db:
            # A process that was killed may have noted some that it did not begin.
            db.execute("DELETE FROM origin WHERE run = ? AND number >= ?", (run, first))
            db.executemany("INSERT INTO origin VALUES (?, ?, ?)", changes)

    def routes(self, run: str) -> "Routes":
        rows = self._execute("SELECT number, route FROM origin WHERE run = ? ORDER BY number", (run,))
        return Routes([number for number, _ in rows], [route for _, route in rows])

    def note_targets(self, run: str, targets: Iterable[Destination]) -> None:
        """Where copies are about to go."""
        rows = [(run, to.queue, to.route, to.exchange) for to in targets]
        with self._writing() as db:
            db.executemany("INSERT OR IGNORE INTO target VALUES (?, ?, ?, ?)", rows)

    def targets(self, run: str) -> Sequence[Destination]:
        rows = self._execute("SELECT queue, route, exchange FROM target WHERE run = ?", (run,))
        return [Destination(*row) for row in rows]

    def note_memory(self, run: str, memory: str) -> bool:
        """Which memory of ids the run relies on from now on; see ``Outlet.memory``. True: it has relied on another."""
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO memory VALUES (?, ?)", (run, memory))
            others = db.execute("SELECT 1 FROM memory WHERE run = ? AND name != ?", (run, memory)).fetchone()
        return others is not None

    def note_levels(self, run: str, levels: Mapping[Destination, Level | None]) -> None:
        """Of places to which no copy of the run has gone yet; see ``Outlet.level``."""
        rows = [(run, to.queue, to.route, to.exchange, *(level or (None, None))) for to, level in levels.items()]
        with self._writing() as db:
            db.executemany("INSERT OR IGNORE INTO level VALUES (?, ?, ?, ?, ?, ?)", rows)

    def levels(self, run: str) -> dict[Destination, Level | None]:
        """Empty also of a run of an earlier release, which noted none."""
        rows = self._execute("SELECT queue, route, exchange, identity, place FROM level WHERE run = ?", (run,))
        return {Destination(*to): None if key is None else Level(key, place) for *to, key, place in rows}

    def places(self, run: str) -> Sequence[int]:
        """Of its copies, where they are known."""
        rows = self._execute("SELECT DISTINCT place FROM move WHERE run = ? AND place IS NOT NULL", (run,))
        return [place for (place,) in rows]

    def entry(self, run: str) -> Entry | None:
        return next(self._entries("WHERE id = ?", (run,)), None)

    def entries(self) -> Sequence[Entry]:
        """The newest first."""
        return list(self._entries("ORDER BY started DESC", ()))

    def imports(self, broker: str) -> Sequence[Entry]:
        """Those on that broker, by whatever address, the newest first."""
        imports = self._entries("WHERE action = ? ORDER BY started DESC", (Action.IMPORT.value,))
        return [entry for entry in imports if leads_to(broker, entry.broker)]

    def undos(self, run: str) -> Sequence[Entry]:
        """Of that run."""
        return list(self._entries("WHERE undo_of = ? ORDER BY started DESC", (run,)))

    def forget(self) -> None:
        """Which letters the runs of long ago were about; see ``journal_tables.KEPT_FOR``. The runs stay."""
        journal_tables.forget(self._execute, time.time() - journal_tables.KEPT_FOR)

    def page(self, first: int, count: int, broker: str = "") -> Sequence[Entry]:
        """As ``entries``, from that place on; of one broker alone where it is named."""
        names = names_of(broker) if broker else ()
        addresses = broker.addresses if isinstance(broker, Place) else ()
        where = [*("broker = ?" for _ in names), *("substr(broker, 1, length(?)) = ?" for _ in addresses)]
        values = (*names, *(each for address in addresses for each in (address, address)))
        some = f"WHERE {' OR '.join(where)} " if where else ""
        return list(self._entries(f"{some}ORDER BY started DESC LIMIT ? OFFSET ?", (*values, count, first)))

    def unfinished(self, broker: str = "") -> Sequence[Entry]:
        """Runs that are not over, those among them that a process works on; of one broker alone where it is named."""
        states = [state.value for state in RunState if state.unfinished]
        names = names_of(broker) if broker else ()
        marks, places = (", ".join("?" * len(each)) for each in (states, names))
        there = f"broker IN ({places}) AND " if names else ""
        return list(self._entries(f"WHERE {there}state IN ({marks})", (*names, *states)))

    def interrupted(self, broker: str) -> Sequence[Entry]:
        """Runs on that broker that are not finished and that no living process works on, oldest first."""
        unfinished = sorted(self.unfinished(broker), key=lambda entry: entry.started)
        left = [self.as_it_is(entry) for entry in unfinished if not self.is_claimed(entry.id)]
        return [entry for entry in left if entry.unfinished]

    def as_it_is(self, entry: Entry) -> Entry:
        """What was written before its process went away says that it is running, and of fewer letters than it was.

        One that had begun none has failed: there is nothing to go on with, and what is in its queue now is not its.
        """
        if not entry.unfinished or self.is_claimed(entry.id):
            return entry
        entry = self.entry(entry.id) or entry
        if not entry.unfinished:  # its process has ended it since it was read, and let go of it
            return entry
        counts = self.counts(entry.id)
        progress = replace(
            entry.progress,
            state=RunState.INTERRUPTED if counts else RunState.FAILED,
            rate=0.0,
            left=None,
            rebegun=max(entry.progress.rebegun, self.rebegun(entry.id)),
            **counted(counts),
        )
        return replace(entry, progress=progress)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _entries(self, where: str, values: tuple[Any, ...]) -> Iterator[Entry]:
        columns = "SELECT id, started, ended, broker, plan, progress FROM run "
        for run, started, ended, broker, plan, progress in self._execute(columns + where, values):
            yield Entry(
                run,
                started,
                ended,
                broker,
                msgspec.msgpack.decode(plan, type=Plan),
                msgspec.json.decode(progress, type=Progress),
            )

    def _reasons(self, run: str, *states: MoveState) -> Sequence[tuple[str, int]]:
        """With the number of letters, the commonest first."""
        marks = ", ".join("?" * len(states))
        rows = self._execute(
            f"SELECT reason, count(*) FROM move WHERE run = ? AND state IN ({marks}) GROUP BY reason ORDER BY 2 DESC, 1",  # noqa: S608, E501 - marks only
            (run, *(state.value for state in states)),
        )
        return [(reason, count) for reason, count in rows]

    def _execute(self, sql: str, values: tuple[Any, ...]) -> Sequence[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._failed(error) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All of it, or, with a JournalError, nothing."""
        try:
            with self._lock, self._db:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
        except (sqlite3.Error, OverflowError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> JournalError:
        remedy = _REMEDIES.get(getattr(error, "sqlite_errorcode", 0) & _KIND, "check its disk")
        return JournalError(f"The journal {self._file} could not be used: {error}; {remedy}.")
