from dataclasses import replace

import pytest

from wqstudio.domain.queue import HeldRoutes, QueueState
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.ui.models.subject_lines import MOST, SubjectKind, subject_lines

QUEUE = QueueState("jobs", "stream", 0, 0, 0, 0, 0, 0, None, 0, 0, 0)


def lines(*routes: str, held: Reading[HeldRoutes] | None = None) -> list[tuple[str, Reading[int] | None]]:
    return [(line.text, line.messages) for line in subject_lines(replace(QUEUE, routes=routes), held)]


def test_before_anybody_has_looked_a_stream_shows_what_it_names_without_counts() -> None:
    assert lines("jobs.*", "mail") == [("jobs.*", None), ("mail", None)]
    assert lines() == []


def test_what_holds_messages_stands_below_the_patterns_in_the_order_in_which_it_was_read() -> None:
    held = HeldRoutes({"jobs.eu": 7, "mail": 2, "jobs.us": 1, "post": 0}, more=99_980)
    assert lines("post", "mail", "jobs.*", held=held) == [
        ("jobs.*", None), ("jobs.eu", 7), ("mail", 2), ("jobs.us", 1), ("post", 0), ("… and 99,980 more", None),
    ]  # fmt: skip


def test_no_more_lines_than_one_reads_and_all_others_are_counted() -> None:
    named = [f"jobs.{number:02}" for number in range(MOST + 5)]
    shown = lines(*named, held=HeldRoutes(dict.fromkeys(named, 1), more=3))
    assert len(shown) == MOST + 1
    assert shown[-1][0] == "… and 8 more"


@pytest.mark.parametrize(("route", "said"), [("jobs.*", True), ("jobs", False)])
def test_what_could_not_be_read_is_not_shown_as_nothing(route: str, said: bool) -> None:
    shown = subject_lines(replace(QUEUE, routes=(route,)), Unknown("not permitted"))
    assert any(line.kind is SubjectKind.MORE and line.messages == Unknown("not permitted") for line in shown) is said
    assert shown[0].messages is None
