"""Stuck, uncovered and acknowledged messages, on real streams, at rest and under load."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.jetstream import JetStream, queue_when, queues
from wqstudio.brokers.nats.broker import NatsBroker
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import known


async def _work_queue(jetstream: JetStream, **consumer: object) -> None:
    await jetstream.stream("jobs", retention="workqueue")
    await jetstream.consumer("jobs", "workers", ack_wait=30_000_000_000, **consumer)


def _numbers(queue: QueueState) -> tuple[object, ...]:
    return queue.messages, queue.waiting, queue.in_flight, queue.stuck


@pytest.mark.parametrize("max_deliver", [1, 2, 3])
async def test_messages_exhausted_by_max_deliver_are_stuck(
    nats_broker: NatsBroker, jetstream: JetStream, max_deliver: int
) -> None:
    await _work_queue(jetstream, max_deliver=max_deliver)
    await jetstream.publish("jobs.a", b"1", b"2", b"3")
    await jetstream.exhaust("jobs", "workers", 3, max_deliver)
    await jetstream.publish("jobs.a", b"4", b"5")
    assert _numbers((await queues(nats_broker))["jobs"]) == (5, 2, 0, 3)
    await jetstream.api("STREAM.MSG.DELETE.jobs", {"seq": 2})
    assert _numbers((await queues(nats_broker))["jobs"]) == (4, 2, 0, 2)
    await jetstream.api("STREAM.PURGE.jobs")
    assert _numbers((await queues(nats_broker))["jobs"]) == (0, 0, 0, 0)


async def test_messages_stranded_by_lowering_max_deliver_are_stuck(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    await _work_queue(jetstream, max_deliver=5)
    await jetstream.publish("jobs.a", b"1", b"2")
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 2), how=b"-NAK")
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 2), how=b"-NAK")
    await jetstream.consumer("jobs", "workers", ack_wait=30_000_000_000, max_deliver=1)
    assert await jetstream.pull("jobs", "workers", 2, expires=0.3) == []
    assert _numbers((await queues(nats_broker))["jobs"]) == (2, 0, 0, 2)


async def test_raising_max_deliver_does_not_free_what_is_stuck(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await _work_queue(jetstream, max_deliver=1)
    await jetstream.publish("jobs.a", b"1", b"2")
    await jetstream.exhaust("jobs", "workers", 2, 1)
    await jetstream.consumer("jobs", "workers", ack_wait=30_000_000_000, max_deliver=-1)
    assert await jetstream.pull("jobs", "workers", 2, expires=0.3) == []
    assert _numbers((await queues(nats_broker))["jobs"]) == (2, 0, 0, 2)


async def test_messages_no_filter_matches_wait(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await jetstream.stream("jobs", retention="workqueue")
    await jetstream.consumer("jobs", "high", filter_subject="jobs.high.*", max_deliver=1)
    await jetstream.consumer("jobs", "low", filter_subjects=["jobs.low.*", "jobs.lower.*"])
    await jetstream.publish("jobs.high.1", b"1", b"2")
    await jetstream.publish("jobs.low.1", b"3")
    await jetstream.publish("jobs.other", b"4", b"5", b"6")
    assert _numbers((await queues(nats_broker))["jobs"]) == (6, 6, 0, 0)
    await jetstream.exhaust("jobs", "high", 2, 1)
    assert _numbers((await queues(nats_broker))["jobs"]) == (6, 4, 0, 2)
    await jetstream.publish("jobs.other", b"7")
    assert _numbers((await queues(nats_broker))["jobs"]) == (7, 5, 0, 2)


async def test_without_consumers_everything_waits(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await jetstream.stream("jobs", retention="workqueue")
    await jetstream.publish("jobs.a", b"1", b"2")
    assert _numbers((await queues(nats_broker))["jobs"]) == (2, 2, 0, 0)


@asynccontextmanager
async def _load(jetstream: JetStream) -> AsyncIterator[None]:
    """Publishes one message after the other; two workers that give every seventh delivery back.

    Told to end rather than cancelled: Python 3.11's ``wait_for``, which nats-py uses, may swallow a cancellation.
    """
    over = asyncio.Event()

    async def produce() -> None:
        while not over.is_set():
            await jetstream.publish("jobs.a", b"task")

    async def work() -> None:
        while not over.is_set():
            for number, msg in enumerate(await jetstream.pull("jobs", "workers", 20, expires=0.2)):
                await jetstream.client.publish(msg.reply, b"-NAK" if number % 7 == 6 else b"+ACK")

    async with asyncio.TaskGroup() as group:
        for each in (produce(), work(), work()):
            group.create_task(each)
        try:
            yield
        finally:
            over.set()


async def test_stuck_does_not_flicker_under_load(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await _work_queue(jetstream, max_deliver=50)
    async with _load(jetstream):
        await queue_when(nats_broker, "jobs", lambda queue: known(queue.redelivered, 0) > 0)
        seen = {(await queues(nats_broker))["jobs"].stuck for _ in range(150)}
    assert seen == {0}
    queue = (await queues(nats_broker))["jobs"]
    left = known(queue.published, 0) - known(queue.messages, 0)
    assert left > 100
    assert left * 0.95 <= known(queue.acked, 0) <= left


async def test_stuck_stays_what_it_is_under_load(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await _work_queue(jetstream, max_deliver=2)
    await jetstream.publish("jobs.a", *[b"poison"] * 5)
    await jetstream.exhaust("jobs", "workers", 5, 2)
    await jetstream.consumer("jobs", "workers", ack_wait=30_000_000_000, max_deliver=50)
    assert (await queues(nats_broker))["jobs"].stuck == 5
    async with _load(jetstream):
        await queue_when(nats_broker, "jobs", lambda queue: known(queue.acked, 0) > 100)
        seen = {(await queues(nats_broker))["jobs"].stuck for _ in range(150)}
    assert seen == {5}


async def test_uncovered_messages_are_not_taken_for_stuck_under_load(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    await jetstream.stream("jobs", retention="workqueue")
    await jetstream.consumer("jobs", "workers", filter_subjects=["jobs.a", "jobs.b"], max_deliver=50)
    await jetstream.publish("jobs.other", b"1", b"2", b"3")
    async with _load(jetstream):
        await queue_when(nats_broker, "jobs", lambda queue: known(queue.acked, 0) > 50)
        seen = [(await queues(nats_broker))["jobs"] for _ in range(100)]
    assert {queue.stuck for queue in seen} == {0}
    assert min(known(queue.waiting, 0) for queue in seen) >= 3


async def test_messages_that_get_stuck_under_load_are_found_during_it(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    await _work_queue(jetstream, max_deliver=1)
    async with _load(jetstream):
        await queue_when(nats_broker, "jobs", lambda queue: known(queue.stuck, 0) > 20)


async def test_a_purge_is_not_counted_as_acknowledged(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await _work_queue(jetstream)
    await jetstream.publish("jobs.a", *[b"task"] * 20)
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 3))
    assert (await queues(nats_broker))["jobs"].acked == 3
    await jetstream.api("STREAM.PURGE.jobs")
    assert (await queues(nats_broker))["jobs"].acked == 3
    await jetstream.publish("jobs.a", b"task")
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 1))
    assert (await queues(nats_broker))["jobs"].acked == 4


async def test_giving_back_is_not_counted_as_acknowledged(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await _work_queue(jetstream)
    await jetstream.publish("jobs.a", b"1", b"2")
    await queues(nats_broker)
    for _ in range(4):
        await jetstream.settle(*await jetstream.pull("jobs", "workers", 2), how=b"-NAK")
        assert (await queues(nats_broker))["jobs"].acked == 0
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 2))
    queue = (await queues(nats_broker))["jobs"]
    assert (queue.acked, queue.delivered) == (2, 10)


async def test_a_stream_made_anew_counts_from_zero(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await _work_queue(jetstream, max_deliver=1)
    await jetstream.publish("jobs.a", b"1", b"2")
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 1))
    await jetstream.exhaust("jobs", "workers", 1, 1)
    queue = (await queues(nats_broker))["jobs"]
    assert (queue.acked, queue.stuck, queue.published) == (1, 1, 2)
    await jetstream.api("STREAM.DELETE.jobs")
    await _work_queue(jetstream)
    queue = (await queues(nats_broker))["jobs"]
    assert (queue.acked, queue.stuck, queue.published) == (0, 0, 0)
