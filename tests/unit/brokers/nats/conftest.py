"""A JetStream server, an outside user of it, and the adapter connected to it."""

from collections.abc import AsyncIterator

import pytest

from tests.jetstream import JetStream
from tests.servers import NatsServer
from wqstudio.brokers.nats.broker import NatsBroker, connect


@pytest.fixture
async def jetstream(nats_server: NatsServer) -> AsyncIterator[JetStream]:
    jetstream = await JetStream.connect(nats_server)
    yield jetstream
    await jetstream.close()


@pytest.fixture
async def nats_broker(nats_server: NatsServer) -> AsyncIterator[NatsBroker]:
    broker = await connect(nats_server.connection)
    yield broker
    await broker.close()
