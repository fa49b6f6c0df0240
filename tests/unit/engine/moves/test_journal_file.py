import csv
import json
from pathlib import Path

import pytest

from wqstudio.domain.letter import Destination, Edit
from wqstudio.domain.redrive import Action, Match, Owner, Plan, Progress, Refusal, RunState
from wqstudio.engine.journal.journal import Entry
from wqstudio.engine.moves import journal_file

PROGRESS = Progress(
    RunState.DONE,
    6,
    6,
    2,
    refused=1,
    refusals=(Refusal('it is "full", they say', 1),),
    foreign=3,
    owners=(Owner("ab12", 2), Owner("cd34", 1)),
)
ENTRIES = [
    Entry("a1", 0.0, 4.5, "NATS här", Plan("dead", destination=Destination("jobs", "jobs.new")), PROGRESS),
    Entry("b2", 10.0, None, "NATS här", Plan("dead", match=Match(reason="rejected")), Progress()),
]


@pytest.mark.parametrize("name", ["journal.json", "journal.jsonl", "journal.csv", "journal"])
def test_every_form_holds_every_run(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    journal_file.write(ENTRIES, file)
    text = file.read_text(encoding="utf-8")
    rows = (
        list(csv.DictReader(text.splitlines()))
        if name.endswith("csv")
        else [json.loads(line) for line in text.splitlines()]
        if name.endswith("jsonl")
        else json.loads(text)
    )
    assert [row["run"] for row in rows] == ["a1", "b2"]
    assert {row["broker"] for row in rows} == {"NATS här"}
    assert [str(row["moved"]) for row in rows] == ["2", "0"]
    assert rows[1]["which"] == "all whose reason is rejected, of those that were there when it began"
    assert (rows[0]["to"], rows[0]["route"]) == ("jobs", "jobs.new")


def test_the_table_has_times_and_reasons_as_text(tmp_path: Path) -> None:
    file = tmp_path / "journal.csv"
    journal_file.write(ENTRIES, file)
    first, second = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    assert (first["started"], first["ended"]) == ("1970-01-01T00:00:00.000+00:00", "1970-01-01T00:00:04.500+00:00")
    assert second["ended"] == ""
    assert first["reasons"] == '1: it is "full", they say'
    assert (first["foreign"], first["left_to"]) == ("3", "2: ab12; 1: cd34")


def test_what_was_edited_is_told_and_no_route_of_what_came_back_by_many() -> None:
    back = Plan("dead", Action.UNDO, Destination("dead", "dead.eu"), undo_of="a1")
    edited = Plan("dead", ids=(1,), edit=Edit(b"better"))
    first, second = (journal_file.as_fields(Entry("c3", 0.0, 1.0, "NATS", plan, PROGRESS)) for plan in (back, edited))
    assert (first["to"], first["route"], first["edited"]) == ("dead", "", False)
    assert second["edited"]
