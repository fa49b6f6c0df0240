"""Counting stored tasks with and without direct get, whatever the messages are like."""

import pytest

from tests.jetstream import JetStream, queue_when
from tests.servers import NatsServer, StartNatsServer
from tests.waiting import until
from wqstudio.brokers.nats.broker import NatsBroker, connect
from wqstudio.brokers.nats.jetstream.census import BATCH
from wqstudio.brokers.port import LinkState, RefusedError
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.task import TASK_HEADER, TaskId

DIRECT_OR_NOT = pytest.mark.parametrize("direct", [True, False])


def _task(number: int) -> str:
    return str(TaskId("run", 2, number))


def _numbers(*numbers: int) -> list[int]:
    return [TaskId("run", 2, number).number for number in numbers]


@DIRECT_OR_NOT
async def test_headers_in_any_encoding(nats_broker: NatsBroker, jetstream: JetStream, direct: bool) -> None:
    await jetstream.stream("jobs", allow_direct=direct)
    await jetstream.publish_raw("jobs.raw", b"Odd: \xff\xfe\x80\r\nWqs-Task: %b\r\n" % _task(1).encode(), b"\xff")
    await jetstream.publish_raw("jobs.raw", b"Wqs-Task: \xff\xfe\r\n", b"")
    await jetstream.publish_raw("jobs.raw", b"Wqs-Task:%b\r\nNo colon\r\n" % _task(2).encode(), b"")
    await jetstream.publish_raw("jobs.raw", b"Wqs-Task: run.1.%b\r\n" % (b"9" * 5_000), b"")
    assert await nats_broker.remaining_tasks("jobs", "run") == _numbers(1, 2)


@DIRECT_OR_NOT
async def test_gaps_and_more_than_one_batch(nats_broker: NatsBroker, jetstream: JetStream, direct: bool) -> None:
    await jetstream.stream("jobs", allow_direct=direct)
    count = BATCH + 20
    for number in range(count):
        await jetstream.client.publish("jobs.a", b"task", headers={TASK_HEADER: _task(number)})
    await queue_when(nats_broker, "jobs", lambda queue: queue.messages == count)
    for number in (0, 1, 500, BATCH, count - 1):
        await jetstream.api("STREAM.MSG.DELETE.jobs", {"seq": number + 1})
    expected = _numbers(*(number for number in range(count) if number not in {0, 1, 500, BATCH, count - 1}))
    assert await nats_broker.remaining_tasks("jobs", "run") == expected


@DIRECT_OR_NOT
async def test_bodies_of_eight_megabytes(start_nats_server: StartNatsServer, direct: bool) -> None:
    server = start_nats_server("max_payload: 8500000\n")
    jetstream = await JetStream.connect(server)
    broker = await connect(server.connection)
    await jetstream.stream("jobs", allow_direct=direct)
    for number in range(3):
        await jetstream.publish("jobs.a", b"x" * 8_000_000, headers={TASK_HEADER: _task(number)})
    assert await broker.remaining_tasks("jobs", "run") == _numbers(0, 1, 2)
    await broker.close()
    await jetstream.close()


async def test_an_account_without_direct_get_reads_one_by_one(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(
        "accounts { A { jetstream: enabled, users: [ { user: admin, password: admin },"
        ' { user: limited, password: limited, permissions: { publish: { deny: ["$JS.API.DIRECT.>"] } } } ] } }'
    )
    jetstream = await JetStream.connect(server, user="admin", password="admin")
    await jetstream.stream("jobs", allow_direct=True)
    await jetstream.publish("jobs.a", b"task", headers={TASK_HEADER: _task(1)})
    broker = await connect(NatsConnection(urls=(server.url,), user="limited", password="limited"))
    assert await broker.remaining_tasks("jobs", "run") == _numbers(1)
    await broker.close()
    await jetstream.close()


async def test_a_stream_in_memory_that_went_with_its_server_is_empty(
    nats_server: NatsServer, nats_broker: NatsBroker
) -> None:
    await nats_broker.ensure(QueueSpec("jobs", ("jobs.>",), in_memory=True))
    nats_server.stop()
    await until(lambda: nats_broker.link.state is not LinkState.CONNECTED)
    nats_server.start()
    await until(lambda: nats_broker.link.state is LinkState.CONNECTED)
    assert await nats_broker.remaining_tasks("jobs", "run") == []
    with pytest.raises(RefusedError):
        await nats_broker.remaining_tasks("nothing_there", "run")
