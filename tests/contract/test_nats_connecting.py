"""Connecting to a real NATS server: what is told, and reconnecting for ever."""

import asyncio
import gc
import logging
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nats.errors
import psutil
import pytest

from tests.certificates import Authority
from tests.servers import NatsServer, StartNatsServer
from tests.waiting import until_true
from wqstudio.brokers.nats.link import errors
from wqstudio.brokers.nats.link.client import StudioClient
from wqstudio.brokers.nats.link.connecting import FIRST_CONNECT, connect_client
from wqstudio.brokers.port import DeniedError, Link, LinkState, RefusedError, UnreachableError
from wqstudio.domain.connection import NatsConnection

RESTRICTED = """accounts { A { jetstream: enabled, users: [{user: a, password: a, permissions: {
    publish: {deny: ["$JS.API.STREAM.>"]} }}] } }"""


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

    async def until(self, wanted: Callable[[Link], bool], times: int = 1) -> Link:
        async with asyncio.timeout(8):
            while len(found := [link for link in self.seen if wanted(link)]) < times:
                self._news.clear()
                await self._news.wait()
        return found[-1]


def connected(link: Link) -> bool:
    return link.state is LinkState.CONNECTED


def reconnecting(link: Link) -> bool:
    return link.state is LinkState.RECONNECTING


async def ask(client: StudioClient) -> bytes:
    return (await client.ask("$JS.API.INFO", doing="asking for the account")).data


async def test_reconnects_after_a_kill(nats_server: NatsServer, caplog: pytest.LogCaptureFixture) -> None:
    links = Links()
    client = await connect_client(nats_server.connection, name="test", on_link=links)
    nats_server.kill()
    lost = await links.until(reconnecting)
    assert lost.reason
    assert lost.url == nats_server.url
    with pytest.raises(UnreachableError, match="no connection at the moment"):
        await ask(client)
    refused = await links.until(lambda link: "refused" in link.reason.lower())
    assert refused.since == lost.since, "the gap began when the connection was lost"
    nats_server.start()
    await links.until(connected, times=2)
    assert b"account_info" in await ask(client)
    await client.close()
    assert links.seen[-1].state is LinkState.CLOSED
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_reconnects_over_tls_without_a_word_on_stderr(
    start_nats_server: StartNatsServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority = Authority(tmp_path, "authority")
    pair = authority.sign("server")
    server = start_nats_server(f'tls {{ cert_file: "{pair.certificate}", key_file: "{pair.key}" }}')
    connection = NatsConnection(urls=(f"tls://127.0.0.1:{server.port}",), tls_ca=authority.certificate)
    links = Links()
    client = await connect_client(connection, name="test", on_link=links)
    server.stop()
    await links.until(reconnecting)
    server.start()
    await links.until(connected, times=2)
    await client.close()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_reconnects_to_another_of_the_servers(start_nats_server: StartNatsServer) -> None:
    first, second = start_nats_server(), start_nats_server()
    links = Links()
    client = await connect_client(NatsConnection(urls=(first.url, second.url)), name="test", on_link=links)
    assert links.seen[0].url == first.url
    first.kill()
    assert (await links.until(connected, times=2)).url == second.url
    await client.close()


async def test_keeps_trying_when_its_user_is_taken_away_and_given_back(start_nats_server: StartNatsServer) -> None:
    users = "authorization {{ users: [{{user: {}, password: a}}] }}"
    server = start_nats_server(users.format("a"))
    links = Links()
    client = await connect_client(replace(server.connection, user="a", password="a"), name="test", on_link=links)
    server.reconfigure(users.format("b"))
    denied = await links.until(lambda link: "authorization violation" in link.reason.lower())
    assert denied.state is LinkState.RECONNECTING
    server.reconfigure(users.format("a"))
    await links.until(connected, times=2)
    await client.close()


async def test_without_reconnect_the_link_closes(nats_server: NatsServer) -> None:
    links = Links()
    await connect_client(nats_server.connection, name="test", on_link=links, reconnect=False)
    nats_server.kill()
    await links.until(lambda link: link.state is LinkState.CLOSED)
    assert LinkState.RECONNECTING not in links.states


async def test_denied_request_is_told_at_once(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(RESTRICTED)
    client = await connect_client(replace(server.connection, user="a", password="a"), name="test")
    async with asyncio.timeout(2):
        with pytest.raises(DeniedError, match=r'listing streams failed: .* publish to "\$JS\.API\.STREAM\.LIST"'):
            await client.ask("$JS.API.STREAM.LIST", wait=60, doing="listing streams")
    assert b"account_info" in await ask(client)
    await client.close()


async def test_request_without_an_answer_is_unreachable(nats_server: NatsServer) -> None:
    client = await connect_client(nats_server.connection, name="test")
    await client.subscribe("silence")
    with pytest.raises(UnreachableError, match="asking failed: the server did not answer in time"):
        await client.ask("silence", wait=0.05, doing="asking")
    with pytest.raises(RefusedError, match="asking failed: nobody answers there"):
        await client.ask("nobody", doing="asking")
    await client.close()


async def test_subject_that_is_not_utf8_does_not_end_the_connection(nats_server: NatsServer) -> None:
    client = await connect_client(nats_server.connection, name="test")
    subscription = await client.subscribe(">")
    await client.settle()
    with socket.create_connection(("127.0.0.1", nats_server.port)) as raw:
        raw.sendall(b"CONNECT {}\r\nPUB caf\xe9 2\r\nhi\r\nPING\r\n")
        message = await subscription.next_msg(5)
    assert message.subject == "caf\\xe9"
    assert b"account_info" in await ask(client)
    await client.close()


async def test_an_answer_for_which_nobody_waits_any_more_does_not_end_the_connection(nats_server: NatsServer) -> None:
    """As of a server that stalls for a while."""
    client = await connect_client(nats_server.connection, name="test")
    server = psutil.Process(nats_server.pid)
    server.suspend()
    try:
        await until_true(lambda: gives_up(client))  # its threads may stop a little later
    finally:
        server.resume()
    assert await ask(client)
    await client.close()


async def test_a_flush_ends_with_its_connection(nats_server: NatsServer) -> None:
    """Its answer cannot come any more, and what waits for it would wait its whole time out."""
    links = Links()
    client = await connect_client(nats_server.connection, name="test", on_link=links)
    psutil.Process(nats_server.pid).suspend()
    settling = asyncio.ensure_future(client.settle(60))
    await asyncio.sleep(0)
    nats_server.kill()
    with pytest.raises(nats.errors.ConnectionReconnectingError):
        await asyncio.wait_for(settling, 20)
    nats_server.start()
    await links.until(connected, times=2)
    await client.settle()
    await client.close()


async def gives_up(client: StudioClient) -> bool:
    """The server has not read in time what was sent."""
    try:
        await client.settle(1)
    except nats.errors.TimeoutError:
        return True
    return False


async def test_a_close_comes_to_its_end_though_nobody_waits_for_that_any_more(nats_server: NatsServer) -> None:
    links = Links()
    client = await connect_client(nats_server.connection, name="test", on_link=links)
    closing = asyncio.ensure_future(client.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert links.states[-1] is LinkState.CLOSED


async def test_nothing_is_sent_in_clear_to_a_server_without_tls(nats_server: NatsServer) -> None:
    connection = NatsConnection(urls=(f"tls://ana:secret@127.0.0.1:{nats_server.port}",))
    with pytest.raises(UnreachableError, match="does not offer TLS, so nothing was sent"):
        await connect_client(connection, name="test")


async def test_first_connect_is_bounded() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"nats://127.0.0.1:{silent.getsockname()[1]}"
        async with asyncio.timeout(FIRST_CONNECT + 1):
            with pytest.raises(UnreachableError, match="did not answer in time; check address, port and firewall"):
                await connect_client(NatsConnection(urls=(url,)), name="test")


@pytest.mark.parametrize("others", [0, 2])
async def test_a_server_that_speaks_only_after_tls_is_reached_among_others(
    start_nats_server: StartNatsServer, tmp_path: Path, others: int
) -> None:
    authority = Authority(tmp_path, "authority")
    pair = authority.sign("server")
    tls = f'tls {{ cert_file: "{pair.certificate}", key_file: "{pair.key}", handshake_first: true }}'
    server = start_nats_server(tls)
    urls = (*["tls://127.0.0.1:1"] * others, f"tls://127.0.0.1:{server.port}")
    client = await connect_client(NatsConnection(urls=urls, tls_ca=authority.certificate), name="test")
    await client.close()


async def test_cancelled_connect_leaves_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connection = NatsConnection(urls=(f"nats://127.0.0.1:{silent.getsockname()[1]}",))
        connecting = asyncio.ensure_future(connect_client(connection, name="test"))
        peer, _ = await asyncio.get_running_loop().run_in_executor(None, silent.accept)
        connecting.cancel()
        await asyncio.wait([connecting])
        assert connecting.cancelled()
        with peer:
            assert await asyncio.get_running_loop().run_in_executor(None, peer.recv, 1) == b""


async def test_each_server_has_its_line_and_a_denial_weighs_more(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server("authorization { token: secret }")
    with pytest.raises(DeniedError) as caught:
        await connect_client(NatsConnection(urls=("nats://127.0.0.1:1", server.url)), name="test")
    first, second = str(caught.value).splitlines()
    assert first.startswith("127.0.0.1:1 refused the connection")
    assert second.startswith(f"127.0.0.1:{server.port} denied the login without a user")


async def test_secrets_are_in_no_text(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server("authorization { token: secret }")
    connection = NatsConnection(urls=(f"nats://ana:hunter2@127.0.0.1:{server.port}",), password="hunter3")
    with pytest.raises(DeniedError) as caught:
        await connect_client(connection, name="test")
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (nats.errors.ConnectionClosedError(), UnreachableError),
        (nats.errors.TimeoutError(), UnreachableError),
        (ConnectionResetError(), UnreachableError),
        (nats.errors.MaxPayloadError(), RefusedError),
        (nats.errors.Error('nats: permissions violation for publish to "x"'), DeniedError),
        (UnreachableError("as it was"), UnreachableError),
    ],
)
def test_errors_of_later_calls(error: Exception, kind: type[Exception]) -> None:
    assert type(errors.of_call(error, "publishing")) is kind


@pytest.mark.parametrize("reconnect", [True, False])
async def test_failed_connect_leaves_no_task_and_no_report(
    start_nats_server: StartNatsServer, caplog: pytest.LogCaptureFixture, *, reconnect: bool
) -> None:
    server = start_nats_server("authorization { token: secret }")
    with pytest.raises(DeniedError):
        await connect_client(server.connection, name="test", reconnect=reconnect)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    gc.collect()
    assert not caplog.records
