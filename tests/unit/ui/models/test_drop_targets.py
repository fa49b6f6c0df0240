from dataclasses import replace

import pytest

from wqstudio.domain.queue import QueueState
from wqstudio.domain.redrive import Choice
from wqstudio.ui.models.drop_targets import READ_ONLY, DropTargets

CHOICE = Choice("jobs_dead", 12, origins=("jobs",))
QUEUE = QueueState("jobs", "stream", 0, 0, 0, 0, 0, 0, None, 0, 0, 0)


def targets(choice: Choice = CHOICE, *, read_only: bool = False) -> DropTargets:
    def elsewhere(queue: str) -> str:
        return "It is in another virtual host." if queue == "far" else ""

    return DropTargets(choice, read_only=read_only, elsewhere=elsewhere)


def test_the_only_origin_is_home_and_several_are_origins() -> None:
    assert targets().of(QUEUE).label == "home of 12"
    both = targets(replace(CHOICE, origins=("jobs", "mail")))
    assert [both.of(replace(QUEUE, name=name)).label for name in ("jobs", "mail", "other")] == ["origin", "origin", ""]
    assert "where they came from" in targets().said(QUEUE)


@pytest.mark.parametrize(
    ("queue", "why"),
    [
        (replace(QUEUE, name="jobs_dead"), "where they lie already"),
        (replace(QUEUE, name="copy", closed="copy mirrors jobs."), "copy mirrors jobs."),
        (replace(QUEUE, name="far"), "another virtual host"),
    ],
)
def test_where_they_cannot_go_says_why(queue: QueueState, why: str) -> None:
    target = targets().of(queue)
    assert not target.possible
    assert why in target.why_not
    assert targets().said(queue) == target.why_not


def test_a_read_only_connection_takes_nothing_anywhere() -> None:
    assert targets(read_only=True).of(QUEUE).why_not == READ_ONLY
    assert targets(read_only=True).said(None) == READ_ONLY


def test_what_was_exhausted_in_place_can_be_dropped_where_it_is() -> None:
    assert targets(Choice("jobs", 1, exhausted=True, origins=("jobs",))).of(QUEUE).possible


def test_beside_the_queues_it_says_what_to_do() -> None:
    assert targets(replace(CHOICE, count=1)).said(None) == "1 message of jobs_dead. Drop them on a queue on the left."
