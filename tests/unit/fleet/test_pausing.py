"""A worker in this process, so that a message can come at the one moment that is asked about."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client

from tests.jetstream import JetStream
from tests.servers import NatsServer
from tests.unit.fleet.recorder import RUN, SOURCE, make_queue, worker
from tests.waiting import until
from wqstudio.brokers.nats.sessions.pulling import PullingSession
from wqstudio.brokers.session_factory import sessions_on
from wqstudio.domain.worker import Phase
from wqstudio.fleet.outbox import Outbox
from wqstudio.fleet.worker import Worker


@pytest.fixture
async def outbox() -> AsyncIterator[Outbox]:
    reading, writing = os.pipe()
    yield Outbox(writing, lambda: None)
    os.close(writing)
    os.close(reading)


async def test_what_comes_while_a_pause_takes_its_pull_back_is_worked_on_after_it(
    nats_server: NatsServer, client: Client, outbox: Outbox
) -> None:
    await make_queue(client.jetstream())
    session = await sessions_on(nats_server.connection).open_worker(SOURCE, 5)
    assert isinstance(session, PullingSession)

    async def open_session() -> PullingSession:
        return session

    paused = Worker(1, worker(service_time=0, prefetch=5), RUN, open_session, outbox)
    await until(lambda: session._outstanding)
    paused.pause()
    await until(lambda: not session._outstanding and not session._withdrawing.locked())
    await client.jetstream().publish("jobs.a", b"task")
    (message,) = await JetStream(client).pull("jobs", "workers", 1)
    session._take(message.subject.encode(), message.reply.encode(), b"", message.data)
    assert paused.update().held == 1
    paused.resume()
    await until(lambda: paused.update().held == 0)
    assert paused.update().phase is Phase.WAITING
    paused.stop()
    await asyncio.wait_for(paused._task, 10)
