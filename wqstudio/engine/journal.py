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
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import MoveState, Owner, Plan, Progress, Refusal, RunState, counted
from wqstudio.engine import move_rows
from wqstudio.engine.claims import Claims, JournalError
from wqstudio.engine.move_rows import Move

__all__ = ("Entry", "Journal", "JournalError", "Lift", "Move", "Routes")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (
    id TEXT PRIMARY KEY, started REAL NOT NULL, ended REAL, broker TEXT NOT NULL, plan BLOB NOT NULL,
    state TEXT NOT NULL, progress BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS move (
    run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE, number INTEGER NOT NULL, fingerprint BLOB NOT NULL,
    state TEXT NOT NULL, at REAL NOT NULL, place INTEGER, reason TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS origin (
    run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE, number INTEGER NOT NULL, route TEXT NOT NULL,
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS target (
    run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE, queue TEXT NOT NULL, route TEXT NOT NULL,
    exchange TEXT NOT NULL, PRIMARY KEY (run, queue, route, exchange)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark (
    broker TEXT NOT NULL, queue TEXT NOT NULL, keeps INTEGER NOT NULL, PRIMARY KEY (broker, queue)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lift (
    policy TEXT PRIMARY KEY, broker TEXT NOT NULL, vhost TEXT NOT NULL, queue TEXT NOT NULL, at REAL NOT NULL
) STRICT, WITHOUT ROWID;
DROP INDEX IF EXISTS open_move;
"""
"""The index was of earlier versions: it took more to keep than a look through one run's moves does."""
_VERSION = 3
"""Of the tables and what is in them. 0 had neither ``origin`` nor ``target``, so runs of that time cannot be undone,
and no marks. 1 had the tables of today; releases of that time cannot read the actions and states that came with 2, nor
those of 2 the states CHOSEN and KEPT.
"""
_TOLD = 2
"""What ``mark.keeps`` is where not a person says so, but the queue's messages; earlier releases take it for a mark."""
_BUSY = 10.0
"""Seconds to wait for the other process to finish its write."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One run, as a person reads it."""

    id: str
    started: float
    ended: float | None
    broker: str
    """Where: product, host and virtual host or account; never credentials."""
    plan: Plan
    progress: Progress

    @property
    def unfinished(self) -> bool:
        return self.progress.state.unfinished


class Lift(NamedTuple):
    """A delivery limit that is lifted for a look, or was left so by one that was killed (RabbitMQ)."""

    policy: str
    broker: str
    """See ``Entry.broker``."""
    vhost: str
    queue: str
    at: float
    """Unix time in seconds."""


class Routes(NamedTuple):
    """From which number on a route holds. Empty: none was noted."""

    numbers: Sequence[int]
    names: Sequence[str]

    def of(self, number: int) -> str:
        """Empty: a copy cannot come to lie there again."""
        place = bisect_right(self.numbers, number)
        return self.names[place - 1] if place else ""


class Journal(Claims):
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
        if version > _VERSION:
            self._db.close()
            raise JournalError(
                f"The journal {self._file} was made by a newer release of the studio (version {version} of its tables, "
                f"this one knows {_VERSION}); update the studio."
            )
        self._db.executescript(_SCHEMA)
        if version < _VERSION:
            self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def begin(self, run: str, broker: str, plan: Plan, total: int) -> None:
        progress = Progress(total=total)
        self._execute(
            "INSERT INTO run VALUES (?, ?, NULL, ?, ?, ?, ?)",
            (
                run,
                time.time(),
                broker,
                msgspec.msgpack.encode(plan),
                progress.state.value,
                msgspec.json.encode(progress),
            ),
        )

    def keep_progress(self, run: str, progress: Progress) -> None:
        ended = None if progress.state.unfinished else time.time()
        self._execute(
            "UPDATE run SET state = ?, progress = ?, ended = ? WHERE id = ?",
            (progress.state.value, msgspec.json.encode(progress), ended, run),
        )

    def record(self, run: str, moves: Sequence[Move], state: MoveState | None = None) -> None:
        """Write new moves, or the new state of old ones; one at least. ``state``: what they all come to."""
        try:
            with self._lock, self._db:
                self._db.execute("BEGIN IMMEDIATE")
                move_rows.write(self._db, run, moves, state)
        except (sqlite3.Error, OverflowError) as error:
            raise self._failed(error) from error

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

    def first_fingerprint(self, run: str) -> bytes:
        """Of the letter that was begun first; empty: none was."""
        rows = self._execute("SELECT fingerprint FROM move WHERE run = ? ORDER BY number LIMIT 1", (run,))
        return rows[0][0] if rows else b""

    def counts(self, run: str) -> dict[MoveState, int]:
        rows = self._execute("SELECT state, count(*) FROM move WHERE run = ? GROUP BY state", (run,))
        return {MoveState(state): count for state, count in rows}

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
        try:
            with self._lock, self._db:
                self._db.execute("BEGIN IMMEDIATE")
                # A process that was killed may have noted some that it did not begin.
                self._db.execute("DELETE FROM origin WHERE run = ? AND number >= ?", (run, first))
                self._db.executemany("INSERT INTO origin VALUES (?, ?, ?)", changes)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def routes(self, run: str) -> "Routes":
        rows = self._execute("SELECT number, route FROM origin WHERE run = ? ORDER BY number", (run,))
        return Routes([number for number, _ in rows], [route for _, route in rows])

    def note_targets(self, run: str, targets: Iterable[Destination]) -> None:
        """Where copies are about to go."""
        rows = [(run, to.queue, to.route, to.exchange) for to in targets]
        try:
            with self._lock, self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.executemany("INSERT OR IGNORE INTO target VALUES (?, ?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def targets(self, run: str) -> Sequence[Destination]:
        rows = self._execute("SELECT queue, route, exchange FROM target WHERE run = ?", (run,))
        return [Destination(*row) for row in rows]

    def mark(self, broker: str, queue: str, keeps: bool | None) -> None:
        """Remember that a person says of a queue that it keeps dead letters, or none; None: forget what was said."""
        if keeps is None:
            self._execute("DELETE FROM mark WHERE broker = ? AND queue = ?", (broker, queue))
        else:
            self._execute("INSERT OR REPLACE INTO mark VALUES (?, ?, ?)", (broker, queue, int(keeps)))

    def note_deaths(self, broker: str, queue: str, *, told: bool) -> None:
        """Remember that the messages of a queue tell of their deaths, or forget it. What a person says outweighs it."""
        if told:
            self._execute("INSERT OR IGNORE INTO mark VALUES (?, ?, ?)", (broker, queue, _TOLD))
        else:
            self._execute("DELETE FROM mark WHERE broker = ? AND queue = ? AND keeps = ?", (broker, queue, _TOLD))

    def told_of_deaths(self, broker: str) -> frozenset[str]:
        """Those of ``marks`` of which no person has said anything."""
        rows = self._execute("SELECT queue FROM mark WHERE broker = ? AND keeps = ?", (broker, _TOLD))
        return frozenset(queue for (queue,) in rows)

    def marks(self, broker: str) -> dict[str, bool]:
        """Whether a queue keeps dead letters, by what was said of it, or what its messages tell."""
        rows = self._execute("SELECT queue, keeps FROM mark WHERE broker = ? ORDER BY queue", (broker,))
        return {queue: bool(keeps) for queue, keeps in rows}

    def note_lift(self, lift: Lift) -> None:
        self._execute("INSERT OR REPLACE INTO lift VALUES (?, ?, ?, ?, ?)", lift)

    def forget_lift(self, policy: str) -> None:
        self._execute("DELETE FROM lift WHERE policy = ?", (policy,))

    def lifts(self) -> Sequence[Lift]:
        """The oldest first."""
        return [Lift(*row) for row in self._execute("SELECT * FROM lift ORDER BY at", ())]

    def entry(self, run: str) -> Entry | None:
        return next(self._entries("WHERE id = ?", (run,)), None)

    def entries(self) -> Sequence[Entry]:
        """The newest first."""
        return list(self._entries("ORDER BY started DESC", ()))

    def page(self, first: int, count: int, broker: str = "") -> Sequence[Entry]:
        """As ``entries``, from that place on; of one broker alone where it is named."""
        where = "WHERE ? IN ('', broker) ORDER BY started DESC LIMIT ? OFFSET ?"
        return list(self._entries(where, (broker, count, first)))

    def unfinished(self, broker: str) -> Sequence[Entry]:
        """Runs there that are not over, those among them that a process works on."""
        states = [state.value for state in RunState if state.unfinished]
        marks = ", ".join("?" * len(states))
        return list(self._entries(f"WHERE broker = ? AND state IN ({marks})", (broker, *states)))

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
        counts = self.counts(entry.id)
        progress = replace(
            entry.progress,
            state=RunState.INTERRUPTED if counts else RunState.FAILED,
            rate=0.0,
            left=None,
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

    def _failed(self, error: Exception) -> JournalError:
        return JournalError(f"The journal {self._file} could not be written: {error}; free some space on its disk.")
