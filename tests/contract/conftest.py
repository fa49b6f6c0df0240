"""Every broker that the contract is run against."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.labs import Lab, NatsLab
from tests.servers import StartNatsServer
from wqstudio.brokers.factory import open_broker
from wqstudio.brokers.port import Broker


@pytest.fixture(params=["nats"])
async def lab(request: pytest.FixtureRequest, start_nats_server: StartNatsServer) -> AsyncIterator[Lab]:
    match request.param:
        case "nats":
            lab = NatsLab(start_nats_server())
        case other:
            raise NotImplementedError(other)
    yield lab
    await lab.close()


@pytest.fixture
async def broker(lab: Lab) -> AsyncIterator[Broker]:
    broker = await open_broker(lab.connection)
    yield broker
    await broker.close()
