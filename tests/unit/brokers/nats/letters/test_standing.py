"""Whether a message may still be given out or worked on."""

from datetime import UTC, datetime

import pytest

from wqstudio.brokers.nats.jetstream.records import ConsumerConfig, ConsumerInfo, Sequences
from wqstudio.brokers.nats.letters.standing import made_after, passed, reach, untold

MADE = "2026-01-01T00:00:00.123456789Z"
LATER = datetime(2026, 1, 2, tzinfo=UTC)


def _consumer(delivered: int, floor: int, flying: int, name: str = "workers", only: str = "") -> ConsumerInfo:
    return ConsumerInfo(
        name=name,
        created=MADE,
        config=ConsumerConfig(filter_subject=only),
        delivered=Sequences(stream_seq=delivered),
        ack_floor=Sequences(stream_seq=floor),
        num_ack_pending=flying,
    )


@pytest.mark.parametrize(
    ("consumer", "seq", "why"),
    [
        (_consumer(10, 0, 0), 10, ""),
        (_consumer(10, 0, 0), 11, "yet to give it out"),
        (_consumer(10, 4, 2), 4, ""),
        (_consumer(10, 4, 2), 5, "2 messages in flight"),
        (_consumer(10, 4, 2), 11, "yet to give it out"),
        (_consumer(0, 0, 5, only="jobs.b"), 5, ""),
    ],
)
def test_what_a_consumer_may_come_back_to(consumer: ConsumerInfo, seq: int, why: str) -> None:
    found = reach([consumer], "jobs.a", seq)
    assert why in found
    assert bool(found) == bool(why)


def test_what_was_announced_is_certain_as_long_as_the_consumer_is_the_same() -> None:
    busy = _consumer(10, 4, 2)
    assert reach([busy], "jobs.a", 7, announced_by="workers", at=LATER) == ""
    assert "in flight" in reach([busy], "jobs.a", 7, announced_by="others", at=LATER)
    assert "in flight" in reach([busy], "jobs.a", 7, announced_by="workers", at=datetime(2025, 1, 1, tzinfo=UTC))
    assert "in flight" in reach([busy], "jobs.a", 7, announced_by="workers")
    assert "yet to give" in reach([busy], "jobs.a", 11, announced_by="workers", at=LATER)


def test_no_consumer_comes_back_to_anything() -> None:
    assert reach([], "jobs.a", 1) == ""


def test_times_that_make_no_sense_prove_nothing() -> None:
    assert made_after("", LATER)
    assert made_after("2026-01-01", LATER)
    assert not made_after(MADE, LATER)


def test_what_cannot_be_told_is_said() -> None:
    assert untold([_consumer(10, 10, 0), _consumer(10, 10, 3)]) == ""
    assert "3 at workers and 1 at others" in untold([_consumer(10, 4, 3), _consumer(9, 4, 1, "others")])
    assert passed(_consumer(10, 4, 0)) == 10
