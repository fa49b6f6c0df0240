import json
import os
import subprocess
import sys
from pathlib import Path

from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import MoveState, Plan
from wqstudio.engine.journal.journal import Journal, Move


def test_a_run_that_nobody_works_on_any_more_is_interrupted_and_counted_anew(tmp_path: Path) -> None:
    """As a killed process leaves it: it says that it is running, and of none moved yet."""
    journal = Journal(tmp_path / "wqstudio" / "journal.sqlite")
    journal.begin("a1", "NATS here", Plan("dead", destination=Destination("jobs", "jobs.new")), 3)
    journal.record("a1", [Move(0, b"a", MoveState.REMOVED), Move(1, b"b", MoveState.REMOVED)])
    journal.close()
    (row,) = _journal(tmp_path).splitlines()[1:]
    assert all(word in row for word in ("Requeue dead → jobs (jobs.new)", "2", "interrupted"))
    (entry,) = json.loads(_journal(tmp_path, "--json"))
    assert (entry["state"], entry["moved"], entry["to"]) == ("interrupted", 2, "jobs")


def test_the_journal_of_one_broker_and_no_more_than_wanted(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "wqstudio" / "journal.sqlite")
    for run, place in (
        ("a1", "NATS nats://here:4222"),
        ("b2", "NATS nats://there:4222"),
        ("c3", "NATS nats://here:4222"),
    ):
        journal.begin(run, place, Plan("dead"), 0)
    journal.close()
    here = json.loads(_journal(tmp_path, "--json", "--connect", "nats://here:4222"))
    assert [entry["run"] for entry in here] == ["c3", "a1"]
    assert [entry["run"] for entry in json.loads(_journal(tmp_path, "--json", "--limit", "2"))] == ["c3", "b2"]
    assert len(json.loads(_journal(tmp_path, "--json", "--limit", "9" * 30))) == 3


def _journal(data: Path, *options: str) -> str:
    command = [sys.executable, "-m", "wqstudio", "dlq", "journal", *options]
    environment = {**os.environ, "XDG_DATA_HOME": str(data), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", timeout=60, check=True, env=environment
    ).stdout
