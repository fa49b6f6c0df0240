"""A virtual host of a real node, and somebody else who uses it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from wqstudio.brokers.rabbitmq.client import RabbitClient, connect_client


@pytest.fixture
def user(rabbit_host: RabbitHost) -> Iterator[RabbitUser]:
    user = RabbitUser(rabbit_host)
    yield user
    user.close()


@pytest.fixture
async def client(rabbit_host: RabbitHost) -> AsyncIterator[RabbitClient]:
    client = await connect_client(rabbit_host.connection, name="test")
    yield client
    await client.close()
