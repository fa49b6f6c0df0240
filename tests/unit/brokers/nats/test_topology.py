"""What a QueueSpec becomes on a real server, and what it is refused for."""

from dataclasses import replace
from typing import Any

import pytest

from tests.jetstream import JetStream, queues
from tests.servers import StartNatsServer
from wqstudio.brokers.nats.broker import NatsBroker, connect
from wqstudio.brokers.port import BrokerError, RefusedError, UnsupportedError
from wqstudio.domain.queue import ConsumerSpec, QueueSpec

DAY = 86_400.0
JOBS = QueueSpec(
    "jobs",
    ("jobs.*.*",),
    max_messages=20_000,
    max_bytes=256 * 1024 * 1024,
    max_age=7 * DAY,
    consumers=(
        ConsumerSpec("high", "jobs.high.*", ack_wait=2.5, max_deliver=5, max_in_flight=64),
        ConsumerSpec("low", "jobs.low.*"),
    ),
)


async def _config(jetstream: JetStream, of: str) -> dict[str, Any]:
    config: dict[str, Any] = (await jetstream.api(of))["config"]
    return config


async def test_the_work_queue_comes_out_exactly(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await nats_broker.ensure(JOBS)
    config = await _config(jetstream, "STREAM.INFO.jobs")
    assert (
        config.items()
        >= {
            "subjects": ["jobs.*.*"],
            "storage": "file",
            "num_replicas": 1,
            "retention": "workqueue",
            "discard": "new",
            "max_msgs": 20_000,
            "max_msgs_per_subject": -1,
            "max_bytes": 268_435_456,
            "max_age": 7 * 86_400 * 10**9,
            "max_msg_size": -1,
            "duplicate_window": 120 * 10**9,
            "allow_rollup_hdrs": False,
            "deny_delete": False,
            "deny_purge": False,
            "allow_direct": True,
        }.items()
    )
    assert config["metadata"]["wqstudio"] == "owned"
    high = await _config(jetstream, "CONSUMER.INFO.jobs.high")
    assert (
        high.items()
        >= {
            "durable_name": "high",
            "filter_subject": "jobs.high.*",
            "ack_policy": "explicit",
            "ack_wait": 2_500_000_000,
            "max_deliver": 5,
            "max_ack_pending": 64,
        }.items()
    )


async def test_dead_letters_are_advisories_kept(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await nats_broker.ensure(replace(JOBS, consumers=(ConsumerSpec("workers", max_deliver=1),)))
    await nats_broker.ensure(QueueSpec("jobs_dlq", (), dead_letters_of="jobs"))
    config = await _config(jetstream, "STREAM.INFO.jobs_dlq")
    assert config["subjects"] == ["$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.jobs.*"]
    assert config["retention"] == "limits"
    assert config["metadata"]["dead_letter_queue"] == "true"
    await jetstream.publish("jobs.high.1", b"poison")
    await jetstream.exhaust("jobs", "workers", 1, 1)
    found = await queues(nats_broker)
    assert found["jobs_dlq"].messages == 1
    assert found["jobs"].stuck == 1


async def test_dead_letters_that_workers_publish_are_kept_by_their_routes_alone(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    await nats_broker.ensure(QueueSpec("jobs-dlq", ("jobs-dlq.*",), dead_letters_of="jobs"))
    config = await _config(jetstream, "STREAM.INFO.jobs-dlq")
    assert (config["subjects"], config["retention"]) == (["jobs-dlq.*"], "limits")
    assert (await queues(nats_broker))["jobs-dlq"].dead_letters


async def test_there_is_no_retry_queue(nats_broker: NatsBroker) -> None:
    with pytest.raises(UnsupportedError, match="JetStream has no retry queues"):
        await nats_broker.ensure(QueueSpec("jobs_retry", (), retries_of="jobs", delay=1.0))
    assert not await queues(nats_broker)


async def test_a_short_lived_stream_gets_a_window_that_fits(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await nats_broker.ensure(QueueSpec("brief", ("brief.>",), max_age=30, in_memory=True, discard_new=False))
    config = await _config(jetstream, "STREAM.INFO.brief")
    assert (config["duplicate_window"], config["storage"], config["discard"]) == (30 * 10**9, "memory", "old")


async def test_a_stream_that_differs_is_refused_with_every_difference(nats_broker: NatsBroker) -> None:
    await nats_broker.ensure(JOBS)
    other = replace(JOBS, routes=("jobs.>",), max_messages=5, max_age=DAY)
    with pytest.raises(RefusedError) as refused:
        await nats_broker.ensure(other)
    text = str(refused.value)
    assert "subjects is jobs.*.*, wanted jobs.>" in text
    assert "max_msgs is 20,000, wanted 5" in text
    assert "max_age is 7 d, wanted 1 d" in text
    assert "max_bytes" not in text


async def test_a_consumer_that_differs_is_refused(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await nats_broker.ensure(JOBS)
    await jetstream.consumer("jobs", "high", filter_subject="jobs.high.*", max_deliver=7)
    with pytest.raises(RefusedError, match=r"Consumer high of jobs exists and differs: .*max_deliver is 7, wanted 5"):
        await nats_broker.ensure(JOBS)


async def test_a_fitting_stream_that_is_not_the_studios_is_left_alone(
    nats_broker: NatsBroker, jetstream: JetStream
) -> None:
    await jetstream.stream("jobs", "jobs.*.*", retention="workqueue", storage="file", discard="new")
    with pytest.raises(RefusedError, match="the studio did not make it"):
        await nats_broker.ensure(QueueSpec("jobs", ("jobs.*.*",)))
    assert not (await queues(nats_broker))["jobs"].owned


async def test_more_than_the_account_allows_is_explained(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(
        "accounts { A { jetstream: { max_file: 1000000, max_streams: 1 }, users: [ { user: a, password: a } ] } }\n"
        "no_auth_user: a\n"
    )
    broker = await connect(server.connection)
    with pytest.raises(
        RefusedError, match=r"Making stream jobs failed: .* \(error 10047\)\. Choose a smaller size limit"
    ):
        await broker.ensure(JOBS)
    await broker.ensure(QueueSpec("one", ("one",)))
    with pytest.raises(RefusedError, match=r"maximum number of streams reached \(error 10027\)"):
        await broker.ensure(QueueSpec("two", ("two",)))
    await broker.close()


@pytest.mark.parametrize(
    ("denied", "left", "said"),
    [
        ('"$JS.API.CONSUMER.CREATE.>"', [], r'publish to "\$JS\.API\.CONSUMER\.CREATE\.jobs\.high\.jobs\.high\.\*"'),
        ('"$JS.API.CONSUMER.CREATE.>", "$JS.API.STREAM.DELETE.>"', ["jobs"], "Stream jobs, .* is left behind"),
    ],
)
async def test_a_stream_whose_consumers_cannot_be_made_does_not_stay(
    start_nats_server: StartNatsServer, denied: str, left: list[str], said: str
) -> None:
    server = start_nats_server(
        "accounts { A { jetstream: enabled, users: ["
        f" {{ user: a, password: a, permissions: {{ publish: {{ deny: [{denied}] }} }} }} ] }} }}\n"
        "no_auth_user: a\n"
    )
    broker = await connect(server.connection)
    with pytest.raises(BrokerError, match=said):
        await broker.ensure(JOBS)
    assert [*await queues(broker)] == left
    await broker.close()


async def test_overlapping_subjects_are_explained(nats_broker: NatsBroker, jetstream: JetStream) -> None:
    await jetstream.stream("theirs", "jobs.>")
    with pytest.raises(RefusedError, match="subjects overlap"):
        await nats_broker.ensure(JOBS)


@pytest.mark.parametrize("name", ["", "a b", "a.b", "a*", "a>", "a/b", "a\\b", "a\n"])
async def test_names_that_cannot_be(nats_broker: NatsBroker, name: str) -> None:
    with pytest.raises(RefusedError, match="cannot be a name"):
        await nats_broker.ensure(QueueSpec(name, ("a",)))
    with pytest.raises(RefusedError, match="cannot be a name"):
        await nats_broker.ensure(QueueSpec("fine", ("a",), consumers=(ConsumerSpec(name),)))
