"""A JetStream server, an outside user of it, and the adapter connected to it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from tests.servers import NatsServer
from wqstudio.brokers.nats.broker import NatsBroker, connect
from wqstudio.brokers.nats.letters.letters import NatsLetters, open_letters
from wqstudio.brokers.nats.letters.outlet import NatsOutlet, open_outlet
from wqstudio.domain.connection import NatsConnection


@pytest.fixture
async def nats_broker(nats_server: NatsServer) -> AsyncIterator[NatsBroker]:
    broker = await connect(nats_server.connection)
    yield broker
    await broker.close()


class OpenLetters(Protocol):
    """The ``letters_of`` fixture."""

    async def __call__(
        self, stream: str, *, exhausted: bool = False, connection: NatsConnection | None = None
    ) -> NatsLetters: ...


@pytest.fixture
async def letters_of(nats_server: NatsServer) -> AsyncIterator[OpenLetters]:
    """Open a stream's letters, of the fixture server where no connection is given; closed at the end of the test."""
    opened: list[NatsLetters] = []

    async def open_(stream: str, *, exhausted: bool = False, connection: NatsConnection | None = None) -> NatsLetters:
        letters = await open_letters(connection or nats_server.connection, stream, exhausted=exhausted)
        opened.append(letters)
        return letters

    yield open_
    for letters in opened:
        await letters.close()


async def until_count(letters: NatsLetters, count: int, within: float = 30.0) -> None:
    """Advisories and sourced messages are stored a moment after what they tell of."""
    end = asyncio.get_running_loop().time() + within
    while letters.count != count:
        assert asyncio.get_running_loop().time() < end, f"there are {letters.count} letters, not {count}"
        await asyncio.sleep(0.01)
        await letters.refresh()


@pytest.fixture
async def outlet(nats_server: NatsServer) -> AsyncIterator[NatsOutlet]:
    outlet = await open_outlet(nats_server.connection)
    yield outlet
    await outlet.close()
