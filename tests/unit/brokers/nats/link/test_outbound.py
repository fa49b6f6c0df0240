"""What is put goes out, whatever becomes of the connection and however slowly the server reads."""

import asyncio
from collections.abc import AsyncIterator

import psutil
import pytest

from tests.jetstream import JetStream
from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.brokers.nats.link.client import StudioClient
from wqstudio.brokers.nats.link.connecting import connect_client
from wqstudio.brokers.nats.link.outbound import Outbound

_MUCH = b"." * 10_000


@pytest.fixture
async def sender(nats_server: NatsServer) -> AsyncIterator[StudioClient]:
    sender = await connect_client(nats_server.connection, name="test")
    yield sender
    await sender.close()


async def test_what_is_put_without_a_connection_goes_out_with_the_next_and_pulls_do_not(
    sender: StudioClient, jetstream: JetStream
) -> None:
    heard = await jetstream.client.subscribe("out.>")
    await jetstream.client.flush()
    outbound = Outbound(sender)
    await sender._process_op_err(ConnectionResetError())
    assert not sender.is_connected
    outbound.put("out.pull", b"", "inbox")
    outbound.put("out.ack", b"+ACK")
    await until(lambda: sender.is_connected)
    outbound.put("out.pull", b"again", "inbox")
    await outbound.flush()
    both = [await heard.next_msg(5), await heard.next_msg(5)]
    assert sorted((each.subject, each.data, each.reply) for each in both) == [
        ("out.ack", b"+ACK", ""),
        ("out.pull", b"again", "inbox"),
    ]
    outbound.cancel()


async def test_what_a_server_reads_late_comes_whole_and_in_order(nats_server: NatsServer, sender: StudioClient) -> None:
    heard: list[int] = []
    await sender.tap("out", lambda _subject, _reply, _headers, body: heard.append(int(body.split()[0])))
    await sender.settle()
    outbound = Outbound(sender)
    server = psutil.Process(nats_server.pid)
    server.suspend()
    try:
        for number in range(1000):
            outbound.put("out", b"%d %b" % (number, _MUCH))
            await asyncio.sleep(0)
        assert outbound._queue, "the connection took all of it at once"
    finally:
        server.resume()
    await until(lambda: len(heard) == 1000)
    assert heard == list(range(1000))
    outbound.cancel()
