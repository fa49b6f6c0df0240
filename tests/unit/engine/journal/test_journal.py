"""The journal outlives whoever writes it, and tells who still works on what."""

import asyncio
import fcntl
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from wqstudio.brokers.letters import Level
from wqstudio.domain.letter import Destination, Edit, Header
from wqstudio.domain.redrive import OPEN_MOVES, Action, Match, MoveState, Owner, Plan, Progress, Refusal, RunState
from wqstudio.engine.journal import journal as journals, tables as journal_tables
from wqstudio.engine.journal.journal import Journal, JournalError, Move
from wqstudio.engine.journal.tables import KEPT_FOR
from wqstudio.engine.moves.books import Books
from wqstudio.engine.moves.undo_planning import record, refusal

PLAN = Plan("jobs.dead", destination=Destination("jobs", "jobs"), ids=(4, 9), match=Match(reason="rejected"))


_RUNS_AND_MOVES = """
CREATE TABLE run (
    id TEXT PRIMARY KEY, started REAL NOT NULL, ended REAL, broker TEXT NOT NULL, plan BLOB NOT NULL,
    state TEXT NOT NULL, progress BLOB NOT NULL
) STRICT;
CREATE TABLE move (
    run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE, number INTEGER NOT NULL, fingerprint BLOB NOT NULL,
    state TEXT NOT NULL, at REAL NOT NULL, place INTEGER, reason TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
"""
TABLES_OF_0 = f"""{_RUNS_AND_MOVES}
CREATE INDEX open_move ON move (run, state) WHERE state IN ('intended', 'copied');
"""
TABLES_OF_1 = f"""{_RUNS_AND_MOVES}
CREATE TABLE origin (
    run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE, number INTEGER NOT NULL, route TEXT NOT NULL,
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE target (
    run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE, queue TEXT NOT NULL, route TEXT NOT NULL,
    exchange TEXT NOT NULL, PRIMARY KEY (run, queue, route, exchange)
) STRICT, WITHOUT ROWID;
CREATE TABLE mark (
    broker TEXT NOT NULL, queue TEXT NOT NULL, keeps INTEGER NOT NULL, PRIMARY KEY (broker, queue)
) STRICT, WITHOUT ROWID;
"""


def test_a_run_comes_back_as_it_was_planned(journal: Journal) -> None:
    plan = replace(PLAN, edit=Edit(b"\xff\x00", (Header("weight", 12.75, "double"), Header("raw", b"\xfe"))))
    journal.begin("a1", "NATS nats://somewhere", plan, 7)
    entry = journal.entry("a1")
    assert entry is not None
    assert entry.plan == plan
    assert (entry.broker, entry.progress.total, entry.progress.state) == ("NATS nats://somewhere", 7, RunState.RUNNING)
    assert entry.unfinished


def test_a_move_has_the_state_it_was_given_last(journal: Journal) -> None:
    journal.begin("a1", "here", PLAN, 3)
    moves = [Move(number, bytes([number])) for number in range(3)]
    journal.record("a1", moves)
    journal.record(
        "a1", [moves[0]._replace(state=MoveState.REMOVED), moves[1]._replace(state=MoveState.COPIED, place=8)]
    )
    assert [(m.number, m.state, m.place) for m in journal.moves("a1", OPEN_MOVES)] == [
        (1, MoveState.COPIED, 8),
        (2, MoveState.INTENDED, None),
    ]
    assert journal.counts("a1") == {MoveState.REMOVED: 1, MoveState.COPIED: 1, MoveState.INTENDED: 1}
    assert journal.next_number("a1") == 3


def test_moves_of_all_kinds_are_recorded_together(journal: Journal) -> None:
    """With gaps between their numbers, marks of several lengths, and others in the middle."""
    journal.begin("a1", "here", PLAN, 9)
    kinds = ((MoveState.INTENDED, None, ""), (MoveState.COPIED, 1 << 62, ""), (MoveState.REFUSED, None, "it's \0 full"))
    numbers = (5, 6, 7, 9, 10, 0, 1, 20, 21)
    moves = [
        Move(number, bytes(range(at % 4)), state, 0.0, place, why)
        for at, number in enumerate(numbers)
        for state, place, why in [kinds[at // 3 if at < 6 else at % 3]]
    ]
    journal.record("a1", moves)
    found = journal.moves("a1", tuple(MoveState))
    assert [move._replace(at=0.0) for move in found] == sorted(moves)


def test_refusals_are_summed_by_reason(journal: Journal) -> None:
    journal.begin("a1", "here", PLAN, 3)
    reasons = ("full", "no such queue", "full")
    refused = [Move(n, b"", MoveState.REFUSED, reason=why) for n, why in enumerate(reasons)]
    journal.record("a1", refused)
    assert journal.refusals("a1") == (Refusal("full", 2), Refusal("no such queue", 1))


def test_a_run_that_was_killed_before_it_had_begun_a_letter_is_over(journal: Journal) -> None:
    """What lies in its queue later is not its: nobody goes on with it."""
    journal.begin("a1", "here", PLAN, 3)
    entry = journal.entry("a1")
    assert entry is not None
    assert journal.as_it_is(entry).progress.state is RunState.FAILED
    assert journal.interrupted("here") == []
    with journal.claimed("a1"):
        assert journal.as_it_is(entry).progress.state is RunState.RUNNING


def test_what_was_recorded_before_a_kill_is_there(tmp_path: Path) -> None:
    """And the run shows as interrupted, for nobody works on it any more."""
    file = tmp_path / "journal.sqlite"
    code = (
        "import os, sys; from pathlib import Path; from wqstudio.engine.journal.journal import Journal, Move\n"
        "from wqstudio.domain.redrive import Plan\n"
        "journal = Journal(Path(sys.argv[1])); journal.begin('a1', 'here', Plan('dead'), 1)\n"
        "with journal.claimed('a1'):\n"
        "    journal.record('a1', [Move(0, b'mark')]); print('recorded', flush=True); sys.stdin.read()\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdin is not None
    assert writer.stdout.readline() == b"recorded\n"
    journal = Journal(file)
    try:
        assert journal.interrupted("here") == []
        with pytest.raises(JournalError, match="Another process"), journal.claimed("a1"):
            pass
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        (entry,) = journal.interrupted("here")
        assert (entry.id, entry.progress.state) == ("a1", RunState.INTERRUPTED)
        assert journal.interrupted("elsewhere") == []
        assert [move.fingerprint for move in journal.moves("a1", OPEN_MOVES)] == [b"mark"]
        with journal.claimed("a1"):
            assert journal.is_claimed("a1")
        assert not journal.is_claimed("a1")
    finally:
        writer.stdin.close()
        writer.stdout.close()
        journal.close()


def test_a_run_that_ends_while_it_is_looked_at_is_not_interrupted(journal: Journal) -> None:
    with journal.claimed("a1"):
        journal.begin("a1", "here", PLAN, 2)
        journal.record("a1", [Move(0, b"one")])
        (read,) = journal.unfinished("here")
        journal.record("a1", [Move(0, b"one", MoveState.REMOVED)])
        journal.keep_progress("a1", Progress(RunState.DONE, total=2, moved=1))
    assert journal.as_it_is(read) == journal.entry("a1")


def test_a_run_that_is_over_is_not_interrupted(journal: Journal) -> None:
    journal.begin("a1", "here", Plan("dead", Action.DISCARD), 1)
    journal.keep_progress("a1", Progress(RunState.DONE, total=1, moved=1))
    assert journal.interrupted("here") == []
    (entry,) = journal.entries()
    assert entry.ended is not None
    assert entry.progress.moved == 1


def test_entries_come_newest_first(journal: Journal) -> None:
    for run in ("first", "second"):
        journal.begin(run, "here", PLAN, 0)
    assert [entry.id for entry in journal.entries()] == ["second", "first"]


def test_a_file_that_is_no_journal_is_named_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    file.write_text("something else " * 100)
    with pytest.raises(JournalError, match=r"journal\.sqlite.*move a broken file out of the way"):
        Journal(file)
    assert file.read_text().startswith("something else")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="cannot be kept in"):
        Journal(tmp_path / "file" / "journal.sqlite")


def test_moves_that_fail_to_be_written_change_nothing(journal: Journal) -> None:
    journal.begin("a1", "here", PLAN, 1)
    with pytest.raises(JournalError):
        journal.record("a1", [Move(0, b"good"), Move(1, b"place beyond 64 bits", place=1 << 63)])
    assert journal.counts("a1") == {}


def test_a_journal_of_an_older_release_still_opens(tmp_path: Path) -> None:
    """Its runs are there, and cannot be undone; new ones can."""
    file = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(file)) as old, old:
        old.executescript(TABLES_OF_0)
        plan = msgspec.msgpack.encode({"queue": "jobs.dead", "action": "requeue"})
        progress = msgspec.json.encode({"state": "done", "moved": 2})
        old.execute("INSERT INTO run VALUES ('a0', 1.0, 2.0, 'here', ?, 'done', ?)", (plan, progress))
        old.execute("INSERT INTO move VALUES ('a0', 0, x'00', 'removed', 1.5, 7, '')")
    with closing(Journal(file)) as journal:
        (entry,) = journal.entries()
        assert (entry.id, entry.plan.queue, entry.progress.moved) == ("a0", "jobs.dead", 2)
        assert "older than" in refusal(entry, record(journal, "a0"), [])
        journal.begin("a1", "here", PLAN, 1)
        journal.note_routes("a1", 0, ["dead.a"])
        assert journal.routes("a1").of(0) == "dead.a"
    with closing(Journal(file)) as journal:
        assert len(journal.entries()) == 2


def test_a_journal_of_the_release_before_is_read_and_gone_on_with(tmp_path: Path) -> None:
    """Its progress knows nothing of what was counted since; what came since can be kept in it."""
    file = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(file)) as old, old:
        old.executescript(f"{TABLES_OF_1} PRAGMA user_version = 1")
        plan = msgspec.msgpack.encode({"queue": "jobs.dead", "action": "requeue", "undo_of": "", "towards": "jobs"})
        progress = msgspec.json.encode({"state": "running", "moved": 1, "refused": 0, "refusals": [], "trouble": ""})
        old.execute("INSERT INTO run VALUES ('a1', 1.0, NULL, 'here', ?, 'running', ?)", (plan, progress))
        old.executemany(
            "INSERT INTO move VALUES ('a1', ?, x'00', ?, 1.5, NULL, ?)",
            [(0, "removed", ""), (1, "refused", "full"), (2, "intended", "")],
        )
        old.execute("INSERT INTO origin VALUES ('a1', 0, 'dead.a')")
        undo = msgspec.msgpack.encode({"queue": "jobs.dead", "action": "undo", "undo_of": "a0"})
        over = msgspec.json.encode({"state": "done"})
        old.execute("INSERT INTO run VALUES ('u1', 0.5, 0.7, 'here', ?, 'done', ?)", (undo, over))
        old.execute("INSERT INTO mark VALUES ('here', 'failed', 1)")
    with closing(Journal(file)) as journal:
        (entry,) = journal.interrupted("here")
        assert (entry.plan.towards, entry.plan.file, entry.progress.moved, entry.progress.refused) == ("jobs", "", 1, 1)
        assert (entry.progress.foreign, entry.progress.owners) == (0, ())
        assert [entry.id for entry in journal.undos("a0")] == ["u1"]
        assert (journal.routes("a1").of(0), journal.marks("here")) == ("dead.a", {"failed": True})
        journal.record("a1", [Move(2, b"\0", MoveState.FOREIGN, reason="b2")])
        journal.begin("e1", "here", Plan("jobs.dead", Action.EXPORT, file="/tmp/a.jsonl"), 3)
        journal.keep_progress("e1", Progress(RunState.DONE, 3, 3, 3))
    with closing(Journal(file)) as journal:
        assert journal.owners("a1") == (Owner("b2", 1),)
        assert [entry.plan.file for entry in journal.entries()] == ["/tmp/a.jsonl", "", ""]
    with closing(sqlite3.connect(file)) as new:
        assert new.execute("PRAGMA user_version").fetchone() == (5,), "which the release before would not understand"


def test_a_release_that_would_finish_a_run_without_its_condition_cannot_read_it(tmp_path: Path) -> None:
    """As of version 4: it would discard every letter."""
    file = tmp_path / "journal.sqlite"
    plan = Plan("jobs.dead", Action.DISCARD, match=Match(route="jobs.a", older_than=60.0), as_of=7.0)
    with closing(Journal(file)) as journal:
        journal.begin("a1", "here", plan, 1)
    with closing(sqlite3.connect(file)) as db, db:
        assert db.execute("PRAGMA user_version").fetchone() > (4,)
        db.execute("PRAGMA user_version = 4")  # as that release has left it
    with closing(Journal(file)) as journal:
        assert [entry.plan for entry in journal.entries()] == [plan]
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (journal_tables.VERSION,)


def test_an_export_that_was_killed_has_failed(journal: Journal) -> None:
    journal.begin("e1", "here", Plan("jobs.dead", Action.EXPORT, file="/tmp/a.jsonl"), 3)
    (entry,) = journal.entries()
    assert journal.as_it_is(entry).progress.state is RunState.FAILED
    assert journal.interrupted("here") == []
    assert "nothing to undo" in refusal(journal.as_it_is(entry), record(journal, "e1"), [])


def test_a_journal_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(file)) as new, new:
        new.execute("PRAGMA user_version = 99")
    with pytest.raises(JournalError, match="newer release"):
        Journal(file)


def test_routes_are_kept_where_they_change_and_those_of_a_killed_try_are_forgotten(journal: Journal) -> None:
    journal.begin("a1", "here", PLAN, 0)
    journal.note_routes("a1", 0, ["a", "a", "b", "", "a"])
    assert [journal.routes("a1").of(number) for number in range(7)] == ["a", "a", "b", "", "a", "a", "a"]
    journal.note_routes("a1", 3, ["c"])
    assert [journal.routes("a1").of(number) for number in range(5)] == ["a", "a", "b", "c", "c"]
    assert journal.routes("a2").of(0) == ""


def test_targets_are_kept_once(journal: Journal) -> None:
    journal.begin("a1", "here", PLAN, 0)
    to = Destination("jobs", "jobs.a")
    journal.note_targets("a1", [to])
    journal.note_targets("a1", [to, Destination("jobs", "k", "x")])
    assert sorted(journal.targets("a1"), key=repr) == sorted([to, Destination("jobs", "k", "x")], key=repr)


def test_it_is_known_whether_a_run_has_relied_on_another_memory(journal: Journal) -> None:
    for run in ("a1", "b2"):
        journal.begin(run, "here", PLAN, 0)
    assert [journal.note_memory("a1", memory) for memory in ("one", "one", "two", "one")] == [False, False, True, True]
    assert not journal.note_memory("b2", "two")


def test_who_looks_whether_a_run_is_claimed_is_in_nobodys_way(journal: Journal, tmp_path: Path) -> None:
    (lock,) = _lock_files(journal, tmp_path)
    looking = lock.open("w")
    fcntl.flock(looking, fcntl.LOCK_SH)  # as another process does for a moment
    assert not journal.is_claimed("a1")
    done = threading.Timer(0.03, looking.close)
    done.start()
    with journal.claimed("a1"):
        assert journal.is_claimed("a1")
    done.join()


def test_a_run_that_fails_leaves_no_lock_file(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), journal.claimed("a1"), journal.alone("nats", "dead", "a1", str):
        raise ZeroDivisionError
    assert list(tmp_path.glob("*.lock")) == []


def test_what_another_process_keeps_for_itself_is_no_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "_BUSY", 0.01)
    file = tmp_path / "journal.sqlite"
    with closing(Journal(file)) as journal, closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="could not be used: database is locked; another process has it"):
            journal.begin("a1", "nats", PLAN, 2)


def test_a_full_disk_keeps_nobody_from_a_claim(journal: Journal) -> None:
    """The journal tells of it, with the remedy."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with journal.alone("nats", "dead", "a1", str), pytest.raises(JournalError, match="another one"):
            journal.alone("nats", "dead", "b2", str).__enter__()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def _lock_files(journal: Journal, folder: Path) -> list[Path]:
    with journal.claimed("a1"):
        return list(folder.glob("*.a1.lock"))


def test_which_letters_a_run_of_long_ago_was_about_is_forgotten(journal: Journal) -> None:
    """The run itself is not, nor one that can still be finished."""
    for run in ("old", "new", "open"):
        journal.begin(run, "here", replace(PLAN, ids=None), 2)
        journal.record(run, [Move(number, bytes([number]), MoveState.REMOVED) for number in range(2)])
        journal.note_routes(run, 0, ["dead.a", "dead.b"])
        journal.note_targets(run, [Destination("jobs", "jobs")])
        journal.note_levels(run, {Destination("jobs", "jobs"): Level(b"stream", 7)})
    for run in ("old", "new"):
        journal.keep_progress(run, Progress(RunState.DONE, moved=2))
    journal._execute("UPDATE run SET ended = ended - ?, started = 0 WHERE id = 'old'", (KEPT_FOR + 1,))
    journal._execute("UPDATE run SET started = 1 WHERE id = 'open'", ())
    journal.forget()
    assert [journal.counts(run) for run in ("old", "new", "open")] == [{}, *[{MoveState.REMOVED: 2}] * 2]
    assert journal.routes("old").names == []
    assert [len(journal.levels(run)) for run in ("old", "new", "open")] == [0, 1, 1]
    old, new = journal.entry("old"), journal.entry("new")
    assert old is not None
    assert new is not None
    assert old.progress.moved == 2
    assert "has forgotten" in refusal(old, record(journal, "old"), [])
    assert refusal(new, record(journal, "new"), []) == ""


def test_others_have_their_turns_while_much_is_forgotten(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that share the journal."""
    monkeypatch.setattr(journal_tables, "_PORTION", 1)
    portions = 50
    _long_ago(journal, portions)
    had_turn: list[int] = []
    deleted = 0

    def wait() -> None:
        journal.entry("old")
        had_turn.append(deleted)

    waiting = threading.Thread(target=wait)

    def see(statement: str) -> None:
        nonlocal deleted
        if statement.startswith("DELETE FROM move"):
            deleted += 1
            if deleted == 1:
                waiting.start()

    journal._db.set_trace_callback(see)
    journal.forget()
    waiting.join()
    assert deleted == portions
    assert had_turn[0] < portions


async def test_a_run_that_is_over_does_not_fail_by_what_cannot_be_forgotten(journal: Journal) -> None:
    _long_ago(journal, 1)
    journal._execute("CREATE TRIGGER full BEFORE DELETE ON move BEGIN SELECT RAISE(ABORT, 'disk full'); END", ())
    with pytest.raises(JournalError, match="disk full"):
        await asyncio.to_thread(journal.forget)
    books = Books(journal, "new", lambda _: None)
    await books.open("here", PLAN)
    await books.end(RunState.DONE)
    new = journal.entry("new")
    assert new is not None
    assert new.progress.state is RunState.DONE


def _long_ago(journal: Journal, letters: int) -> None:
    journal.begin("old", "here", PLAN, letters)
    journal.record("old", [Move(number, b"a", MoveState.REMOVED) for number in range(letters)])
    journal.keep_progress("old", Progress(RunState.DONE, moved=letters))
    journal._execute("UPDATE run SET ended = ended - ? WHERE id = 'old'", (KEPT_FOR + 1,))


def test_what_an_unfinished_undo_needs_is_not_forgotten(journal: Journal) -> None:
    """It is once the undo is over."""
    for run, plan in (("old", replace(PLAN, ids=None)), ("undo", Plan("jobs.dead", Action.UNDO, undo_of="old"))):
        journal.begin(run, "here", plan, 1)
        journal.record(run, [Move(0, b"a", MoveState.REMOVED)])
        journal.note_routes(run, 0, ["dead.a"])
    journal.keep_progress("old", Progress(RunState.DONE, moved=1))
    journal.keep_progress("undo", Progress(RunState.INTERRUPTED))
    journal._execute("UPDATE run SET ended = ended - ?, started = 0 WHERE id = 'old'", (KEPT_FOR + 1,))
    journal.forget()
    assert journal.counts("old") == {MoveState.REMOVED: 1}
    assert journal.routes("old").names == ["dead.a"]
    journal.keep_progress("undo", Progress(RunState.DONE, moved=1))
    journal.forget()
    assert journal.counts("old") == {}


def test_undos_and_imports_are_found_by_what_they_are(journal: Journal) -> None:
    for run, place, plan in (
        ("r1", "here", PLAN),
        ("u1", "here", Plan("jobs.dead", Action.UNDO, undo_of="r1")),
        ("i1", "here", Plan("/tmp/a.jsonl", Action.IMPORT)),
        ("i2", "elsewhere", Plan("/tmp/a.jsonl", Action.IMPORT)),
    ):
        journal.begin(run, place, plan, 0)
    assert [entry.id for entry in journal.undos("r1")] == ["u1"]
    assert [entry.id for entry in journal.imports("here")] == ["i1"]
    moves = [Move(0, b"a", MoveState.REMOVED), Move(1, b"b", MoveState.REFUSED), Move(2, b"d")]
    journal.record("i1", moves)
    assert journal.published("i1", {b"a", b"b", b"c", b"d"}) == {b"a", b"d"}
