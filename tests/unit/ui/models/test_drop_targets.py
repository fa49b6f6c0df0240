from dataclasses import replace

import pytest

from wqstudio.domain.queue import QueueState
from wqstudio.domain.redrive import Choice
from wqstudio.ui.models.drop_targets import READ_ONLY, DropTargets
from wqstudio.ui.models.subject_lines import SubjectKind, SubjectLine

CHOICE = Choice("jobs_dead", 12, origins=("jobs",))
EU, US = SubjectLine(SubjectKind.ONE, "jobs.eu", 3), SubjectLine(SubjectKind.ONE, "jobs.us")
ANY, MORE = SubjectLine(SubjectKind.PATTERN, "jobs.*"), SubjectLine(SubjectKind.MORE, "… and 7 more")
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
    assert "to jobs, where some of them came from." in both.said(QUEUE)
    assert "1 message to jobs, where it came from." in targets(replace(CHOICE, count=1)).said(QUEUE)


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


def test_a_subject_takes_them_and_the_one_that_they_came_from_says_so() -> None:
    home = targets(replace(CHOICE, ids=(1, 2), routes=("jobs.eu",)))
    assert home.of(QUEUE, EU).label == "home of 12"
    assert home.of(QUEUE, US).possible
    assert not home.of(QUEUE, US).origin
    assert "to jobs under jobs.eu, where they came from" in home.said(QUEUE, EU)
    assert "to jobs under jobs.us. What" in home.said(QUEUE, US)


def test_a_subject_is_called_no_home_of_letters_that_nobody_has_read() -> None:
    assert targets(replace(CHOICE, ids=(), routes=("jobs.eu",))).of(QUEUE, EU).label == "origin"
    both = targets(replace(CHOICE, ids=(1, 2), routes=("jobs.eu", "jobs.us")))
    assert [both.of(QUEUE, line).label for line in (EU, US)] == ["origin", "origin"]


def test_a_pattern_asks_which_subject_and_what_is_not_listed_says_where_to_drop() -> None:
    assert targets().of(QUEUE, ANY).possible
    assert "under jobs.*. Which subject that is, is shown or asked first" in targets().said(QUEUE, ANY)
    assert not targets().of(QUEUE, MORE).possible
    assert "drop them on jobs itself" in targets().said(QUEUE, MORE)


def test_where_a_queue_takes_nothing_none_of_its_subjects_does() -> None:
    assert targets().of(replace(QUEUE, closed="jobs is sealed."), EU).why_not == "jobs is sealed."
    assert targets(read_only=True).said(QUEUE, EU) == READ_ONLY
