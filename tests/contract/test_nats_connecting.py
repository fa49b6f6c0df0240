"""Connecting to a real NATS server: logins, TLS, explanations, and reconnecting."""

import asyncio
from dataclasses import replace

import pytest

from tests.servers import NatsServer, StartNatsServer
from wqstudio.brokers.nats.client import connect_client
from wqstudio.brokers.port import DeniedError, Link, LinkState, UnreachableError
from wqstudio.domain.connection import NatsConnection


class Links:
    """What ``on_link`` was told, to be waited for."""

    def __init__(self) -> None:
        self.seen: list[Link] = []
        self._news = asyncio.Event()

    def __call__(self, link: Link) -> None:
        self.seen.append(link)
        self._news.set()

    @property
    def states(self) -> list[LinkState]:
        return [link.state for link in self.seen]

    async def until(self, state: LinkState, times: int = 1) -> Link:
        async with asyncio.timeout(15):
            while self.states.count(state) < times:
                self._news.clear()
                await self._news.wait()
        return [link for link in self.seen if link.state is state][-1]


async def test_reconnects_after_the_server_was_killed(nats_server: NatsServer) -> None:
    links = Links()
    client = await connect_client(nats_server.connection, name="test", on_link=links)
    nats_server.kill()
    lost = await links.until(LinkState.RECONNECTING)
    assert lost.reason
    assert lost.url == nats_server.url
    nats_server.start()
    await links.until(LinkState.CONNECTED, times=2)
    answer = await client.ask("$JS.API.INFO", doing="asking for the account")
    assert b"account_info" in answer.data
    await client.close()
    assert links.seen[-1].state is LinkState.CLOSED


async def test_wrong_password_names_host_and_user(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server('authorization { user: ana, password: "right" }')
    wrong = replace(server.connection, user="ana", password="wrong")
    with pytest.raises(DeniedError, match=rf"127.0.0.1:{server.port} denied the login as user ana"):
        await connect_client(wrong, name="test")
    client = await connect_client(replace(wrong, password="right"), name="test")
    await client.close()


async def test_closed_port_names_the_remedy() -> None:
    with pytest.raises(UnreachableError, match=r"127.0.0.1:1 refused the connection; check that the server runs"):
        await connect_client(NatsConnection(urls=("nats://127.0.0.1:1",)), name="test")
