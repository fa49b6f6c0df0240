"""Which subjects of a real stream hold messages, however many there are."""

import asyncio
import time

import pytest

from tests.jetstream import JetStream
from wqstudio.brokers.nats.broker import NatsBroker
from wqstudio.brokers.nats.watching import held_subjects
from wqstudio.brokers.port import RefusedError
from wqstudio.domain.queue import HeldRoutes

MANY = 100_100
"""More than the server tells of in one answer."""
_LONGEST = 0.15
"""Seconds for which the loop may be held up: a few frames, on a computer that does other things, too."""


async def test_those_with_most_messages_come_first_and_the_others_are_counted(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    await jetstream.stream("jobs", "jobs.*", "mail", "post")
    for subject, count in (("jobs.a", 1), ("jobs.b", 3), ("jobs.c", 2), ("jobs.d", 1), ("post", 1)):
        await jetstream.publish(subject, *[b"job"] * count)
    held = await nats_broker.held_routes("jobs", 2)
    assert held == HeldRoutes({"jobs.b": 3, "jobs.c": 2, "post": 1, "mail": 0}, more=2)
    assert list(held.counts) == ["jobs.b", "jobs.c", "post", "mail"]


async def test_what_a_stream_took_before_it_had_other_subjects_is_no_subject_of_it(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    await jetstream.stream("jobs", "old.*", "jobs.*")
    await jetstream.publish("old.a", b"job")
    await jetstream.publish("jobs.a", b"job")
    await jetstream.api("STREAM.UPDATE.jobs", {"name": "jobs", "subjects": ["jobs.*"], "storage": "memory"})
    assert set((await nats_broker.held_routes("jobs", 9)).counts) == {"jobs.a"}


async def test_a_stream_that_is_gone_is_an_error(nats_broker: NatsBroker) -> None:
    with pytest.raises(RefusedError, match="stream not found"):
        await nats_broker.held_routes("gone", 9)


async def _fill(jetstream: JetStream, count: int) -> None:
    await jetstream.stream("big")
    for number in range(count):
        await jetstream.client.publish(f"big.customer.{number:06}", b"job")
        if number % 5_000 == 0:
            await jetstream.client.flush()
    await jetstream.publish(f"big.customer.{count - 1:06}", b"another")


@pytest.mark.alone
async def test_of_more_subjects_than_one_answer_has_none_is_missed_and_the_loop_goes_on(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    await _fill(jetstream, MANY)
    pauses: list[float] = []

    async def beat() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            pauses.append(time.perf_counter() - before)

    beating = asyncio.ensure_future(beat())
    held = await nats_broker.held_routes("big", 20)
    beating.cancel()
    assert next(iter(held.counts.items())) == (f"big.customer.{MANY - 1:06}", 2)
    assert (len(held.counts), held.more) == (20, MANY - 20)
    assert max(pauses) < _LONGEST


async def test_where_there_are_too_many_they_are_not_gone_through(
    nats_broker: NatsBroker, jetstream: JetStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_subjects, "MOST_COUNTED", 9)
    await _fill(jetstream, 10)
    assert await nats_broker.held_routes("big", 20) == HeldRoutes(more=10)
