"""Messages exhausted in place: which they are, and that none is offered that somebody may be working on."""

import time

import pytest

from tests.jetstream import JetStream
from tests.unit.brokers.nats.conftest import OpenLetters
from wqstudio.brokers.nats.letters.letters import NatsLetters
from wqstudio.brokers.port import RefusedError
from wqstudio.domain.letter import Destination


async def _jobs(jetstream: JetStream, direct: bool = True, **config: object) -> None:
    await jetstream.stream("jobs", **{"retention": "workqueue", "allow_direct": direct, **config})


async def _ids(letters: NatsLetters) -> list[int]:
    return [held.id for held in await letters.page(0, 1_000)]


async def test_what_was_given_back_too_often_and_what_waits(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await _jobs(jetstream)
    await jetstream.consumer("jobs", "workers", max_deliver=2)
    await jetstream.publish_many("jobs.a", 5)
    await jetstream.exhaust("jobs", "workers", 5, 2)
    await jetstream.publish_many("jobs.a", 3)
    before = await jetstream.everything("jobs")
    letters = await letters_of("jobs", exhausted=True)
    assert letters.count == 5
    assert await _ids(letters) == [1, 2, 3, 4, 5]
    assert [held.id async for batch in letters.batches(2) for held in batch] == [1, 2, 3, 4, 5]
    letter = letters.read((await letters.page(0, 1))[0])
    assert (letter.reason, letter.consumer, letter.origin) == ("exhausted in place", "workers", "jobs")
    assert letter.died_at is None
    assert abs((letter.published_at or 0) - time.time()) < 60
    assert letters.home(letter) == Destination("jobs", "jobs.a")
    assert letters.remark == ""
    assert await jetstream.everything("jobs") == before
    await letters.remove(await letters.page(1, 3))
    assert sorted(await jetstream.stored("jobs")) == [1, 5, 6, 7, 8]


async def test_what_may_be_in_flight_is_not_offered(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await _jobs(jetstream)
    await jetstream.consumer("jobs", "workers", max_deliver=2)
    await jetstream.publish_many("jobs.a", 6)
    held = await jetstream.pull("jobs", "workers", 6)
    flying, dying = held[:2], held[2:]
    await jetstream.settle(*dying, how=b"-NAK")
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 4), how=b"-NAK")
    assert await jetstream.pull("jobs", "workers", 1, expires=0.3) == []  # which is when the server counts them
    letters = await letters_of("jobs", exhausted=True)
    assert letters.count == 0
    assert "in flight (2 at workers)" in letters.remark
    await jetstream.settle(*flying)
    await letters.refresh()
    assert await _ids(letters) == [3, 4, 5, 6]
    assert letters.remark == ""


async def test_what_lies_below_what_is_settled_is_certain(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await _jobs(jetstream)
    await jetstream.consumer("jobs", "workers", max_deliver=2)
    await jetstream.publish_many("jobs.a", 3)
    await jetstream.exhaust("jobs", "workers", 3, 2)
    await jetstream.publish_many("jobs.a", 1)
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 1))  # with nothing in flight, the floor catches up
    await jetstream.publish_many("jobs.a", 3)
    await jetstream.pull("jobs", "workers", 3)
    letters = await letters_of("jobs", exhausted=True)
    assert await _ids(letters) == [1, 2, 3]
    assert "in flight (3 at workers)" in letters.remark


@pytest.mark.parametrize("direct", [True, False])
async def test_each_consumer_is_asked_for_its_own_subjects(
    jetstream: JetStream, letters_of: OpenLetters, direct: bool
) -> None:
    await _jobs(jetstream, direct)
    await jetstream.consumer("jobs", "high", max_deliver=1, filter_subject="jobs.high")
    await jetstream.consumer("jobs", "low", max_deliver=1, filter_subjects=["jobs.low", "jobs.lower"])
    for subject in ("jobs.low", "jobs.high", "jobs.nobodys", "jobs.high", "jobs.lower", "jobs.low"):
        await jetstream.publish(subject, b"task")
    await jetstream.exhaust("jobs", "high", 2, 1)
    letters = await letters_of("jobs", exhausted=True)
    assert await _ids(letters) == [2, 4]
    await jetstream.exhaust("jobs", "low", 3, 1)
    await letters.refresh()
    assert await _ids(letters) == [1, 2, 4, 5, 6]
    assert {letters.read(held).consumer for held in await letters.page(0, 2)} == {"low", "high"}


async def test_what_came_to_life_again_is_neither_offered_nor_removed(
    jetstream: JetStream, letters_of: OpenLetters
) -> None:
    await _jobs(jetstream)
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    await jetstream.publish_many("jobs.a", 3)
    await jetstream.exhaust("jobs", "workers", 3, 1)
    letters = await letters_of("jobs", exhausted=True)
    page = await letters.page(0, 3)
    assert [held.problem for held in page] == ["", "", ""]
    await jetstream.api("CONSUMER.DELETE.jobs.workers")
    await jetstream.consumer("jobs", "workers")
    await jetstream.pull("jobs", "workers", 2)
    problems = [held.problem for held in await letters.page(0, 3)]
    assert ["in flight" in why for why in problems] == [True, True, False]
    assert "yet to give it out" in problems[2]
    with pytest.raises(RefusedError, match="3 messages of jobs are left there"):
        await letters.remove(page)
    assert len(await jetstream.stored("jobs")) == 3


async def test_no_message_and_no_consumer(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await _jobs(jetstream)
    assert (await letters_of("jobs", exhausted=True)).count == 0
    await jetstream.publish_many("jobs.a", 3)
    assert (await letters_of("jobs", exhausted=True)).count == 0
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    assert (await letters_of("jobs", exhausted=True)).count == 0


async def test_where_acknowledged_messages_stay_exhausted_ones_cannot_be_told(
    jetstream: JetStream, letters_of: OpenLetters
) -> None:
    await _jobs(jetstream, retention="limits")
    with pytest.raises(RefusedError, match="cannot be told"):
        await letters_of("jobs", exhausted=True)
