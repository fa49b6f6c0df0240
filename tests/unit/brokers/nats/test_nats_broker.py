"""Snapshots of real servers: retentions, kinds of consumers, many streams, odd content, denied accounts."""

import asyncio
import time

import pytest

from tests.jetstream import JetStream, queue_when, queues
from tests.servers import NatsServer, StartNatsServer
from wqstudio.brokers.nats.broker import NatsBroker, connect
from wqstudio.brokers.nats.jetstream.poll import poll
from wqstudio.brokers.pacing import STEP
from wqstudio.brokers.port import DeniedError
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.domain.reading import Unknown, known


def _consumers(queue: QueueState) -> dict[str, ConsumerState]:
    return {consumer.name: consumer for consumer in known(queue.consumers, ())}


async def test_three_hundred_streams_show_as_three_hundred(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await asyncio.gather(*(jetstream.stream(f"s{number}") for number in range(300)))
    assert set(await queues(nats_broker)) == {f"s{number}" for number in range(300)}


async def test_three_hundred_consumers_show_as_three_hundred(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await jetstream.stream("events")
    await asyncio.gather(*(jetstream.consumer("events", f"c{number}") for number in range(300)))
    assert len(_consumers((await queues(nats_broker))["events"])) == 300


async def test_streams_that_come_and_go_while_polled_do_no_harm(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await asyncio.gather(*(jetstream.stream(f"stays{number}") for number in range(270)))

    async def churn() -> None:
        for number in range(60):
            await jetstream.stream(f"goes{number}")
            await jetstream.consumer(f"goes{number}", "workers")
            await jetstream.api(f"STREAM.DELETE.goes{number}")

    churning = asyncio.ensure_future(churn())
    polls = 0
    while not churning.done():
        names = set(await queues(nats_broker))
        assert sum(name.startswith("stays") for name in names) == 270
        polls += 1
    await churning
    assert polls > 1


async def test_a_limits_stream_waits_for_its_slowest_consumer(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await jetstream.stream("events", retention="limits")
    await jetstream.consumer("events", "fast")
    await jetstream.consumer("events", "slow")
    await jetstream.publish("events.a", *[b"event"] * 6)
    await jetstream.settle(*await jetstream.pull("events", "fast", 4))
    await jetstream.pull("events", "slow", 1)
    queue = (await queues(nats_broker))["events"]
    assert queue.kind == "limits stream"
    assert (queue.messages, queue.waiting, queue.in_flight, queue.stuck) == (6, 5, 1, 0)
    assert (queue.published, queue.delivered, queue.acked) == (6, 5, 4)
    assert _consumers(queue)["fast"].waiting == 2


async def test_stuck_cannot_be_told_where_acknowledged_messages_stay(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    await jetstream.stream("events", retention="limits")
    await jetstream.consumer("events", "workers", max_deliver=2)
    await jetstream.publish("events.a", b"event")
    stuck = (await queues(nats_broker))["events"].stuck
    assert isinstance(stuck, Unknown)
    assert "cannot be told apart" in stuck.reason


async def test_an_interest_stream_with_one_consumer_counts_like_a_work_queue(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    await jetstream.stream("events", retention="interest")
    await jetstream.consumer("events", "workers", max_deliver=1)
    await jetstream.publish("events.a", *[b"event"] * 2)
    await jetstream.exhaust("events", "workers", 2, 1)
    await jetstream.publish("events.a", *[b"event"] * 3)
    await jetstream.settle(*await jetstream.pull("events", "workers", 1))
    queue = (await queues(nats_broker))["events"]
    assert queue.kind == "interest stream"
    assert (queue.messages, queue.waiting, queue.in_flight, queue.stuck, queue.acked) == (4, 2, 0, 2, 1)


async def test_an_interest_stream_with_two_consumers(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await jetstream.stream("events", retention="interest")
    await jetstream.consumer("events", "one")
    await jetstream.consumer("events", "two")
    await jetstream.publish("events.a", *[b"event"] * 4)
    await jetstream.settle(*await jetstream.pull("events", "one", 3))
    await jetstream.settle(*await jetstream.pull("events", "two", 1))
    await jetstream.pull("events", "two", 1)
    queue = (await queues(nats_broker))["events"]
    assert (queue.messages, queue.waiting, queue.in_flight, queue.stuck, queue.acked) == (3, 2, 1, 0, 1)


async def test_push_consumers_without_and_with_common_acks(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await jetstream.stream("events", retention="limits")
    for name, policy in (("silent", "none"), ("common", "all")):
        await jetstream.client.subscribe(f"deliver.{name}")
        await jetstream.consumer("events", name, ack_policy=policy, deliver_subject=f"deliver.{name}")
    await jetstream.publish("events.a", *[b"event"] * 3)
    queue = await queue_when(nats_broker, "events", lambda queue: queue.delivered == 6)
    silent, common = _consumers(queue)["silent"], _consumers(queue)["common"]
    assert (silent.waiting, silent.in_flight, silent.delivered, silent.acked) == (0, 0, 3, 3)
    assert (common.waiting, common.in_flight, common.delivered, common.acked) == (0, 3, 3, 0)
    assert silent.last_active is not None


async def test_a_consumers_own_figures(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await jetstream.stream("jobs", retention="workqueue")
    await jetstream.consumer("jobs", "workers")
    idle = _consumers((await queues(nats_broker))["jobs"])["workers"]
    assert idle.last_active is None
    pulling = asyncio.ensure_future(jetstream.pull("jobs", "workers", 5, expires=5))
    queue = await queue_when(nats_broker, "jobs", lambda queue: _consumers(queue)["workers"].open_pulls == 1)
    await jetstream.publish("jobs.a", *[b"task"] * 5)
    before = time.time()
    await jetstream.settle(*(await pulling)[:2])
    busy = _consumers(await queue_when(nats_broker, "jobs", lambda queue: queue.in_flight == 3))["workers"]
    assert (busy.waiting, busy.delivered, busy.acked, busy.open_pulls) == (0, 5, 2, 0)
    assert busy.last_active == pytest.approx(before, abs=5)
    assert queue.name == busy.queue


async def test_long_subjects_and_spaces_in_texts(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    long = "long." + "x" * 1_000
    await jetstream.stream(
        "long", long, retention="workqueue", description="a b\tc — “ü”", metadata={"a key": "two words"}
    )
    await jetstream.consumer("long", "workers", filter_subject=long, description="spaces  here")
    await jetstream.publish(long, b"task")
    assert (await queues(nats_broker))["long"].waiting == 1
    values = {setting.name: setting.value for group in nats_broker.describe("long") for setting in group.settings}
    assert values["Subjects"] == long
    assert values["a key"] == "two words"


async def test_dead_letter_streams_are_known_by_metadata_and_by_subject(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    await jetstream.stream("said", metadata={"dead_letter_queue": "true"})
    await jetstream.stream("meant", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.jobs.*")
    await jetstream.stream("ended", "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>")
    await jetstream.stream("neither", metadata={"dead_letter_queue": "no"})
    found = {name: queue.dead_letters for name, queue in (await queues(nats_broker)).items()}
    assert found == {"said": True, "meant": True, "ended": True, "neither": False}


ACCOUNTS = """
accounts {{ APP {{ jetstream: enabled, users: [
  {{ user: admin, password: admin }},
  {{ user: limited, password: limited, permissions: {{ publish: {{ deny: {deny} }} }} }}
] }}, BARE {{ users: [ {{ user: bare, password: bare }} ] }} }}
"""


def _as(server: NatsServer, user: str) -> NatsConnection:
    return NatsConnection(urls=(server.url,), user=user, password=user)


async def test_a_denied_listing_is_unknown_at_once_and_says_why(start_nats_server: StartNatsServer) -> None:
    broker = await connect(_as(start_nats_server(ACCOUNTS.format(deny='["$JS.API.STREAM.LIST"]')), "limited"))
    for _ in range(3):
        snapshot = await broker.snapshot()
        assert isinstance(snapshot.queues, Unknown)
        assert "no permission" in snapshot.queues.reason
        assert "stream.list" in snapshot.queues.reason.lower()
        assert snapshot.took < 1
    await broker.close()


async def test_denied_consumers_are_unknown_while_the_stream_has_its_numbers(
    start_nats_server: StartNatsServer,
) -> None:
    server = start_nats_server(ACCOUNTS.format(deny='["$JS.API.CONSUMER.>"]'))
    jetstream = await JetStream.connect(server, user="admin", password="admin")
    await jetstream.stream("jobs", retention="workqueue")
    await jetstream.consumer("jobs", "workers")
    await jetstream.publish("jobs.a", b"task")
    broker = await connect(_as(server, "limited"))
    queue = (await queues(broker))["jobs"]
    assert (queue.messages, queue.published) == (1, 1)
    for reading in (queue.consumers, queue.waiting, queue.in_flight, queue.stuck, queue.acked, queue.delivered):
        assert isinstance(reading, Unknown)
        assert "no permission" in reading.reason
    await queues(broker)
    assert server.log.count("Publish Violation") == 1, "a denied subject is not asked again each poll"
    with pytest.raises(DeniedError, match="no permission"):
        await broker._api.consumer("jobs", "workers")
    await broker.close()
    await jetstream.close()


async def test_an_account_that_may_not_listen_for_answers_is_told_so(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(
        "accounts { A { jetstream: enabled, users: ["
        ' { user: deaf, password: deaf, permissions: { subscribe: { deny: ["_INBOX.>"] } } } ] } }'
    )
    broker = await connect(_as(server, "deaf"))
    snapshot = await broker.snapshot()
    assert isinstance(snapshot.queues, Unknown)
    assert "no permission for subscription" in snapshot.queues.reason
    assert snapshot.took < 1
    await broker.close()


async def test_an_account_without_jetstream_is_told_so(start_nats_server: StartNatsServer) -> None:
    broker = await connect(_as(start_nats_server(ACCOUNTS.format(deny="[]")), "bare"))
    snapshot = await broker.snapshot()
    assert isinstance(snapshot.queues, Unknown)
    assert "JetStream is not enabled" in snapshot.queues.reason
    await broker.close()


async def test_others_on_the_loop_have_their_turn_while_readings_are_made(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    await asyncio.gather(*(jetstream.stream(f"s{number}") for number in range(200)))
    observed = await poll(nats_broker._api)
    turns = 0

    async def beat() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    beating = asyncio.ensure_future(beat())
    await asyncio.sleep(0)
    before = turns
    assert len(await nats_broker._readings(observed)) == 200
    assert turns - before == 200 // STEP
    beating.cancel()
