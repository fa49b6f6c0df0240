"""Streams that are found to keep dead letters by what their messages say, and those that are not."""

import asyncio

import pytest

from tests.jetstream import JetStream, queues
from wqstudio.brokers.nats.broker import NatsBroker
from wqstudio.brokers.nats.jetstream.poll import poll
from wqstudio.brokers.nats.letters.told import tells_of_a_death
from wqstudio.brokers.nats.watching.death_signs import READS_PER_POLL, DeathSigns

TOLD = {"X-Reason": "rejected", "X-Original-Subject": "jobs.a"}


async def dead(broker: NatsBroker) -> set[str]:
    return {name for name, queue in (await queues(broker)).items() if queue.dead_letters}


async def test_a_stream_named_for_dead_letters_is_known_by_its_oldest_message(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    names = ("jobs_dlq", "failed_jobs", "jobs", "empty_dlq", "worked_dlq")
    await asyncio.gather(*map(jetstream.stream, names))
    await jetstream.stream("graves", description="Dead letters of all")
    await jetstream.consumer("worked_dlq", "handler")
    assert await dead(nats_broker) == set()
    for name in ("jobs_dlq", "jobs", "worked_dlq", "graves"):
        await jetstream.publish(f"{name}.a", b"told", b"told", headers=TOLD)
    await jetstream.publish("failed_jobs.a", b"plain")
    assert await dead(nats_broker) == {"jobs_dlq", "graves"}


async def test_what_was_found_stays_while_it_is_the_same_stream(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await jetstream.stream("jobs_dlq")
    await jetstream.publish("jobs_dlq.a", b"told", headers=TOLD)
    assert await dead(nats_broker) == {"jobs_dlq"}
    await jetstream.consumer("jobs_dlq", "viewer")
    await jetstream.api("STREAM.PURGE.jobs_dlq")
    assert await dead(nats_broker) == {"jobs_dlq"}
    await jetstream.api("STREAM.DELETE.jobs_dlq")
    await jetstream.stream("jobs_dlq")
    assert await dead(nats_broker) == set()


async def test_a_poll_reads_few_messages_and_none_again(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    names = [f"dlq{number}" for number in range(READS_PER_POLL + 1)]
    await asyncio.gather(*map(jetstream.stream, names))
    for name in names:
        await jetstream.publish(f"{name}.a", b"plain")
    asked: list[str] = []
    watching = await jetstream.client.subscribe("$JS.API.STREAM.MSG.GET.*")

    async def reads(signs: DeathSigns) -> int:
        await signs.update(await poll(nats_broker._api))
        before = len(asked)
        await jetstream.client.flush()
        while watching.pending_msgs:
            asked.append((await watching.next_msg(1)).subject)
        return len(asked) - before

    signs = DeathSigns(nats_broker._api)
    assert [await reads(signs) for _ in range(3)] == [READS_PER_POLL, 1, 0]
    assert len(set(asked)) == len(names)
    await jetstream.publish("dlq0.a", b"plain")
    assert await reads(signs) == 0


@pytest.mark.parametrize(
    ("headers", "dead"),
    [
        (b"X-Reason: rejected", True),
        (b"x-failed-at: 2026-01-01T00:00:00Z", True),
        (b"X-Original-Subject: jobs.a", True),
        (b"Nats-Subject: jobs.a\r\nNats-Stream: jobs", False),
        (b"Number: 1", False),
    ],
)
def test_which_headers_tell_of_a_death(headers: bytes, dead: bool) -> None:
    assert tells_of_a_death(b"NATS/1.0\r\n" + headers + b"\r\n\r\n") is dead
