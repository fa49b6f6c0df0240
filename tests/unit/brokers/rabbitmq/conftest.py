"""The adapter connected to a virtual host of a real node: its client alone, and all of it."""

from collections.abc import AsyncIterator

import pytest

from tests.rabbit_servers import RabbitHost
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.broker import RabbitBroker, connect


@pytest.fixture
async def client(rabbit_host: RabbitHost) -> AsyncIterator[RabbitClient]:
    client = await connect_client(rabbit_host.connection, name="test")
    yield client
    await client.close()


@pytest.fixture
async def broker(rabbit_host: RabbitHost) -> AsyncIterator[RabbitBroker]:
    broker = await connect(rabbit_host.connection)
    yield broker
    await broker.close()
