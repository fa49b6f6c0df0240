"""Reading stored messages by each of the three ways gives the same, whatever the messages are like."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from tests.jetstream import JetStream
from tests.servers import NatsServer, StartNatsServer
from wqstudio.brokers.nats.jetstream.moving import MovingLink, open_link
from wqstudio.brokers.nats.letters.stored import Shelf, moment
from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.domain.connection import NatsConnection

DIRECT_OR_NOT = pytest.mark.parametrize(
    "how", [{"allow_direct": True, "storage": "file"}, {"allow_direct": True}, {"allow_direct": False}]
)
"""By batches, by single direct gets, and by neither."""
DENYING = (
    "accounts { A { jetstream: enabled, users: [ { user: admin, password: admin },"
    ' { user: limited, password: limited, permissions: { publish: { deny: ["$JS.API.DIRECT.>"] } } },'
    " { user: blind, password: blind,"
    ' permissions: { publish: { deny: ["$JS.API.DIRECT.>", "$JS.API.STREAM.MSG.>"] } } }'
    " ] } }"
)


@pytest.fixture
async def link(nats_server: NatsServer) -> AsyncIterator[MovingLink]:
    link = await open_link(nats_server.connection, "test")
    yield link
    await link.close()


async def _shelf(link: MovingLink) -> Shelf:
    return Shelf(link, await link.api.stream("jobs"))


@DIRECT_OR_NOT
async def test_messages_are_read_as_they_are(link: MovingLink, jetstream: JetStream, how: dict[str, object]) -> None:
    await jetstream.stream("jobs", **how)
    await jetstream.publish_raw("jobs.a", b"A: 1\r\nA: 2\r\nEmpty: \r\nOdd: \xff\xfe\r\nNo colon\r\n", b"\x00\xff")
    await jetstream.publish("jobs.b", b"")
    await jetstream.publish_raw("jobs.ü", b"Nats-Stream: other\r\nNats-Sequence: 77\r\n", b"copied")
    stored = await jetstream.stored("jobs")
    read = await (await _shelf(link)).read(np.array([1, 2, 3]), dense=True)
    assert {each.seq: each[1:4] for each in read} == stored
    assert read[0].headers == b"NATS/1.0\r\nA: 1\r\nA: 2\r\nEmpty: \r\nOdd: \xff\xfe\r\nNo colon\r\n\r\n"
    info = await jetstream.api("STREAM.INFO.jobs")
    assert info["state"]["first_ts"].startswith(np.datetime64(int(moment(read[0].stamp) * 1e3), "ms").astype(str)[:22])


@DIRECT_OR_NOT
async def test_gaps_and_what_is_not_wanted(link: MovingLink, jetstream: JetStream, how: dict[str, object]) -> None:
    await jetstream.stream("jobs", **how)
    await jetstream.publish_many("jobs.a", 200)
    for seq in (2, 3, 30, 59):
        await jetstream.api("STREAM.MSG.DELETE.jobs", {"seq": seq})
    shelf = await _shelf(link)
    every = list(range(1, 201))
    for wanted in (every, every[::2], [*every[:100], 120, *every[130:]], [7], [2, 3], [59, 60, 61], [200, 201, 299]):
        read = [each.seq for each in await shelf.read(np.array(wanted))]
        assert read == [seq for seq in wanted if seq not in {2, 3, 30, 59, 201, 299}]
    assert await shelf.read(np.array([], np.int64)) == []


@DIRECT_OR_NOT
async def test_a_stream_emptied_meanwhile(link: MovingLink, jetstream: JetStream, how: dict[str, object]) -> None:
    await jetstream.stream("jobs", **how)
    await jetstream.publish_many("jobs.a", 5)
    shelf = await _shelf(link)
    await jetstream.api("STREAM.PURGE.jobs")
    assert await shelf.read(np.arange(1, 6), dense=True) == []


@DIRECT_OR_NOT
async def test_large_messages_come_a_few_at_once(start_nats_server: StartNatsServer, how: dict[str, object]) -> None:
    server = start_nats_server("max_payload: 8500000\n")
    jetstream = await JetStream.connect(server)
    await jetstream.stream("jobs", **how)
    for number in range(3):
        await jetstream.publish("jobs.a", bytes([number]) * 8_000_000)
    link = await open_link(server.connection, "test")
    shelf = await _shelf(link)
    got, left = await shelf.read_some(np.arange(1, 4), dense=True)
    assert [each.seq for each in got] == [1]
    assert left.tolist() == [2, 3]
    assert [each.body[:1] + each.body[-1:] for each in await shelf.read(left)] == [b"\x01\x01", b"\x02\x02"]
    await link.close()
    await jetstream.close()


@pytest.mark.parametrize("user", ["limited", "blind"])
async def test_an_account_that_may_not_read_by_every_way(start_nats_server: StartNatsServer, user: str) -> None:
    server = start_nats_server(DENYING)
    jetstream = await JetStream.connect(server, user="admin", password="admin")
    await jetstream.stream("jobs", allow_direct=True, storage="file")
    await jetstream.publish_many("jobs.a", 3)
    link = await open_link(NatsConnection(urls=(server.url,), user=user, password=user), "test")
    shelf = await _shelf(link)
    if user == "limited":
        assert [each.seq for each in await shelf.read(np.arange(1, 4), dense=True)] == [1, 2, 3]
    else:
        with pytest.raises(BrokerError, match=r'no permission for publish to "\$JS.API.STREAM.MSG.GET.jobs"'):
            await shelf.read(np.arange(1, 4), dense=True)
    await link.close()
    await jetstream.close()


async def test_an_older_server_knows_no_batches(link: MovingLink, jetstream: JetStream) -> None:
    """Its version is all that differs here: this one would answer them."""
    link.client._server_info["version"] = "2.10.29"
    await jetstream.stream("jobs", allow_direct=True, storage="file")
    await jetstream.publish_many("jobs.a", 70)
    shelf = await _shelf(link)
    assert not shelf._batches
    assert [each.seq for each in await shelf.read(np.arange(1, 71), dense=True)] == list(range(1, 71))


async def test_a_lost_connection_is_said(nats_server: NatsServer, jetstream: JetStream, link: MovingLink) -> None:
    await jetstream.stream("jobs", allow_direct=True)
    await jetstream.publish_many("jobs.a", 3)
    shelf = await _shelf(link)
    nats_server.kill()
    with pytest.raises(UnreachableError):
        await shelf.read(np.arange(1, 4), dense=True)
    with pytest.raises(UnreachableError, match="no connection"):
        await shelf.read(np.arange(1, 4), dense=True)
