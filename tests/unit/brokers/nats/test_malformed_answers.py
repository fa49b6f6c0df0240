"""Answers that are not JetStream's, from a responder on a real server without JetStream."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import nats
import pytest
from nats.aio.msg import Msg

from tests.jetstream import queues
from tests.servers import NatsServer, StartNatsServer
from wqstudio.brokers.nats.broker import NatsBroker, connect
from wqstudio.brokers.port import BrokerError, RefusedError
from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.reading import Unknown

Answers = dict[str, bytes]
STREAM = {"config": {"name": "jobs", "retention": "workqueue"}, "state": {"messages": 3, "last_seq": 3}}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _streams(*streams: object, **page: object) -> bytes:
    return _json({"total": len(streams), "streams": list(streams), **page})


def _with_consumer() -> object:
    return {**STREAM, "state": {"messages": 3, "last_seq": 3, "consumer_count": 1}}


@pytest.fixture
async def answers(start_nats_server: StartNatsServer) -> AsyncIterator[tuple[NatsServer, Answers]]:
    """What is answered, by the beginning of the operation: the longest that matches."""
    server = start_nats_server(jetstream=False)
    client = await nats.connect(server.url)
    table: Answers = {}

    async def answer(msg: Msg) -> None:
        operation = msg.subject.removeprefix("$JS.API.")
        matching = [known for known in table if operation.startswith(known)]
        if matching:
            await client.publish(msg.reply, table[max(matching, key=len)])

    await client.subscribe("$JS.API.>", cb=answer)
    for _ in range(2):  # nats-py's first ping overtakes the subscription
        await client.flush()
    yield server, table
    await client.close()


@pytest.fixture
async def broker(answers: tuple[NatsServer, Answers]) -> AsyncIterator[NatsBroker]:
    broker = await connect(answers[0].connection)
    yield broker
    await broker.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{",
        b'{"total": 1, "streams": [',
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"total": "many"}',
        b'{"total": 1e400}',
        b'{"streams": {"a": 1}}',
        b'{"error": "no"}',
        b'{"error": {"code": 500, "description": "worse"}}',
        b"[" * 100_000,
    ],
)
async def test_a_listing_that_makes_no_sense_is_unknown(
    answers: tuple[NatsServer, Answers], broker: NatsBroker, answer: bytes
) -> None:
    answers[1]["STREAM.LIST"] = answer
    snapshot = await broker.snapshot()
    assert isinstance(snapshot.queues, Unknown)
    assert snapshot.queues.reason.startswith("Listing the streams failed")
    with pytest.raises(BrokerError):
        await broker.remove_owned()


@pytest.mark.parametrize(
    "broken",
    [
        {"config": {"name": "bad"}, "state": {"messages": "three"}},
        {"config": {"name": "bad"}, "state": {"messages": 2**64 - 1}},
        {"config": {"name": "bad"}, "state": {"messages": -1}},
        {"config": {"name": "bad"}, "state": {"first_ts": "yesterday"}},
        {"config": {"name": "bad", "subjects": 7}},
        {"config": {"name": "bad", "metadata": {"a": 1}}},
    ],
)
async def test_one_broken_stream_does_not_spoil_the_others(
    answers: tuple[NatsServer, Answers], broker: NatsBroker, broken: object
) -> None:
    answers[1]["STREAM.LIST"] = _streams(broken, STREAM)
    found = await queues(broker)
    assert found["jobs"].messages == 3
    assert isinstance(found["bad"].messages, Unknown)
    assert "makes no sense" in found["bad"].messages.reason
    assert broker.describe("bad") == ()


async def test_nothing_but_a_name_is_enough(answers: tuple[NatsServer, Answers], broker: NatsBroker) -> None:
    answers[1]["STREAM.LIST"] = _streams({"config": {"name": "bare", "subjects": None, "unheard": {"of": []}}})
    queue = (await queues(broker))["bare"]
    assert (queue.messages, queue.oldest, queue.kind) == (0, None, "limits stream")
    assert broker.describe("bare") != ()


@pytest.mark.parametrize("answer", [b"", b"{", b'{"total":1,"consumers":7}', b'{"error":{"code":503}}'])
async def test_consumers_that_make_no_sense_leave_the_stream_its_numbers(
    answers: tuple[NatsServer, Answers], broker: NatsBroker, answer: bytes
) -> None:
    answers[1].update({"STREAM.LIST": _streams(_with_consumer()), "CONSUMER.LIST": answer})
    queue = (await queues(broker))["jobs"]
    assert queue.messages == 3
    assert isinstance(queue.consumers, Unknown)
    assert isinstance(queue.waiting, Unknown)


async def test_one_broken_consumer_makes_the_sums_unknown(
    answers: tuple[NatsServer, Answers], broker: NatsBroker
) -> None:
    consumers = [{"name": "good", "num_pending": 3}, {"name": "bad", "num_pending": 2**64 - 1}]
    answers[1]["STREAM.LIST"] = _streams(_with_consumer())
    answers[1]["CONSUMER.LIST"] = _json({"total": 2, "consumers": consumers})
    queue = (await queues(broker))["jobs"]
    assert not isinstance(queue.consumers, Unknown)
    assert {consumer.name: consumer.waiting for consumer in queue.consumers}["good"] == 3
    assert isinstance(queue.waiting, Unknown)


async def test_missing_and_offline_streams_say_so(answers: tuple[NatsServer, Answers], broker: NatsBroker) -> None:
    answers[1]["STREAM.LIST"] = _streams(STREAM, total=3, missing=["lost"], offline={"old": "unsupported feature"})
    found = await queues(broker)
    assert found["jobs"].messages == 3
    assert isinstance(found["lost"].messages, Unknown)
    assert found["old"].messages == Unknown("it is offline: unsupported feature")


async def test_a_total_that_is_never_reached_ends(answers: tuple[NatsServer, Answers], broker: NatsBroker) -> None:
    answers[1]["STREAM.LIST"] = _streams(STREAM, total=10**9)
    async with asyncio.timeout(5):
        snapshot = await broker.snapshot()
    assert not isinstance(snapshot.queues, Unknown)
    assert set(snapshot.queues) == {"jobs"}


@pytest.mark.parametrize(
    "call",
    [
        lambda broker: broker.ensure(QueueSpec("jobs", ("jobs.>",))),
        lambda broker: broker.remaining_tasks("jobs", "run"),
    ],
)
async def test_other_calls_raise_the_ports_errors(
    answers: tuple[NatsServer, Answers], broker: NatsBroker, call: Callable[[NatsBroker], Awaitable[object]]
) -> None:
    answers[1][""] = b"{}}"
    with pytest.raises(BrokerError, match="makes no sense"):
        await call(broker)


async def test_nobody_answering_is_said(start_nats_server: StartNatsServer) -> None:
    broker = await connect(start_nats_server(jetstream=False).connection)
    with pytest.raises(RefusedError, match="JetStream is not enabled"):
        await broker.remove_owned()
    await broker.close()
