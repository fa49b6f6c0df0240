"""A pull that ends, is refused or is lost is made anew."""

import asyncio

import psutil
import pytest

from tests.jetstream import JetStream
from tests.servers import NatsServer, StartNatsServer
from tests.waiting import until
from wqstudio.brokers.nats.sessions import pulling
from wqstudio.brokers.nats.sessions.sessions import NatsSessions
from wqstudio.brokers.port import DeniedError, LinkState, RefusedError
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.queue import Source

SOURCE = Source("jobs", "workers")


@pytest.fixture
async def stream(jetstream: JetStream) -> JetStream:
    await jetstream.stream("jobs")
    return jetstream


async def test_a_pull_that_runs_out_is_renewed(nats_server: NatsServer, stream: JetStream) -> None:
    await stream.consumer("jobs", "workers", max_expires=200_000_000)
    session = await NatsSessions(nats_server.connection).open_worker(SOURCE, 1)
    assert isinstance(session, pulling.PullingSession)
    waiting = asyncio.ensure_future(session.take())
    await until(lambda: session._pulls == 3)
    assert not waiting.done()
    await stream.publish("jobs.a", b"late")
    (delivery,) = await asyncio.wait_for(waiting, 5)
    assert delivery.body == b"late"
    await session.close()


async def test_a_pull_keeps_to_the_consumers_limit(nats_server: NatsServer, stream: JetStream) -> None:
    await stream.consumer("jobs", "workers", max_batch=2)
    await stream.publish("jobs.a", b"", b"", b"")
    session = await NatsSessions(nats_server.connection).open_worker(SOURCE, 100)
    taken = list(await session.take())
    while len(taken) < 2:
        taken += await session.take()
    assert (await stream.api("CONSUMER.INFO.jobs.workers"))["num_ack_pending"] == 2
    await session.close()


async def test_a_pull_for_which_there_was_no_room_is_made_again(
    nats_server: NatsServer, stream: JetStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "HEARTBEAT", 0.1)  # the server drops such a pull without a word
    await stream.consumer("jobs", "workers", max_waiting=1)
    first = await NatsSessions(nats_server.connection).open_worker(SOURCE, 1)
    standing = asyncio.ensure_future(first.take())
    await _until_pulled(stream)
    second = await NatsSessions(nats_server.connection).open_worker(SOURCE, 1)
    assert isinstance(second, pulling.PullingSession)
    left_out = asyncio.ensure_future(second.take())
    await until(lambda: second._pulls == 2)
    assert not left_out.done()
    await first.close()
    assert await standing == ()
    await stream.publish("jobs.a", b"")
    assert len(await asyncio.wait_for(left_out, 5)) == 1
    await second.close()


async def test_a_pull_that_falls_silent_is_made_again(
    nats_server: NatsServer, stream: JetStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "HEARTBEAT", 0.1)
    await stream.consumer("jobs", "workers")
    session = await NatsSessions(nats_server.connection).open_worker(SOURCE, 1)
    assert isinstance(session, pulling.PullingSession)
    session._outstanding = 1  # as if the server had forgotten the pull
    await stream.publish("jobs.a", b"")
    assert len(await asyncio.wait_for(session.take(), 5)) == 1
    await session.close()


async def test_a_pull_that_is_asked_for_as_the_connection_goes_is_made_once(
    nats_server: NatsServer, stream: JetStream
) -> None:
    """Kept for the next connection it would stand beside the one that is made there, and a fair worker hoard."""
    await stream.consumer("jobs", "workers")
    session = await NatsSessions(nats_server.connection).open_worker(SOURCE, 1)
    assert isinstance(session, pulling.PullingSession)
    since = session.link.since
    await session._client._process_op_err(ConnectionResetError())  # which the session is told a little later
    taking = asyncio.ensure_future(session.take())
    await until(lambda: session.link.state is LinkState.CONNECTED and session.link.since > since)
    await until(lambda: session._outstanding)
    await session._client.settle()
    await stream.publish("jobs.a", b"", b"")
    assert len(await asyncio.wait_for(taking, 5)) == 1
    assert (await stream.api("CONSUMER.INFO.jobs.workers"))["num_ack_pending"] == 1
    await session.close()


async def test_a_push_consumer_is_refused(nats_server: NatsServer, stream: JetStream) -> None:
    await stream.consumer("jobs", "workers", deliver_subject="there")
    with pytest.raises(RefusedError, match="push consumer"):
        await NatsSessions(nats_server.connection).open_worker(SOURCE, 1)


async def test_an_account_that_may_not_pull_is_told_so(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server('authorization { users: [{user: u, password: p, permissions: {publish: "jobs.>"}}] }')
    with pytest.raises(DeniedError):
        await NatsSessions(NatsConnection((server.url,), user="u", password="p")).open_worker(SOURCE, 1)


async def test_a_deleted_consumer_ends_the_session(nats_server: NatsServer, stream: JetStream) -> None:
    await stream.consumer("jobs", "workers")
    session = await NatsSessions(nats_server.connection).open_worker(SOURCE, 1)
    waiting = asyncio.ensure_future(session.take())
    await _until_pulled(stream)
    await stream.api("CONSUMER.DELETE.jobs.workers")
    with pytest.raises(RefusedError, match="Consumer Deleted"):
        await asyncio.wait_for(waiting, 5)
    await session.close()


async def test_a_stream_that_is_gone_ends_the_session(nats_server: NatsServer, stream: JetStream) -> None:
    await stream.consumer("jobs", "workers")
    session = await NatsSessions(nats_server.connection).open_worker(SOURCE, 1)
    await stream.api("STREAM.DELETE.jobs")
    with pytest.raises(RefusedError, match="no consumer workers on jobs"):
        await asyncio.wait_for(session.take(), 5)
    await session.close()


async def test_an_aborted_session_leaves_no_task_behind(nats_server: NatsServer, stream: JetStream) -> None:
    await stream.consumer("jobs", "workers")
    before = asyncio.all_tasks()
    session = await NatsSessions(nats_server.connection).open_worker(SOURCE, 1)
    waiting = asyncio.ensure_future(session.take())
    await _until_pulled(stream)
    session.abort()
    assert await waiting == ()
    if leftovers := asyncio.all_tasks() - before:
        await asyncio.wait(leftovers, timeout=2)
    assert asyncio.all_tasks() <= before


async def test_an_aborted_session_keeps_nobody_who_takes_its_pull_back(
    nats_server: NatsServer, stream: JetStream
) -> None:
    await stream.consumer("jobs", "workers")
    session = await NatsSessions(nats_server.connection).open_worker(SOURCE, 1)
    waiting = asyncio.ensure_future(session.take())
    await _until_pulled(stream)
    server = psutil.Process(nats_server.pid)
    server.suspend()
    try:
        pausing = asyncio.ensure_future(session.pause())
        assert await waiting == ()
        session.abort()
        await asyncio.wait_for(pausing, 5)
    finally:
        server.resume()


async def _until_pulled(stream: JetStream) -> None:
    async with asyncio.timeout(5):
        while (await stream.api("CONSUMER.INFO.jobs.workers"))["num_waiting"] != 1:  # noqa: ASYNC110 - the server's state has no event
            await asyncio.sleep(0.01)
