from dataclasses import replace

from wqstudio.domain.redrive import Action, Match, Plan, Progress, RunState
from wqstudio.ui.models import run_texts as texts

FAR = Progress(total=100_000, seen=14_400, moved=4_832, skipped=9_568, rate=500.0)
SOME = Plan("dead", match=Match(reason="rejected"))


def test_a_filtered_run_counts_to_no_number_that_nobody_knows() -> None:
    assert texts.figures(SOME, FAR)[0] == "4,832 moved · 14,400 of 100,000 searched · 500/s"
    assert texts.done(Plan("dead", Action.DISCARD, match=SOME.match), FAR)[0] == "4,832 discarded"
    assert texts.share(SOME, FAR) == 0.144


def test_a_run_counts_to_what_it_means() -> None:
    assert texts.done(Plan("dead"), FAR) == ["4,832 of 100,000"]
    few = Plan("dead", limit=10_000)
    assert texts.done(few, FAR) == ["4,832 of 10,000"]
    assert texts.share(few, Progress(RunState.RUNNING, total=100_000, seen=4_000, moved=4_000)) == 0.4


def test_a_run_that_is_held_up_has_no_pace() -> None:
    """What is known of it is of before."""
    held_up = replace(FAR, left=170.0, trouble="The broker refused the connection.")
    assert texts.figures(Plan("dead"), held_up) == ["4,832 of 100,000"]


def test_in_few_words_it_is_how_far_a_run_is_that_is_said() -> None:
    assert texts.figures(SOME, replace(FAR, left=180.0)) == [
        "4,832 moved · 14,400 of 100,000 searched · 500/s · 3\u202fmin left",
        "4,832 moved · 14,400 of 100,000 searched · 500/s",
        "4,832 moved · 14,400 of 100,000 searched",
        "4,832 moved",
    ]
    assert texts.figures(SOME, replace(FAR, state=RunState.PAUSED))[-1] == "paused"
