"""Subscriptions of the client whose messages go past nats-py; how it connects is told in tests/contract."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.brokers.nats.link.client import StudioClient
from wqstudio.brokers.nats.link.connecting import connect_client
from wqstudio.brokers.port import Link, LinkState


class Taker:
    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def __call__(self, subject: bytes, reply: bytes, headers: bytes, body: bytes) -> None:
        del subject, reply, headers
        self.bodies.append(body)


@pytest.fixture
def links() -> list[Link]:
    return []


@pytest.fixture
async def tapping(nats_server: NatsServer, links: list[Link]) -> AsyncIterator[StudioClient]:
    tapping = await connect_client(nats_server.connection, name="test", on_link=links.append)
    yield tapping
    await tapping.close()


async def test_all_that_came_for_a_tap_is_taken_once_it_is_given_up_and_nothing_after(tapping: StudioClient) -> None:
    taker = Taker()
    tap = await tapping.tap("somewhere", taker)
    await tapping.settle()
    bodies = [b"%04d" % number for number in range(2000)]
    await tapping.write(b"".join(b"PUB somewhere 4\r\n%b\r\n" % body for body in bodies))
    await tapping.untap(tap)
    assert taker.bodies == bodies
    await tapping.write(b"PUB somewhere 4\r\nlate\r\n")
    await tapping.settle()
    assert taker.bodies == bodies


async def test_a_tap_outlives_its_connection(nats_server: NatsServer, tapping: StudioClient, links: list[Link]) -> None:
    taker = Taker()
    await tapping.tap("somewhere", taker)
    nats_server.kill()
    nats_server.start()
    await until(lambda: [link.state for link in links].count(LinkState.CONNECTED) == 2)
    await tapping.write(b"PUB somewhere 4\r\nback\r\n")
    await tapping.settle()
    assert taker.bodies == [b"back"]


async def test_without_a_connection_a_tap_can_be_given_up_and_nothing_be_written(
    nats_server: NatsServer, tapping: StudioClient, links: list[Link]
) -> None:
    taker = Taker()
    tap = await tapping.tap("somewhere", taker)
    nats_server.kill()
    await until(lambda: links[-1].state is LinkState.RECONNECTING)
    with pytest.raises(ConnectionResetError):
        await tapping.write(b"PUB somewhere 4\r\ngone\r\n")
    await asyncio.wait_for(tapping.untap(tap), 5)
    nats_server.start()
    await until(lambda: links[-1].state is LinkState.CONNECTED)
    await tapping.write(b"PUB somewhere 4\r\nback\r\n")
    await tapping.settle()
    assert taker.bodies == []
