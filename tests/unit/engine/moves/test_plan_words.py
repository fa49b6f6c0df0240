from dataclasses import replace

import pytest

from wqstudio.dlq import queues_text
from wqstudio.domain.letter import Destination, Edit
from wqstudio.domain.redrive import Action, Match, Owner, Plan, Progress, RunState
from wqstudio.engine.journal.journal import Entry
from wqstudio.engine.moves import plan_words
from wqstudio.ui.models import run_texts

PLAN = Plan("dead", destination=Destination("jobs", "jobs.new"))


@pytest.mark.parametrize(
    ("plan", "title"),
    [
        (PLAN, "Requeue dead → jobs (jobs.new)"),
        (replace(PLAN, destination=Destination("jobs", "jobs"), edit=Edit(b"")), "Requeue, edited, dead → jobs"),
        (replace(PLAN, destination=None, exhausted=True), "Requeue dead, exhausted in place → where they came from"),
        (Plan("dead", towards="jobs"), "Requeue dead → jobs"),
        (replace(PLAN, action=Action.DISCARD), "Discard from dead"),
        (replace(PLAN, action=Action.UNDO), "Undo: back to dead"),
        (Plan("dead", Action.EXPORT, file="/tmp/letters.jsonl"), "Export dead → letters.jsonl"),
        (Plan("/tmp/letters.jsonl", Action.IMPORT), "Import letters.jsonl → where they came from"),
    ],
)
def test_a_plan_is_named_by_what_it_does(plan: Plan, title: str) -> None:
    assert plan_words.title(plan) == title


def test_which_letters_are_meant_is_said_in_words() -> None:
    assert plan_words.meant(PLAN) == "all"
    assert plan_words.meant_then(PLAN) == "all, of those that were there when it began"
    assert plan_words.meant(replace(PLAN, ids=(1, 2), limit=1)) == "2 chosen, 1 at most"
    match = Match("boom", "a.b", "$.a", "1", "X", "y", "rejected", "jobs", 7_200, 90)
    assert plan_words.meant(replace(PLAN, match=match)) == (
        "all with “boom” in body or headers and whose body matches a.b and with $.a = 1 in a JSON body and with the "
        "header X: y and whose reason is rejected and that came from jobs and that died more than 2 h ago and that "
        "died less than 90 s ago"
    )


def test_a_result_says_all_that_is_to_be_known() -> None:
    progress = Progress(RunState.DONE, moved=1_240, refused=2, gone=3, doubled=1)
    assert plan_words.result(PLAN, progress) == (
        "Requeued 1,240, 2 refused and still there, 3 not there any more, 1 doubled at most"
    )
    assert plan_words.result(PLAN, Progress(RunState.CANCELLED, moved=1)) == "Cancelled: requeued 1"
    half = Progress(RunState.INTERRUPTED, total=10, moved=4)
    assert plan_words.result(PLAN, half) == "Interrupted: requeued 4 of 10"
    left = Progress(RunState.DONE, moved=1, foreign=3, owners=(Owner("ab12", 2), Owner("cd34", 1)))
    assert plan_words.result(PLAN, left) == (
        "Requeued 1, 2 left to run ab12, which was not finished: finish it first, "
        "1 left to run cd34, which was not finished: finish it first"
    )
    overtaken = Progress(RunState.DONE, moved=9, refused=1, overtaken=2)
    assert plan_words.result(PLAN, overtaken) == (
        "Requeued 9, 2 of them gone before they were removed "
        "(somebody else took them, too, or the queue dropped them), 1 refused and still there"
    )
    pointed = Progress(RunState.DONE, moved=2, pointers=2)
    assert plan_words.result(PLAN, pointed) == "Requeued 2, 2 pointers to them removed as well"
    undone = plan_words.result(replace(PLAN, action=Action.UNDO), Progress(RunState.DONE, moved=1, gone=2))
    assert undone == "Brought back 1, 2 not there any more"


@pytest.mark.parametrize(
    ("plan", "of"),
    [
        (PLAN, " of 1,000"),
        (replace(PLAN, limit=10), " of 10"),
        (replace(PLAN, limit=5_000), " of 1,000"),
        (replace(PLAN, match=Match(reason="rejected")), ""),
        (replace(PLAN, match=Match(reason="rejected"), limit=10), ""),
        (Plan("dead", Action.DISCARD, exported="/tmp/letters.jsonl"), ""),
        (replace(PLAN, ids=tuple(range(50))), " of 50"),
    ],
)
def test_a_run_counts_to_what_it_means_wherever_it_is_told(plan: Plan, of: str) -> None:
    half = Progress(RunState.INTERRUPTED, total=1_000, moved=3)
    entry = Entry("a1", 1.0, None, "here", plan, half)
    done = plan_words.done(plan.action)
    assert plan_words.result(plan, half) == f"Interrupted: {done} 3{of}"
    assert f"was interrupted, {done} 3{of};" in queues_text.unfinished(entry)
    assert run_texts.interrupted_figures(entry).startswith(f"3{of} ")


def test_what_was_interrupted_says_how_many_may_be_there_twice() -> None:
    half = Progress(RunState.INTERRUPTED, total=1_000, moved=3, doubled=2)
    entry = Entry("a1", 1.0, None, "here", PLAN, half)
    told = run_texts.interrupted_figures(entry)
    assert told.startswith("3 of 1,000 moved, 2 doubled at most, nothing lost · begun ")


@pytest.mark.parametrize(
    ("action", "may"),
    [
        (Action.REQUEUE, "may lie at their destination and where they were"),
        (Action.DISCARD, "may be gone, or lie where they were"),
        (Action.IMPORT, "may be published or not"),
    ],
)
def test_what_is_in_doubt_of_a_run_that_is_given_up(action: Action, may: str) -> None:
    assert plan_words.in_doubt(replace(PLAN, action=action), 3) == f"3 were under way: they {may}."
    assert plan_words.in_doubt(PLAN, 0) == ""
    assert plan_words.in_doubt(PLAN, 1) == "1 was under way: it may lie at its destination and where it was."
