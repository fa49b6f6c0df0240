"""A running fleet on a real server."""

from collections.abc import AsyncIterator

import nats
import pytest
from nats.aio.client import Client

from tests.servers import NatsServer
from tests.unit.fleet.recorder import Recorder


@pytest.fixture
async def client(nats_server: NatsServer) -> AsyncIterator[Client]:
    async def ignore(_: Exception) -> None:
        """A test that restarts the server expects errors."""

    client = await nats.connect(nats_server.url, error_cb=ignore, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    yield client
    await client.close()


@pytest.fixture
async def recorder(nats_server: NatsServer, client: Client) -> AsyncIterator[Recorder]:
    """The queue is made by the test, with the limits it is about. Workers share one host, which spares a process."""
    recorder = Recorder(nats_server, client)
    await recorder.fleet.start()
    yield recorder
    await recorder.fleet.close()
