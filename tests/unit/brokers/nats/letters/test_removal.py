"""What is removed is what was asked for and nothing else, by purge and one by one."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tests.jetstream import JetStream
from tests.servers import NatsServer, StartNatsServer
from wqstudio.brokers.nats.jetstream.moving import MovingLink, open_link
from wqstudio.brokers.nats.jetstream.records import StreamState
from wqstudio.brokers.nats.letters.removal import PURGE_FROM, Remover, purgeable
from wqstudio.brokers.nats.letters.sequences import WholeStream
from wqstudio.brokers.port import DeniedError, RefusedError
from wqstudio.domain.connection import NatsConnection


@pytest.fixture
async def link(nats_server: NatsServer) -> AsyncIterator[MovingLink]:
    link = await open_link(nats_server.connection, "test")
    yield link
    await link.close()


def _line(stored: list[int]) -> WholeStream:
    deleted = tuple(set(range(stored[0], stored[-1] + 1)) - set(stored))
    return WholeStream(StreamState(messages=len(stored), first_seq=stored[0], last_seq=stored[-1], deleted=deleted))


@given(st.data())
def test_a_purge_takes_only_what_is_to_be_removed(data: st.DataObject) -> None:
    """Whatever was stored when it was opened, went since, and came since."""
    at_open = sorted(data.draw(st.sets(st.integers(1, 60), min_size=1)))
    since_gone = data.draw(st.sets(st.sampled_from(at_open)))
    published = set(range(at_open[-1] + 1, at_open[-1] + 5))
    batch = sorted(data.draw(st.sets(st.sampled_from(at_open))))
    stored = (set(at_open) - since_gone) | published
    first = min(stored)
    left = [seq for seq in batch if seq >= first]
    head = purgeable(np.array(left, np.int64), _line(at_open), first)
    purged = {seq for seq in stored if head and seq <= left[head - 1]}
    assert purged <= set(batch)


async def _fill(link: MovingLink, jetstream: JetStream, count: int, **config: object) -> tuple[Remover, WholeStream]:
    await jetstream.stream("dlq", **config)
    await jetstream.publish_many("dlq.a", count)
    info = await link.api.gaps("dlq")
    return Remover(link, info), WholeStream(info.state)


async def test_the_head_goes_with_a_purge_and_the_rest_one_by_one(link: MovingLink, jetstream: JetStream) -> None:
    remover, line = await _fill(link, jetstream, 40)
    assert (await remover.remove(np.array([*range(1, 21), 22, 24, 40]), line)).refused == {}
    assert list(await jetstream.stored("dlq")) == [21, 23, *range(25, 40)]


async def test_what_is_published_while_the_head_is_purged_stays(link: MovingLink, jetstream: JetStream) -> None:
    remover, line = await _fill(link, jetstream, 400)
    publishing = asyncio.ensure_future(jetstream.publish_many("dlq.new", 200))
    for at in range(1, 401, 50):
        assert (await remover.remove(np.arange(at, at + 50), line)).refused == {}
    await publishing
    assert [subject for subject, _, _ in (await jetstream.stored("dlq")).values()] == ["dlq.new"] * 200


async def test_what_is_gone_already_counts_as_removed_and_is_told(link: MovingLink, jetstream: JetStream) -> None:
    remover, line = await _fill(link, jetstream, 30)
    for seq in (1, 2, 15, 30):
        await jetstream.api("STREAM.MSG.DELETE.dlq", {"seq": seq})
    assert await remover.remove(np.array([2, 15, 16, 30])) == ({}, {2, 15, 30})
    assert await remover.remove(np.array([1, 2, 15, 16, 30, 31, 99]), line) == ({}, {1, 2, 15, 16, 30, 31, 99})
    assert len(await jetstream.stored("dlq")) == 25
    assert await remover.remove(np.arange(3, 31), line) == ({}, {15, 16, 30})
    assert await remover.remove(np.arange(1, 31), line) == ({}, set(range(1, 31)))
    assert await jetstream.stored("dlq") == {}


@pytest.mark.parametrize("gone_before", [(), (9,)], ids=["the first to go", "after another"])
async def test_as_many_as_go_just_before_a_purge_are_told(
    link: MovingLink, jetstream: JetStream, monkeypatch: pytest.MonkeyPatch, gone_before: tuple[int, ...]
) -> None:
    """Somebody else moves from there at the same time. Which ones he took, the server does not tell."""
    remover, line = await _fill(link, jetstream, 20)
    purge = link.api.purge

    async def late(stream: str, before: int) -> int:
        for seq in (3, 5, 7):
            await jetstream.api("STREAM.MSG.DELETE.dlq", {"seq": seq})
        return await purge(stream, before)

    monkeypatch.setattr(link.api, "purge", late)
    for seq in gone_before:
        await jetstream.api("STREAM.MSG.DELETE.dlq", {"seq": seq})
    refused, gone = await remover.remove(np.arange(1, 16), line)
    assert (refused, gone) == ({}, {1, 2, 3, *gone_before})
    assert list(await jetstream.stored("dlq")) == list(range(16, 21))


async def test_a_stream_made_anew_is_left_alone(link: MovingLink, jetstream: JetStream) -> None:
    remover, line = await _fill(link, jetstream, 20)
    await jetstream.api("STREAM.DELETE.dlq")
    await _fill(link, jetstream, 20)
    with pytest.raises(RefusedError, match="made anew"):
        await remover.remove(np.arange(1, 21), line)
    assert len(await jetstream.stored("dlq")) == 20


async def test_without_purge_it_goes_one_by_one(link: MovingLink, jetstream: JetStream) -> None:
    remover, line = await _fill(link, jetstream, 20, deny_purge=True)
    assert (await remover.remove(np.arange(1, 11), line)).refused == {}
    assert list(await jetstream.stored("dlq")) == list(range(11, 21))


async def test_what_the_server_will_not_delete_is_told(link: MovingLink, jetstream: JetStream) -> None:
    remover, _ = await _fill(link, jetstream, 3, deny_delete=True)
    left, gone = await remover.remove(np.array([1, 3]))
    assert not gone
    assert left == dict.fromkeys((1, 3), "The server would not delete it: message delete not permitted.")
    assert len(await jetstream.stored("dlq")) == 3


@pytest.mark.parametrize(("denied", "may"), [("PURGE", True), ("MSG.DELETE", False)])
async def test_an_account_that_may_not_remove(start_nats_server: StartNatsServer, denied: str, may: bool) -> None:
    server = start_nats_server(
        "accounts { A { jetstream: enabled, users: [ { user: admin, password: admin }, { user: limited,"
        f' password: limited, permissions: {{ publish: {{ deny: ["$JS.API.STREAM.{denied}.>"] }} }} }} ] }} }}'
    )
    jetstream = await JetStream.connect(server, user="admin", password="admin")
    link = await open_link(NatsConnection(urls=(server.url,), user="limited", password="limited"), "test")
    remover, line = await _fill(link, jetstream, 20)
    if may:
        await remover.check_permission()
        assert (await remover.remove(np.arange(1, PURGE_FROM + 3), line)).refused == {}
        assert len(await jetstream.stored("dlq")) == 20 - PURGE_FROM - 2
    else:
        with pytest.raises(DeniedError, match=r'publish to "\$JS.API.STREAM.MSG.DELETE.dlq"'):
            await remover.check_permission()
        assert len(await jetstream.stored("dlq")) == 20
    await link.close()
    await jetstream.close()
