"""The journal's tables: made, brought from an earlier release's to today's, and relieved of what nobody asks for."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from wqstudio.domain.redrive import Plan

KEPT_FOR = 30 * 86_400.0
"""Seconds after its end for which it is known which letters a run was about: so long it can be undone, and an import
knows what it has published.
"""
_PORTION = 50_000
"""Rows that are removed in one step, while which nobody else can write."""
_BETWEEN = 0.01
"""Seconds from one such step to the next: nobody hands a lock on, so whoever waits for it needs a moment to take it."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (
    id TEXT PRIMARY KEY, started REAL NOT NULL, ended REAL, broker TEXT NOT NULL, plan BLOB NOT NULL,
    state TEXT NOT NULL, progress BLOB NOT NULL, action TEXT NOT NULL DEFAULT '', undo_of TEXT NOT NULL DEFAULT ''
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
CREATE TABLE IF NOT EXISTS memory (
    run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE, name TEXT NOT NULL, PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS level (
    run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE, queue TEXT NOT NULL, route TEXT NOT NULL,
    exchange TEXT NOT NULL, identity BLOB, place INTEGER, PRIMARY KEY (run, queue, route, exchange)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rebegun (
    run TEXT PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE, letters INTEGER NOT NULL
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
Execute: TypeAlias = Callable[[str, tuple[Any, ...]], Sequence[tuple[Any, ...]]]
"""One step; others have their turns between two."""
VERSION = 5
"""Of the tables and what is in them. 0 had neither ``origin`` nor ``target``, so runs of that time cannot be undone,
and no marks. 1 had the tables of today; releases of that time cannot read the actions and states that came with 2, nor
those of 2 the states CHOSEN and KEPT. 3 had ``action`` and ``undo_of`` of a run in its plan alone. Releases of 4
would finish a run without the conditions that came with 5 (``Match.route``, ``Plan.as_of``), and discard too many.
"""
_ACTIONS_NAMED = 4
"""The first version of which runs have ``action`` and ``undo_of``."""


def make(db: sqlite3.Connection) -> None:
    """As of today. Another process may be doing the same."""
    db.executescript(_SCHEMA)
    if db.execute("PRAGMA user_version").fetchone() == (VERSION,):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version < _ACTIONS_NAMED:
            _name_actions(db)
        if version < VERSION:
            db.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _name_actions(db: sqlite3.Connection) -> None:
    """Beside the plans, so that those that are asked for are found without a look into each."""
    if "action" not in {name for _, name, *_ in db.execute("PRAGMA table_info(run)")}:
        for column in ("action", "undo_of"):
            db.execute(f"ALTER TABLE run ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")
    plans = [(msgspec.msgpack.decode(plan, type=Plan), run) for plan, run in db.execute("SELECT plan, id FROM run")]
    named = [(plan.action.value, plan.undo_of, run) for plan, run in plans]
    db.executemany("UPDATE run SET action = ?, undo_of = ? WHERE id = ?", named)


def forget(execute: Execute, before: float) -> None:
    """Which letters the runs were about that had ended by then (unix seconds); not while an undo of one is unfinished,
    which finds the copies by what is known of that run.
    """
    old = (
        "SELECT id FROM run WHERE ended < ? AND EXISTS (SELECT 1 FROM move WHERE move.run = run.id) "
        "AND NOT EXISTS (SELECT 1 FROM run AS undo WHERE undo.undo_of = run.id AND undo.ended IS NULL)"
    )
    for (run,) in execute(old, (before,)):
        ((last,),) = execute("SELECT max(number) FROM move WHERE run = ?", (run,))
        for first in range(0, last + 1, _PORTION):
            if first:
                time.sleep(_BETWEEN)
            execute("DELETE FROM move WHERE run = ? AND number BETWEEN ? AND ?", (run, first, first + _PORTION - 1))
        execute("DELETE FROM origin WHERE run = ?", (run,))
        execute("DELETE FROM level WHERE run = ?", (run,))
