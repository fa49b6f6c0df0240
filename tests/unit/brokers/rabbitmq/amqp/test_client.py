"""Connections to a real node: their first connect, their loss, their channels."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from urllib.parse import quote

import pytest
from pika import spec

from tests.rabbit_servers import RabbitHost, RabbitNode
from tests.rabbit_user import RabbitUser
from tests.waiting import until
from wqstudio.brokers.port import DeniedError, Link, LinkState, UnreachableError
from wqstudio.brokers.rabbitmq.amqp import channel as channel_module, client as module
from wqstudio.brokers.rabbitmq.amqp.channel import Channel, Listener
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.amqp.codec import Float32, Int64, Timestamp, UInt8, UInt32, decode_table, encode_table
from wqstudio.brokers.rabbitmq.amqp.confirming import ConfirmingChannel
from wqstudio.brokers.rabbitmq.amqp.errors import ChannelError
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered
from wqstudio.brokers.rabbitmq.amqp.properties import Properties, decode_properties
from wqstudio.brokers.rabbitmq.amqp.wire import Wire
from wqstudio.domain.connection import RabbitConnection


async def _receive(client: RabbitClient, queue: str, count: int) -> list[Delivered]:
    got: list[Delivered] = []
    async with client.channel(Listener(delivered=got.append)) as channel:
        await channel.call(spec.Basic.Consume(queue=queue, no_ack=True), "consuming")
        await until(lambda: len(got) == count)
    return got


async def _publish(client: RabbitClient, queue: str, properties: Properties, body: bytes) -> None:
    channel = await ConfirmingChannel.open(client)
    await channel.publish("", queue, properties.encode(), body)
    await channel.close()


def _in_order(headers: Mapping[str, object]) -> bytes:
    """With their types. RabbitMQ 4 sorts them."""
    return encode_table(dict(sorted(headers.items())))


async def _refusal(connection: RabbitConnection) -> str:
    with pytest.raises((DeniedError, UnreachableError)) as raised:
        await connect_client(connection, name="test")
    return f"{raised.type.__name__}: {raised.value}"


async def test_headers_survive_a_round_trip_through_the_broker(client: RabbitClient, user: RabbitUser) -> None:
    user.declare("q")
    headers = encode_table(
        {
            "single": Float32(b"\x3f\x40\x00\x00"),
            "double": 12.75,
            "small": UInt8(200),
            "unsigned": UInt32(3_000_000_000),
            "long": Int64(1),
            "when": Timestamp(1_700_000_000),
            "nested": {"list": [1, 2.5, None, True, {"deep": b"\x00\xff"}]},
            "text": "grüße",
        }
    )
    await _publish(client, "q", Properties(headers=headers, app_id="x", timestamp=7, priority=3), b"body")
    (message,) = await _receive(client, "q", 1)
    found = decode_properties(message.properties)
    assert _in_order(found.table) == _in_order(decode_table(headers))
    assert (found.app_id, found.timestamp, found.priority, message.body) == ("x", 7, 3, b"body")


async def test_a_message_of_16_mb_passes(client: RabbitClient, user: RabbitUser) -> None:
    user.declare("q")
    body = bytes(range(256)) * (1 << 16)
    await _publish(client, "q", Properties(), body)
    (message,) = await _receive(client, "q", 1)
    assert message.body == body


async def test_the_broker_says_who_it_is_and_shows_our_name(client: RabbitClient, rabbit_host: RabbitHost) -> None:
    assert client.server["product"] == "RabbitMQ"
    assert client.link.url == rabbit_host.connection.urls[0]
    assert await _listed(rabbit_host)


async def test_a_refused_login_is_denied(rabbit_host: RabbitHost) -> None:
    text = await _refusal(replace(rabbit_host.connection, password="wrong"))
    assert text.startswith("DeniedError")
    assert "refused the login as user" in text
    assert "wrong" not in text


async def test_a_virtual_host_without_access_is_denied(rabbit_host: RabbitHost) -> None:
    text = await _refusal(replace(rabbit_host.connection, vhost="no such"))
    assert text.startswith("DeniedError")
    assert "virtual host no such" in text


@pytest.mark.parametrize("limits", ["user-limits/{user}/max-connections", "vhost-limits/{{vhost}}/max-connections"])
async def test_that_there_are_too_many_connections_is_not_called_a_denial(rabbit_host: RabbitHost, limits: str) -> None:
    rabbit_host.manage("PUT", limits.format(user=rabbit_host.connection.user), {"value": 0})
    with pytest.raises(UnreachableError, match=r"takes no more connections \([^\"]*limit[^\"]*\); close some"):
        await connect_client(rabbit_host.connection, name="test")


async def test_every_node_that_fails_is_told_of_and_the_first_that_answers_is_taken(rabbit_host: RabbitHost) -> None:
    dead = ("amqp://127.0.0.1:1", "amqp://no.such.host.invalid")
    text = await _refusal(replace(rabbit_host.connection, urls=dead))
    assert "127.0.0.1:1 refused the connection" in text
    assert "the name no.such.host.invalid is not known" in text
    client = await connect_client(
        replace(rabbit_host.connection, urls=(dead[0], *rabbit_host.connection.urls)), name="test"
    )
    assert client.link.url == rabbit_host.connection.urls[0]
    await client.close()


@pytest.mark.parametrize(
    ("urls", "text"),
    [
        ((), "has no node's address"),
        (("http://x",), "is not a node's address"),
    ],
)
async def test_what_is_no_address_is_told(urls: tuple[str, ...], text: str) -> None:
    assert text in await _refusal(RabbitConnection(urls=urls))


async def test_a_port_that_speaks_no_tls_or_no_amqp_is_told(
    rabbit_host: RabbitHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_CONNECT", 1.0)
    amqp = rabbit_host.connection.urls[0]
    assert "no TLS is spoken there" in await _refusal(
        replace(rabbit_host.connection, urls=(amqp.replace("amqp:", "amqps:"),))
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"amqp://127.0.0.1:{silent.getsockname()[1]}"
        assert "did not answer in time" in await _refusal(replace(rabbit_host.connection, urls=(url,)))


async def test_certificates_without_tls_are_a_mistake(rabbit_host: RabbitHost) -> None:
    text = await _refusal(replace(rabbit_host.connection, tls_ca=rabbit_host.node.server.folder / "ca.pem"))
    assert "no amqps:// address" in text


async def test_an_error_ends_its_channel_and_no_other(client: RabbitClient, user: RabbitUser) -> None:
    user.declare("q")
    kept = await client.open_channel()
    with pytest.raises(ChannelError, match="no queue 'nothing'") as raised:
        async with client.channel() as channel:
            await channel.call(spec.Queue.Declare(queue="nothing", passive=True), "looking up the queue nothing")
    assert raised.value.not_found
    assert not channel.is_open
    found = await kept.call(spec.Queue.Declare(queue="q", passive=True), "looking up the queue q")
    assert found.queue == "q"


async def test_what_is_not_permitted_is_denied(client: RabbitClient) -> None:
    with pytest.raises(DeniedError, match=r"Declaring amq\.x failed: this user may not do that"):
        async with client.channel() as channel:
            await channel.call(spec.Queue.Declare(queue="amq.x"), "declaring amq.x")


async def test_a_name_that_is_too_long_is_refused_and_upsets_nothing(client: RabbitClient) -> None:
    async with client.channel() as channel:
        with pytest.raises(ChannelError, match="declaring it failed: a name is longer than AMQP's 255 bytes"):
            await channel.call(spec.Queue.Declare(queue="n" * 256), "declaring it")
        answer = await channel.call(spec.Basic.Qos(), "asking")
        assert answer.NAME == "Basic.QosOk"


async def test_channel_numbers_are_used_again(client: RabbitClient) -> None:
    numbers = set()
    for _ in range(5):
        async with client.channel() as channel:
            numbers.add(channel.number)
    assert numbers == {1}


@pytest.mark.parametrize("while_", ["opening", "setting up"])
async def test_a_connection_that_goes_while_it_is_made_is_no_connection(
    rabbit_host: RabbitHost, monkeypatch: pytest.MonkeyPatch, while_: str
) -> None:
    """The loop may hear of its beginning and its end at once: nobody may take it for one that stands."""
    links: list[Link] = []
    wires: list[Wire] = []
    start = Wire._start

    def start_and_go(wire: Wire) -> None:
        start(wire)
        if not wires and while_ == "opening":
            assert wire._connection is not None
            wire._connection.add_on_open_callback(lambda _: wire._crashed(ConnectionResetError("gone at once")))
        wires.append(wire)

    async def set_up(_: RabbitClient) -> None:
        if while_ == "setting up" and len(wires) == 1:
            wires[0]._post(lambda: wires[0]._crashed(ConnectionResetError("gone at once")))
            await until(lambda: wires[0].ended)

    monkeypatch.setattr(Wire, "_start", start_and_go)
    connecting = asyncio.ensure_future(
        connect_client(
            replace(rabbit_host.connection, urls=rabbit_host.connection.urls * 2),
            name="test",
            on_link=links.append,
            set_up=set_up,
        )
    )
    await asyncio.sleep(0)
    time.sleep(0.5)  # noqa: ASYNC251 - a window that is busy for so long
    client = await connecting
    assert len(wires) == 2
    assert [link.state for link in links] == [LinkState.CONNECTED]
    async with client.channel() as channel:
        assert channel.is_open
    await client.close()


async def test_channels_that_are_not_opened_in_time_are_given_up_on_both_sides(
    client: RabbitClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_module, "ANSWER_WITHIN", 0.0)
    for _ in range(5):
        with pytest.raises(UnreachableError):
            await client.open_channel()
    opening = asyncio.ensure_future(client.open_channel())
    await asyncio.sleep(0)
    opening.cancel()
    monkeypatch.undo()
    await until(lambda: not client._channels)
    async with client.channel() as channel:
        assert channel.number == 1, "the number of one that is still open ends the connection"


async def test_close_and_abort_leave_no_thread(rabbit_host: RabbitHost) -> None:
    def threads() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if thread.name == "amqp"}

    before = threads()
    clients = [await connect_client(rabbit_host.connection, name="test") for _ in range(4)]
    assert len(threads() - before) == 4
    await clients[0].close()
    await clients[0].close()
    for client in clients[1:]:
        client.abort()
    await until(lambda: not threads() - before)
    assert clients[0].link.state is LinkState.CLOSED


class _Session:
    """Something with a channel and a consumer that has to be there after each reconnect."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.got: list[Delivered] = []
        self.channel: Channel

    async def set_up(self, client: RabbitClient) -> None:
        self.channel = await client.open_channel(Listener(delivered=self.got.append))
        await self.channel.call(spec.Basic.Consume(queue="q"), "consuming q")


@contextlib.asynccontextmanager
async def _session(host: RabbitHost) -> AsyncIterator[_Session]:
    session = _Session()
    client = await connect_client(host.connection, name="test", on_link=session.links.append, set_up=session.set_up)
    try:
        yield session
    finally:
        await client.close()


async def _listed(host: RabbitHost) -> str:
    """Our connection's name in the management API, which takes its time to list one."""
    async with asyncio.timeout(15):
        while True:
            for one in await asyncio.to_thread(host.manage, "GET", "vhosts/{vhost}/connections"):
                if one.get("client_properties", {}).get("connection_name") == "test":
                    return str(one["name"])
            await asyncio.sleep(0.1)


async def test_a_connection_that_is_closed_from_outside_comes_back_with_its_topology(
    rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    user.declare("q")
    async with _session(rabbit_host) as session:
        name = await _listed(rabbit_host)
        await asyncio.to_thread(rabbit_host.manage, "DELETE", f"connections/{quote(name)}")
        await until(lambda: len(session.links) >= 3 and session.links[-1].state is LinkState.CONNECTED)
        states = [link.state for link in session.links]
        assert states[:2] == [LinkState.CONNECTED, LinkState.RECONNECTING]
        assert "broker closed it: Closed via management plugin" in session.links[1].reason
        user.publish("q", b"after")
        await until(lambda: [message.body for message in session.got] == [b"after"])


async def test_a_killed_node_is_outlived(rabbit_node: RabbitNode, rabbit_host: RabbitHost, user: RabbitUser) -> None:
    user.declare("q")
    user.publish("q", b"kept")
    user.close()
    async with _session(rabbit_host) as session:
        await until(lambda: len(session.got) == 1)
        await asyncio.to_thread(rabbit_node.remember)
        await asyncio.to_thread(rabbit_node.kill)
        await until(lambda: session.links[-1].state is LinkState.RECONNECTING)
        with pytest.raises(UnreachableError, match="connection is gone"):
            await session.channel.call(spec.Basic.Qos(), "asking")
        await asyncio.to_thread(rabbit_node.start)
        await until(lambda: len(session.got) == 2, within=20)
        assert [message.body for message in session.got] == [b"kept", b"kept"]
        assert session.got[1].redelivered
