"""Looks at queues of a real node: what they show, what they cost, and that they lose nothing."""

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

import psutil
import pytest

from tests.rabbit_letters import (
    PLAIN,
    all_of,
    bodies,
    cut,
    is_4,
    make_policymaker,
    opened,
    outlet_on,
    put,
    put_copies,
    set_policy,
    take_all,
)
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.slow_front import slow_front
from tests.waiting import until
from wqstudio.brokers.factory import open_letters
from wqstudio.brokers.letters import Letters
from wqstudio.brokers.port import DeniedError, RefusedError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.codec import encode_table
from wqstudio.brokers.rabbitmq.amqp.properties import Properties
from wqstudio.brokers.rabbitmq.letters import letters as module, opening
from wqstudio.brokers.rabbitmq.letters.checkout import Checkout
from wqstudio.brokers.rabbitmq.letters.letters import RabbitLetters
from wqstudio.domain.reading import Unknown
from wqstudio.engine.letters.sifting import in_reach


@pytest.fixture(params=["classic", "quorum"])
def queue(request: pytest.FixtureRequest, user: RabbitUser, rabbit_host: RabbitHost) -> str:
    """Without a limit on deliveries, in every release."""
    if is_4(rabbit_host):
        set_policy(rabbit_host, "dead", delivery_limit=-1)
    user.declare("dead", {"x-queue-type": request.param})
    return "dead"


async def test_a_look_shows_the_letters_in_line_and_hides_them_from_others_while_it_lasts(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, queue: str
) -> None:
    await put(client, queue, *bodies(10))
    async with opened(rabbit_host, queue) as letters:
        assert letters.count == 10
        assert [(held.id, held.body) for held in await letters.page(0, 4)] == [
            (number + 1, body) for number, body in enumerate(bodies(4))
        ]
        await until(lambda: user.ready(queue) == 6)
        assert [held.body for held in await letters.page(2, 4)] == bodies(6)[2:]
        assert [held.body for held in await letters.page(8, 4)] == bodies(10)[8:]
        assert await letters.page(10, 4) == []
    await until(lambda: user.ready(queue) == 10)
    back = await take_all(client, queue)
    assert [message.body for message in back] == bodies(10)
    assert all(message.redelivered for message in back)


async def test_who_opens_next_misses_none_of_those_given_back(
    rabbit_host: RabbitHost, client: RabbitClient, queue: str
) -> None:
    await put(client, queue, *bodies(3_000))
    for _ in range(3):
        async with opened(rabbit_host, queue) as letters:
            assert letters.count == 3_000
            for first in range(0, 3_000, 300):
                await letters.page(first, 300)
    async with opened(rabbit_host, queue) as letters:
        assert len(await all_of(letters)) == 3_000


async def test_letters_may_be_removed_in_any_order(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, queue: str
) -> None:
    """A broker ends the channel at an acknowledgement that it has had."""
    await put(client, queue, *bodies(50))
    async with opened(rabbit_host, queue) as letters:
        held = await all_of(letters, 50)
        for part in (held[10:20], held[25:30:2], held[:10], held[20:25], held[26:30:2]):
            await letters.remove(part)
    await until(lambda: user.ready(queue) == 20)
    assert [message.body for message in await take_all(client, queue)] == bodies(50)[30:]


async def test_what_came_later_is_seen_after_a_refresh(
    rabbit_host: RabbitHost, client: RabbitClient, queue: str
) -> None:
    await put(client, queue, *bodies(3))
    async with opened(rabbit_host, queue) as letters:
        assert len(await letters.page(0, 10)) == 3
        await put(client, queue, b"later")
        assert len(await letters.page(0, 10)) == 3
        await letters.refresh()
        assert letters.count == 4
        assert {held.body for held in await letters.page(0, 10)} == {*bodies(3), b"later"}


async def test_who_stops_waiting_for_a_page_is_given_no_more_letters(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, queue: str
) -> None:
    """Be it between asking for them and the broker's answer, as a filter that is exchanged does it."""
    await put(client, queue, *bodies(10))
    async with opened(rabbit_host, queue) as letters:
        assert isinstance(letters, RabbitLetters)
        page = asyncio.ensure_future(letters.page(0, 4))
        await _until_asked(letters._checkout, "looking into", 2)  # to agree on a window, and to be a consumer
        page.cancel()
        with pytest.raises(asyncio.CancelledError):
            await page
        await letters.remove(shown := await letters.page(0, 4))
        await until(lambda: user.consumers(queue) == 0)
        assert user.ready(queue) == 6
    left = [message.body for message in await take_all(client, queue)]
    assert sorted([*left, *(held.body for held in shown)]) == bodies(10)


async def test_who_stops_waiting_for_the_end_of_a_look_is_given_the_rest_next(client: RabbitClient, queue: str) -> None:
    """And not waiting for it from the consumer that was ended."""
    await put(client, queue, *bodies(3))
    checkout = await Checkout.open(client, queue)
    await checkout.take(3, window=10, most_bytes=1_000)
    ending = asyncio.ensure_future(checkout.stop())
    await _until_asked(checkout, "ending the look")
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    await until(lambda: not checkout._channel._waiting)
    await put(client, queue, b"later")
    async with asyncio.timeout(10):
        assert [message.body for message in await checkout.take(1, window=10, most_bytes=1_000)] == [b"later"]
    await checkout.give_back()


async def _until_asked(checkout: Checkout, doing: str, times: int = 1) -> None:
    """And not answered yet, the last time."""
    asked = set[object]()
    while len(asked) < times:
        await asyncio.sleep(0)
        asked.update(answer for answer, what in checkout._channel._waiting if what.startswith(doing))


async def test_only_what_is_removed_is_gone(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, queue: str
) -> None:
    """Removed in any order, some twice, some beside others that stay: tags are acknowledged one by one, or in runs."""
    await put(client, queue, *bodies(20))
    async with opened(rabbit_host, queue) as letters:
        every = [held for batch in [batch async for batch in letters.batches(7)] for held in batch]
        assert [held.body for held in every] == bodies(20)
        gone = [every[place] for place in (11, 0, 1, 2, 13, 12, 5)]
        await letters.remove(gone)
        await letters.remove([*gone, every[3]])
    await until(lambda: user.ready(queue) == 12)
    stays = [held.body for held in every if held not in [*gone, every[3]]]
    assert sorted(message.body for message in await take_all(client, queue)) == sorted(stays)


async def test_what_is_removed_is_gone_though_the_connection_breaks_at_once(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, queue: str
) -> None:
    await put(client, queue, *bodies(500))
    letters = await _rabbit(rabbit_host, queue)
    every = await all_of(letters)
    await letters.remove(every[:300])
    cut(letters._client)
    with pytest.raises(UnreachableError, match="The connection is gone"):
        await letters.remove(every[300:])
    await letters.close()
    await until(lambda: user.ready(queue) == 200)
    assert {message.body for message in await take_all(client, queue)} == set(bodies(500)[300:])


async def test_more_than_are_under_way_at_once_can_be_held(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, queue: str
) -> None:
    """Nothing is settled meanwhile: the prefetch of one consumer would never be free again."""
    await put(client, queue, *bodies(100))
    async with opened(rabbit_host, queue) as letters:
        batches = [batch async for batch in letters.batches(10)]
        assert [held.body for batch in batches for held in batch] == bodies(100)
        await letters.remove(batches[9])
    await until(lambda: user.ready(queue) == 90)


async def test_over_a_slow_link_what_has_come_is_not_kept_waiting_for_the_rest_of_a_batch(
    rabbit_host: RabbitHost, client: RabbitClient, queue: str
) -> None:
    await put(client, queue, *bodies(2_000))
    port = urlsplit(rabbit_host.connection.urls[0]).port
    assert port is not None
    async with slow_front(port, back=200_000) as slow:
        letters = await open_letters(replace(rabbit_host.connection, urls=(f"amqp://127.0.0.1:{slow}",)), queue)
        batches = [batch async for batch in letters.batches(2_000)]
        await letters.close()
    assert [held.body for batch in batches for held in batch] == bodies(2_000)
    assert max(map(len, batches)) < 1_000


async def test_chosen_ones_are_those_of_this_look(rabbit_host: RabbitHost, client: RabbitClient, queue: str) -> None:
    await put(client, queue, *bodies(10))
    async with opened(rabbit_host, queue) as letters:
        await letters.page(0, 5)
        chosen = [held async for batch in letters.batches(2, [4, 2]) for held in batch]
        assert [held.body for held in chosen] == [b"letter 1", b"letter 3"]
        with pytest.raises(RefusedError, match="choose them again"):
            [batch async for batch in letters.batches(2, [6])]
        await letters.remove(chosen)
        assert [held.body for held in await letters.page(0, 3)] == [b"letter 0", b"letter 2", b"letter 4"]
        assert not letters.lasting_ids


async def test_a_letter_of_an_earlier_look_is_not_removed_by_mistake(
    rabbit_host: RabbitHost, client: RabbitClient, queue: str
) -> None:
    await put(client, queue, *bodies(2))
    async with opened(rabbit_host, queue) as letters:
        (first, _) = await letters.page(0, 2)
        await letters.refresh()
        await letters.page(0, 2)
        with pytest.raises(RefusedError, match="look at it again"):
            await letters.remove([first])
    assert len(await _all_back(client, queue, 2)) == 2


async def test_a_lost_connection_gives_back_everything(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, queue: str
) -> None:
    await put(client, queue, *bodies(50))
    letters = await _rabbit(rabbit_host, queue)
    await letters.page(0, 20)
    cut(letters._client)
    with pytest.raises(UnreachableError):
        await letters.page(20, 5)
    await letters.close()
    await until(lambda: user.ready(queue) == 50)


async def test_a_fingerprint_is_the_same_at_each_look(
    rabbit_host: RabbitHost, client: RabbitClient, queue: str
) -> None:
    """Whatever the queue counts meanwhile, and whether there are headers or none."""
    await put(client, queue, b"a", b"b", properties=PLAIN)
    await put(client, queue, b"a", properties=replace(PLAIN, headers=encode_table({"x": 1.5, "deep": {"y": [1]}})))
    await put(client, queue, b"a", properties=Properties(headers=encode_table({}), app_id="test"))
    looks = []
    async with opened(rabbit_host, queue) as letters:
        for _ in range(3):
            looks.append([letters.fingerprint(held) for held in await letters.page(0, 4)])
            await letters.refresh()
    assert looks[0] == looks[1] == looks[2]
    assert len(set(looks[0])) == 4
    assert all(len(each) <= 16 for each in looks[0])


async def test_no_more_are_held_than_fit(
    rabbit_host: RabbitHost, client: RabbitClient, monkeypatch: pytest.MonkeyPatch, queue: str
) -> None:
    monkeypatch.setattr(module, "MOST_HELD", 5)
    await put(client, queue, *bodies(10))
    async with opened(rabbit_host, queue) as letters:
        assert len(await letters.page(0, 5)) == 5
        with pytest.raises(RefusedError, match="5 messages of dead are held here"):
            await letters.page(5, 1)


async def test_bodies_are_held_up_to_so_many_bytes(
    rabbit_host: RabbitHost, client: RabbitClient, monkeypatch: pytest.MonkeyPatch, queue: str
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 25_000)
    await put(client, queue, *[bytes(10_000)] * 6)
    async with opened(rabbit_host, queue) as letters:
        assert letters.reachable == 6
        assert [len(page) async for page in in_reach(letters, 2)] == [2, 1]
        assert (letters.reachable, letters.count) == (3, 6)
        with pytest.raises(RefusedError, match="3 messages of dead are held here"):
            await letters.page(5, 1)


async def test_a_page_that_cannot_be_reached_is_no_end_of_the_queue(
    rabbit_host: RabbitHost, client: RabbitClient, monkeypatch: pytest.MonkeyPatch, queue: str
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 25_000)
    await put(client, queue, *[bytes(10_000)] * 6)
    async with opened(rabbit_host, queue) as letters:
        with pytest.raises(RefusedError, match="3 messages of dead are held here"):
            await letters.page(5, 1)


async def test_few_are_on_their_way_before_their_sizes_are_known(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, monkeypatch: pytest.MonkeyPatch, queue: str
) -> None:
    """The management API tells sizes seconds later."""
    monkeypatch.setattr(module, "PAGE_BYTES", 1)
    await put(client, queue, *bodies(100))
    async with opened(rabbit_host, queue) as letters:
        await letters.page(0, 100)
        assert user.ready(queue) >= 100 - 16


async def test_letters_that_others_take_are_not_waited_for(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, queue: str
) -> None:
    await put(client, queue, *bodies(10))
    async with opened(rabbit_host, queue) as letters:
        for method, _, _ in user.take(queue, 4):
            user.ack(method.delivery_tag)
        assert [held.body for held in await all_of(letters)] == bodies(10)[4:]


async def test_a_queue_that_gives_us_nothing_is_said_so(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a single active consumer, and it is another one."""
    monkeypatch.setattr("wqstudio.brokers.rabbitmq.letters.checkout.PATIENCE", 2.0)
    user.declare("alone", {"x-single-active-consumer": True})
    async with opened(rabbit_host, "alone") as other:
        assert isinstance(other, RabbitLetters)
        await other._checkout._consume(1)
        await put(client, "alone", *bodies(3))
        async with opened(rabbit_host, "alone") as letters:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await letters.page(0, 3)
            assert user.consumers("alone") == 1
            with pytest.raises(RefusedError, match="single active one"):
                await letters.page(0, 3)
            await other.refresh()  # which ends its turn
            assert user.consumers("alone") == 0  # else the look would be the active one now, and hold up all others
            await letters.refresh()
            assert [held.body for held in await letters.page(0, 3)] == bodies(3)


async def test_a_queue_that_another_consumer_has_to_itself_is_said_so(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser
) -> None:
    """RabbitMQ calls that a missing permission, which nobody can grant."""
    user.declare("alone")
    await put(client, "alone", *bodies(3))
    user._channel.basic_qos(prefetch_count=1)
    user._channel.basic_consume("alone", lambda *_: None, exclusive=True)
    async with opened(rabbit_host, "alone") as letters:
        with pytest.raises(DeniedError, match=r"another consumer has the queue to itself .*; stop it, and try again"):
            await letters.page(0, 3)


async def test_a_queue_that_deletes_itself_is_not_looked_into(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser
) -> None:
    user._channel.queue_declare("brief", auto_delete=True, durable=True)
    await put(client, "brief", b"letter")
    async with opened(rabbit_host, "brief") as letters:
        assert "auto-delete" in letters.cost.refusal
        assert not letters.cost.liftable
        with pytest.raises(RefusedError, match="auto-delete"):
            await letters.page(0, 1)
    assert user.ready("brief") == 1


async def test_a_queue_of_which_nothing_is_known_is_not_looked_into(
    rabbit_host: RabbitHost, client: RabbitClient, queue: str
) -> None:
    await put(client, queue, b"letter")
    blind = replace(rabbit_host.connection, management_url="http://127.0.0.1:1")
    letters = await open_letters(blind, queue)
    assert letters.count == 1
    with pytest.raises(RefusedError, match=r"delivery limit .*name another address"):
        await letters.page(0, 1)
    await letters.close()
    assert [message.redelivered for message in await take_all(client, queue)] == [False]


async def test_what_cannot_be_opened_is_refused(rabbit_host: RabbitHost) -> None:
    with pytest.raises(RefusedError, match="no queue nowhere"):
        await open_letters(rabbit_host.connection, "nowhere")
    with pytest.raises(RefusedError, match="no exhausted messages"):
        await open_letters(rabbit_host.connection, "nowhere", exhausted=True)


async def test_a_look_that_is_given_up_while_it_is_opened_leaves_no_connection(
    rabbit_host: RabbitHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not to the management API either, which is asked on the way."""
    asked = asyncio.Event()

    async def ask_for_ever(*_: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(opening, "look_up", ask_for_ever)
    before = _connections()
    looking = asyncio.ensure_future(open_letters(rabbit_host.connection, "any"))
    await asked.wait()
    assert _connections() > before
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    await until(lambda: _connections() <= before)


def _connections() -> set[tuple[str, int]]:
    """From this process to servers: our ends."""
    return {each.laddr for each in psutil.Process().net_connections("tcp") if each.raddr}


async def test_the_cost_is_said_before_it_is_paid(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser
) -> None:
    user.declare("dead", {"x-consumer-timeout": 120_000})
    await put(client, "dead", b"letter")
    async with opened(rabbit_host, "dead") as letters:
        cost = letters.cost
        assert (cost.held_for, cost.looks, cost.looks_left, cost.refusal) == (120.0, None, None, "")
        assert cost.sentences[0] == "What is looked at is marked as redelivered, for good."
        assert "after 2 min" in cost.sentences[2]
        await letters.check_removable()
    assert [message.redelivered for message in await take_all(client, "dead")] == [False]


@pytest.mark.parametrize("kinds", [("classic", "quorum"), ("quorum", "classic")])
async def test_letters_go_to_a_queue_of_another_kind(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, kinds: tuple[str, str]
) -> None:
    make_policymaker(rabbit_host)
    for name, kind in zip(("from", "to"), kinds, strict=True):
        user.declare(name, {"x-queue-type": kind})
    await put(client, "from", *bodies(300))
    async with opened(rabbit_host, "from") as letters, outlet_on(rabbit_host) as outlet:
        await letters.lift_limit()
        async for batch in letters.batches(100):
            assert all(outcome.safe for outcome in await put_copies(outlet, batch, "to"))
            await letters.remove(batch)
    await until(lambda: user.ready("to") == 300)
    assert user.ready("from") == 0
    assert [message.body for message in await take_all(client, "to")] == bodies(300)


async def _rabbit(host: RabbitHost, queue: str) -> RabbitLetters:
    letters = await open_letters(host.connection, queue)
    assert isinstance(letters, RabbitLetters)
    return letters


async def _all_back(client: RabbitClient, queue: str, count: int) -> list[bytes]:
    got: list[bytes] = []
    async with asyncio.timeout(10):
        while len(got) < count:
            got += [message.body for message in await take_all(client, queue)]
    return got


async def test_who_goes_through_all_misses_none_that_a_page_takes_meanwhile(
    rabbit_host: RabbitHost, client: RabbitClient, queue: str
) -> None:
    await put(client, queue, *bodies(30))
    async with opened(rabbit_host, queue) as letters:
        seen: list[bytes] = []
        async for batch in letters.batches(5):
            seen += [held.body for held in batch]
            if len(seen) == 5:
                await letters.page(0, 12)
        assert seen == bodies(30)


async def test_no_id_is_given_to_another_letter_after_a_refresh(
    rabbit_host: RabbitHost, client: RabbitClient, queue: str
) -> None:
    await put(client, queue, *bodies(3))
    async with opened(rabbit_host, queue) as letters:
        before = [held.id for held in await letters.page(0, 3)]
        await letters.refresh()
        after = [held.id for held in await letters.page(0, 3)]
        assert not {*before} & {*after}
        with pytest.raises(RefusedError, match="not held"):
            [batch async for batch in letters.batches(5, before)]


async def test_what_the_look_itself_held_is_not_said_to_be_with_others(
    rabbit_host: RabbitHost, client: RabbitClient, queue: str
) -> None:
    """Statistics still count it for some seconds."""
    await put(client, queue, *bodies(5))
    async with opened(rabbit_host, queue) as letters:
        await letters.page(0, 5)
        await _until_counted(letters, queue, 5)
        await letters.refresh()
        assert await letters.held_elsewhere(cut_for=60.0) == 0
        await letters.remove(await letters.page(0, 5))
        await letters.refresh()
        assert (letters.count, letters.remark) == (0, "")


@pytest.mark.parametrize("kind", ["classic", "quorum"])
async def test_what_others_hold_is_said(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, kind: str
) -> None:
    """And that a quorum queue may have been given them back since: it counts every few seconds."""
    user.declare("held", {"x-queue-type": kind})
    await put(client, "held", *bodies(5))
    user.take("held", 2)
    async with opened(rabbit_host, "held") as letters:
        await _until_counted(letters, "held", 2)
        await letters.refresh()
        when = ", as the queue counted some seconds ago," if kind == "quorum" else ","
        assert letters.remark == f"2 more are with consumers{when} and show once they give them back."


async def _until_counted(letters: Letters, queue: str, unacked: int) -> None:
    """By the node's statistics."""
    assert isinstance(letters, RabbitLetters)
    managed = letters._managed
    assert not isinstance(managed, Unknown)
    end = asyncio.get_running_loop().time() + 30
    while (record := await managed.api.queue(queue, measured=True)) is None or (
        record.messages_unacknowledged != unacked
    ):
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.1)
