"""What copiers write of a death, in the headers they commonly use."""

import pytest

from wqstudio.brokers.letters import Held
from wqstudio.brokers.nats.letters.told import copied
from wqstudio.domain.letter import Letter
from wqstudio.domain.redrive import Match
from wqstudio.engine.letters.lines import line
from wqstudio.engine.letters.matching import compiled


def _letter(*lines: str) -> Letter:
    block = "".join(f"{line}\r\n" for line in ("NATS/1.0", *lines, "")).encode()
    return copied("dlq", Held(7, "dlq.a", block, b"body", b"1970-01-01T00:01:40Z"))


@pytest.mark.parametrize(
    "line",
    [
        "X-Original-Subject: jobs.a",
        "x-original-subject: jobs.a",
        "Original-Subject: jobs.a",
        "original_subject: jobs.a",
        "Dlq-Original-Subject: jobs.a",
        "X-Dead-Letter-Original-Subject: jobs.a",
        "Nats-Subject: jobs.a",
        "X-Source-Subject: jobs.a",
        "topic_poisoned: jobs.a",
        "Nats-Stream-Source: jobs 12 > > jobs.a",
    ],
)
def test_the_subject(line: str) -> None:
    assert _letter(line).route == "jobs.a"


@pytest.mark.parametrize("line", ["Subject: hello", "X-Subject: hello", "Original: x", "Reply-Subject: y"])
def test_a_subject_of_another_sense(line: str) -> None:
    assert _letter(line).route == ""


@pytest.mark.parametrize(
    ("line", "attribute", "value"),
    [
        ("X-Original-Stream: jobs", "origin", "jobs"),
        ("x-stream: jobs", "origin", "jobs"),
        ("Nats-Stream: jobs", "origin", "jobs"),
        ("Nats-Stream-Source: jobs:abc 12", "origin", "jobs"),
        ("X-Consumer: workers", "consumer", "workers"),
        ("X-Failure-Worker: w1", "consumer", "w1"),
        ("X-Failure-Reason: too old", "reason", "too old"),
        ("DLQ-Reason: too old", "reason", "too old"),
        ("Dead-Letter-Reason: too old", "reason", "too old"),
        ("X-Error: boom", "error", "boom"),
        ("Last-Error: boom", "error", "boom"),
        ("X-Exception-Message: boom", "error", "boom"),
        ("reason_poisoned: boom", "error", "boom"),
        ("X-Delivery-Count: 5", "deliveries", 5),
        ("x-deliveries: 5", "deliveries", 5),
        ("Retry-Count: 5", "deliveries", 5),
        ("X-Retry-Count: many", "deliveries", None),
        ("X-Failed-At: 2026-01-02T03:04:05Z", "died_at", 1_767_323_045.0),
        ("X-Failed-At: 2026-01-02T03:04:05", "died_at", 1_767_323_045.0),
        ("X-Failed-At: 1767323045", "died_at", 1_767_323_045.0),
        ("X-Failed-At: 1767323045000", "died_at", 1_767_323_045.0),
        ("X-Failed-At: yesterday", "died_at", 100.0),
        ("X-Failed-At: 99999999999999999999", "died_at", 100.0),
    ],
)
def test_the_rest(line: str, attribute: str, value: object) -> None:
    assert getattr(_letter(line), attribute) == value


def test_the_first_name_that_fits_wins_and_the_first_value() -> None:
    letter = _letter("Nats-Subject: dlq.a", "X-Original-Subject: jobs.a", "X-Original-Subject: jobs.b")
    assert letter.route == "jobs.a"


def test_a_death_is_told_where_something_is_said_of_it() -> None:
    assert _letter("A: b").deaths == ()
    (death,) = _letter("X-Original-Stream: jobs", "X-Reason: boom", "X-Original-Subject: jobs.a").deaths
    assert (death.queue, death.reason, death.at, death.routes) == ("jobs", "boom", 100.0, ("jobs.a",))


def test_one_that_names_only_its_subject_came_from_there() -> None:
    letter = _letter("X-Origin-Subject: jobs.resize")
    assert (letter.origin, letter.came_from) == ("", "jobs.resize")
    assert compiled(Match(origin="jobs.resize"))(letter)
    assert not compiled(Match(origin="jobs"))(letter)
    assert line(letter).origin == "jobs.resize"
    assert _letter("X-Original-Stream: jobs", "X-Origin-Subject: jobs.resize").came_from == "jobs"
    assert _letter("A: b").came_from == ""
