"""Advisories and changes of the link as events, from a real server."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.jetstream import JetStream
from tests.servers import NatsServer, StartNatsServer
from tests.waiting import until
from wqstudio.brokers.nats.broker import NatsBroker, connect
from wqstudio.brokers.port import LinkState
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.domain.queue import ConsumerSpec, QueueSpec


@pytest.fixture
async def events(nats_broker: NatsBroker) -> AsyncIterator[list[Event]]:
    seen: list[Event] = []

    async def collect() -> None:
        async for event in nats_broker.events():
            seen.append(event)  # noqa: PERF401 - tests look at the list while it grows

    collecting = asyncio.ensure_future(collect())
    yield seen
    await nats_broker.close()
    await collecting


async def _seen(events: list[Event], text: str) -> Event:
    await until(lambda: any(text in event.text for event in events))
    return next(event for event in events if text in event.text)


async def test_what_happens_to_messages(jetstream: JetStream, events: list[Event]) -> None:
    await jetstream.stream("jobs", retention="workqueue")
    await jetstream.consumer("jobs", "workers", max_deliver=2)
    await jetstream.publish("jobs.a", b"1")
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 1), how=b"-NAK")
    nak = await _seen(events, "A worker gave back message 1 of jobs (consumer workers, 1st delivery)")
    assert (nak.topic, nak.level, nak.queue) == (Topic.REDELIVERED, Level.INFO, "jobs")
    await jetstream.exhaust("jobs", "workers", 1, 1)
    exhausted = await _seen(events, "Message 1 of jobs is exhausted after 2 deliveries (consumer workers)")
    assert (exhausted.topic, exhausted.level) == (Topic.DEAD_LETTER, Level.WARNING)
    await jetstream.publish("jobs.a", b"2")
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 1), how=b"+TERM no such customer")
    await _seen(events, "A worker terminated message 2 of jobs (consumer workers, 1st delivery): no such customer")


async def test_what_happens_to_streams_and_consumers(jetstream: JetStream, events: list[Event]) -> None:
    await jetstream.stream("jobs")
    await jetstream.consumer("jobs", "workers")
    await jetstream.api("CONSUMER.DELETE.jobs.workers")
    await jetstream.api("STREAM.DELETE.jobs")
    await _seen(events, "Stream jobs was removed")
    assert [event.text for event in events] == [
        "Stream jobs was made",
        "Consumer workers of jobs was made",
        "Consumer workers of jobs was removed",
        "Stream jobs was removed",
    ]


async def test_equal_events_within_a_second_become_one(jetstream: JetStream, events: list[Event]) -> None:
    await jetstream.stream("jobs", retention="workqueue")
    await jetstream.consumer("jobs", "workers")
    await jetstream.publish("jobs.a", *[b"task"] * 50)
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 50), how=b"-NAK")
    await _seen(events, "Workers gave back 49")
    given_back = [event.text for event in events if "gave back" in event.text]
    assert given_back == [
        "A worker gave back message 1 of jobs (consumer workers, 1st delivery)",
        "Workers gave back 49 messages of jobs (consumer workers)",
    ]


async def test_own_removals_are_no_failures(nats_broker: NatsBroker, jetstream: JetStream, events: list[Event]) -> None:
    await nats_broker.ensure(QueueSpec("jobs", ("jobs.>",), consumers=(ConsumerSpec("workers"),)))
    await jetstream.publish("jobs.a", b"1", b"2")
    await jetstream.pull("jobs", "workers", 2)
    await nats_broker.remove_owned()
    await jetstream.stream("last")
    await _seen(events, "Stream last was made")
    assert [event for event in events if event.level is not Level.INFO] == []
    assert not any("removed" in event.text or "deleted" in event.text for event in events)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"type": 7}', b'{"type": "unheard.of"}', b"\xff"])
async def test_malformed_advisories_are_ignored(jetstream: JetStream, events: list[Event], data: bytes) -> None:
    for kind in ("STREAM", "CONSUMER", "SERVER", "DOMAIN"):
        await jetstream.client.publish(f"$JS.EVENT.ADVISORY.{kind}.ODD.x", data)
    await jetstream.stream("fine")
    await _seen(events, "Stream fine was made")
    assert len(events) == 1


async def test_polls_are_not_audited_at_our_expense(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await jetstream.stream("jobs")
    await nats_broker.snapshot()
    before = nats_broker._client.stats["in_msgs"]
    await nats_broker.snapshot()
    assert nats_broker._client.stats["in_msgs"] - before == 1, "the server sends an audit of every request"


async def test_advisories_that_are_denied_are_said_once(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(
        "accounts { A { jetstream: enabled, users: [ { user: a, password: a, permissions: { subscribe: {"
        ' deny: ["$JS.EVENT.ADVISORY.>"] } } } ] } }\nno_auth_user: a\n'
    )
    broker = await connect(server.connection)
    await broker.ensure(QueueSpec("jobs", ("jobs.>",)))
    await broker.close()
    (event,) = [event async for event in broker.events()]
    assert (event.topic, event.level) == (Topic.SERVER, Level.WARNING)
    assert 'no permission for subscription to "$JS.EVENT.ADVISORY.STREAM.>"' in event.text


async def test_the_link_is_told_of(nats_broker: NatsBroker, nats_server: NatsServer, events: list[Event]) -> None:
    nats_server.kill()
    lost = await _seen(events, "was lost")
    assert (lost.topic, lost.level) == (Topic.SERVER, Level.WARNING)
    assert nats_server.url in lost.text
    nats_server.start()
    await _seen(events, "is back after")
    assert nats_broker.link.state is LinkState.CONNECTED
    assert nats_broker.link.url == nats_server.url
    jetstream = await JetStream.connect(nats_server)
    await jetstream.stream("after")
    await _seen(events, "Stream after was made")
    await jetstream.close()
