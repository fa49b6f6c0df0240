"""A real stream: read from anywhere without a trace, and never emptied."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tests.rabbit_letters import all_of, bodies, opened, put
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.slow_front import slow_front
from tests.waiting import until_true
from wqstudio.brokers.letters import Letters
from wqstudio.brokers.port import RefusedError
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.letters import stream_letters
from wqstudio.domain.letter import LookCost


@pytest.fixture
def stream(user: RabbitUser) -> str:
    user.declare("log", {"x-queue-type": "stream"})
    return "log"


async def test_pages_and_batches_show_what_is_there(rabbit_host: RabbitHost, client: RabbitClient, stream: str) -> None:
    await put(client, stream, *bodies(50))
    async with opened(rabbit_host, stream) as letters:
        assert (letters.count, letters.cost, letters.lasting_ids) == (50, LookCost(), True)
        assert await _bodies(letters, 0, 10) == bodies(10)
        assert await _bodies(letters, 45, 10) == bodies(50)[45:]
        assert await _bodies(letters, 50, 10) == []
        every = await all_of(letters, 20)
        assert [held.body for held in every] == bodies(50)
        some = [held async for batch in letters.batches(2, [every[7].id, every[3].id]) for held in batch]
        assert some == [every[3], every[7]]
        assert letters.read(some[0]).id == 3


async def test_a_page_of_large_ones_is_cut_short(rabbit_host: RabbitHost, client: RabbitClient, stream: str) -> None:
    large = [bytes([number]) * 4_000_000 for number in range(20)]
    await put(client, stream, *large)
    async with opened(rabbit_host, stream) as letters:
        assert await _bodies(letters, 0, 500) == large[:17]
        assert await _bodies(letters, 17, 500) == large[17:]
        assert [held.body for held in await all_of(letters)] == large


async def test_what_is_long_on_its_way_is_waited_for(
    rabbit_host: RabbitHost, client: RabbitClient, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer takes longer than a stream may be silent before it is asked whether there is more."""
    await put(client, stream, *bodies(300))
    monkeypatch.setattr(stream_letters, "IDLE", 0.05)
    async with slow_front(urlsplit(rabbit_host.connection.urls[0]).port or 0, late=0.15) as front:
        far = replace(rabbit_host, connection=replace(rabbit_host.connection, urls=(f"amqp://127.0.0.1:{front}",)))
        async with opened(far, stream) as letters:
            assert letters.count == 300
            assert [held.body for held in await all_of(letters)] == bodies(300)


async def test_none_comes_twice_though_the_oldest_go_meanwhile(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser
) -> None:
    small = {"x-max-length-bytes": 20_000, "x-stream-max-segment-size-bytes": 5_000}
    user.declare("short", {"x-queue-type": "stream", **small})
    await put(client, "short", *[b"%d" % number + bytes(900) for number in range(15)])
    async with opened(rabbit_host, "short") as letters:
        seen: list[int] = []
        async for batch in letters.batches(4):
            seen += [held.id for held in batch]
            if len(seen) == 4:
                await put(client, "short", *[bytes(900)] * 16)
                await until_true(lambda: _oldest_is_beyond(letters, 6))
        assert seen == sorted(set(seen))


async def test_looks_leave_no_trace(rabbit_host: RabbitHost, client: RabbitClient, stream: str) -> None:
    await put(client, stream, *bodies(5))
    seen = []
    async with opened(rabbit_host, stream) as letters:
        for _ in range(3):
            seen.append([letters.fingerprint(held) for held in await letters.page(0, 5)])
            await letters.refresh()
    assert seen[0] == seen[1] == seen[2]


async def test_nothing_can_be_removed(rabbit_host: RabbitHost, client: RabbitClient, stream: str) -> None:
    await put(client, stream, b"letter")
    async with opened(rabbit_host, stream) as letters:
        with pytest.raises(RefusedError, match="is a stream"):
            await letters.check_removable()
        with pytest.raises(RefusedError, match="Export them"):
            await letters.remove(await letters.page(0, 1))
        await letters.refresh()
        assert letters.count == 1


async def test_an_empty_one_has_no_letters(rabbit_host: RabbitHost, stream: str) -> None:
    async with opened(rabbit_host, stream) as letters:
        assert letters.count == 0
        assert await letters.page(0, 10) == ()
        assert await all_of(letters) == []


async def _bodies(letters: Letters, first: int, count: int) -> list[bytes]:
    return [held.body for held in await letters.page(first, count)]


async def _oldest_is_beyond(letters: Letters, id_: int) -> bool:
    return (await letters.page(0, 1))[0].id > id_
