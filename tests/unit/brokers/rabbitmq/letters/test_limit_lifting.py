"""Delivery limits of real quorum queues: refused while they could cost a message, lifted, and put back."""

import shlex
from dataclasses import replace
from typing import Any

import pytest

from tests.faults import Faults
from tests.rabbit_letters import QUORUM, bodies, is_4, make_policymaker, opened, put, set_policy, take_all
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.waiting import until
from wqstudio.brokers.factory import open_broker, open_letters
from wqstudio.brokers.port import DeniedError, RefusedError
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.letters.letters import RabbitLetters
from wqstudio.domain.reading import known
from wqstudio.engine.studio import Studio
from wqstudio.engine.write_gate import put_back_limits

LOOKS = 50


@pytest.fixture
async def limited(rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser) -> str:
    """A quorum queue with five letters, each of which may be given back three times."""
    make_policymaker(rabbit_host)
    set_policy(rabbit_host, "dead", delivery_limit=3, max_length=1_000)
    user.declare("dead", QUORUM)
    await put(client, "dead", *bodies(5))
    return "dead"


async def test_fifty_looks_lose_nothing(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, faults: Faults, limited: str
) -> None:
    async with opened(rabbit_host, limited) as letters:
        await letters.lift_limit()
        for _ in range(LOOKS):
            assert {held.body for held in await letters.page(0, 5)} == set(bodies(5))
            await letters.refresh()
    await until(lambda: user.ready(limited) == 5)
    left = [message.body for message in await take_all(client, limited)]
    assert sorted(left) == bodies(5)
    faults.note(f"looked at {LOOKS} times, delivery limit 3", bodies(5), left, "rabbitmq quorum")


async def test_a_queue_that_says_nothing_of_a_limit_is_described_as_a_look_finds_it(
    rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    user.declare("dead", QUORUM)
    async with opened(rabbit_host, "dead") as letters:
        looks = letters.cost.looks
    assert looks == (20 if is_4(rabbit_host) else None)
    broker = await open_broker(rabbit_host.connection)
    try:
        await broker.snapshot()
        described = {each.name: each.value for group in broker.describe("dead") for each in group.settings}
    finally:
        await broker.close()
    assert described["Delivery limit"] == ("no limit" if looks is None else "20, RabbitMQ's own where none is set")


async def test_a_look_that_could_drop_a_letter_is_refused_however_often_it_is_tried(
    rabbit_host: RabbitHost, client: RabbitClient, limited: str
) -> None:
    async with opened(rabbit_host, limited) as letters:
        assert (letters.cost.looks, letters.cost.looks_left, letters.cost.liftable) == (3, None, True)
        for _ in range(LOOKS):
            with pytest.raises(RefusedError, match="Lift the delivery limit for the time of the look"):
                await letters.page(0, 1)
            with pytest.raises(RefusedError, match="Lift the delivery limit"):
                [batch async for batch in letters.batches(1)]
            await letters.refresh()
    assert [message.redelivered for message in await take_all(client, limited)] == [False] * 5


async def test_the_policy_in_force_stays_so_but_for_the_limit(rabbit_host: RabbitHost, limited: str) -> None:
    set_policy(rabbit_host, "other", max_length=7)
    before = _policies(rabbit_host)
    async with opened(rabbit_host, limited) as letters:
        await letters.lift_limit()
        (added,) = [policy for name, policy in _policies(rabbit_host).items() if name not in before]
        assert (added["pattern"], added["priority"], added["apply-to"]) == ("^dead$", 4, "queues")
        assert added["definition"] == {
            "max-length": 1_000,
            "delivery-limit": -1 if is_4(rabbit_host) else 1_000_000_000,
        }
        assert letters.cost.refusal == ""
        assert not letters.cost.liftable
    assert _policies(rabbit_host) == before


async def test_what_is_left_of_the_limit_is_told_once_letters_were_seen(
    rabbit_host: RabbitHost, user: RabbitUser, limited: str
) -> None:
    for method, _, _ in user.take(limited, 1):
        user.nack(method.delivery_tag)
    async with opened(rabbit_host, limited) as letters:
        await letters.lift_limit()
        assert (letters.cost.looks, letters.cost.looks_left) == (3, None)
        await letters.page(0, 5)
        assert (letters.cost.looks, letters.cost.looks_left) == (3, 1)
        await letters.refresh()
        await letters.page(0, 5)
        await letters.refresh()
        await letters.page(0, 5)
        assert letters.cost.looks_left == 0
        assert "drops them the next time" in letters.cost.sentences[-1]


async def test_a_look_that_was_killed_leaves_its_policy_to_the_next(
    rabbit_host: RabbitHost, user: RabbitUser, limited: str
) -> None:
    before = _policies(rabbit_host)
    killed = await open_letters(rabbit_host.connection, limited)
    assert isinstance(killed, RabbitLetters)
    await killed.lift_limit()
    await killed.page(0, 5)
    async with opened(rabbit_host, limited):
        assert len(_policies(rabbit_host)) == len(before) + 1  # it lives
    killed._client.abort()
    await until(lambda: user.ready(limited) == 5)
    left = _policies(rabbit_host)
    reading = await open_letters(replace(rabbit_host.connection, read_only=True), limited)
    assert reading.cost.refusal
    await reading.close()
    assert _policies(rabbit_host) == left != before  # a read-only connection changes nothing
    async with opened(rabbit_host, limited) as letters:
        assert _policies(rabbit_host) == before
        assert letters.cost.refusal
    await killed.close()


async def test_whoever_connects_puts_back_what_a_killed_look_has_left_lifted(
    rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    """And says so; but not whoever may only look."""
    make_policymaker(rabbit_host)
    set_policy(rabbit_host, "a.dead", delivery_limit=3)
    user.declare("a.dead", QUORUM)
    before = _policies(rabbit_host)
    killed = await open_letters(rabbit_host.connection, "a.dead")
    await killed.lift_limit()
    assert (await put_back_limits(rabbit_host.connection)).lifted == [], "it lives"
    assert isinstance(killed, RabbitLetters)
    killed._client.abort()
    await until(lambda: len(rabbit_host.manage("GET", "queues/{vhost}")) == 1)
    left = _policies(rabbit_host)
    assert (await put_back_limits(replace(rabbit_host.connection, read_only=True))).lifted == ()
    assert _policies(rabbit_host) == left != before
    studio = await Studio.open(rabbit_host.connection)
    await until(lambda: any("delivery limit of a.dead is back" in event.text for event in studio.events))
    assert _policies(rabbit_host) == before
    await studio.close()
    await killed.close()


async def test_what_lifts_a_limit_is_listed_nowhere(rabbit_host: RabbitHost, limited: str) -> None:
    broker = await open_broker(rabbit_host.connection)
    async with opened(rabbit_host, limited) as letters:
        await letters.lift_limit()
        there = [queue["name"] for queue in rabbit_host.manage("GET", "queues/{vhost}")]
        assert len(there) == 2
        assert set(known((await broker.snapshot()).queues, {})) == {limited}
    await broker.close()


async def test_a_limit_that_another_look_has_lifted_is_still_one(rabbit_host: RabbitHost, limited: str) -> None:
    """It comes back when that look ends, which may be before this one does."""
    async with opened(rabbit_host, limited) as first:
        await first.lift_limit()
        async with opened(rabbit_host, limited) as second:
            assert second.cost.refusal
            await second.lift_limit()
            assert len(await second.page(0, 5)) == 5
            await first.close()
            await second.refresh()
            assert second.cost.refusal == ""
            assert len(await second.page(0, 5)) == 5


async def test_a_policy_that_somebody_takes_away_is_missed(rabbit_host: RabbitHost, limited: str) -> None:
    before = _policies(rabbit_host)
    async with opened(rabbit_host, limited) as letters:
        await letters.lift_limit()
        for name in _policies(rabbit_host).keys() - before.keys():
            rabbit_host.manage("DELETE", f"policies/{{vhost}}/{name}")
        await letters.refresh()
        assert letters.cost.refusal


async def test_an_argument_of_the_queue_is_no_matter_of_policies(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser
) -> None:
    make_policymaker(rabbit_host)
    user.declare("fixed", QUORUM | {"x-delivery-limit": 2})
    await put(client, "fixed", *bodies(3))
    async with opened(rabbit_host, "fixed") as letters:
        for _ in range(LOOKS):
            assert (letters.cost.looks, letters.cost.liftable) == (2, False)
            await letters.lift_limit()
            with pytest.raises(RefusedError, match=r"none can lift it\. Instead, have the broker move"):
                await letters.page(0, 1)
            await letters.refresh()
    assert [message.redelivered for message in await take_all(client, "fixed")] == [False] * 3


async def test_what_a_refusal_says_to_do_gets_one_to_the_messages(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser
) -> None:
    """Step by step, as it is written there."""
    rabbit_host.node.enable_shovels()
    user.declare("fixed", QUORUM | {"x-delivery-limit": 2})
    await put(client, "fixed", *bodies(3))
    async with opened(rabbit_host, "fixed") as letters:
        steps = letters.cost.refusal.splitlines()
    assert steps[1].startswith("1. Make a classic queue, fixed.look;")
    user.declare("fixed.look")
    _, _, command = steps[2].partition("run: ")
    program, *words = shlex.split(command)
    assert program == "rabbitmqctl"
    rabbit_host.node.control(*words)
    await until(lambda: user.ready("fixed.look") == 3)
    assert user.ready("fixed") == 0
    async with opened(rabbit_host, "fixed.look") as letters:
        assert letters.cost.refusal == ""
        assert [held.body for held in await letters.page(0, 5)] == bodies(3)


async def test_who_may_set_no_policies_is_told_what_to_ask_for(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser
) -> None:
    set_policy(rabbit_host, "dead", delivery_limit=3)
    user.declare("dead", QUORUM)
    await put(client, "dead", b"letter")
    async with opened(rabbit_host, "dead") as letters:
        with pytest.raises(DeniedError, match=r"may set no policies\. Give the user the tag policymaker"):
            await letters.lift_limit()
        with pytest.raises(RefusedError):
            await letters.page(0, 1)
    assert len(_policies(rabbit_host)) == 1


async def test_an_operator_policy_outweighs_ours(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser
) -> None:
    """The queue itself has to say so, which takes a node up to 5 s."""
    make_policymaker(rabbit_host)
    policy = {"pattern": "^dead$", "definition": {"delivery-limit": 3}, "apply-to": "queues"}
    rabbit_host.manage("PUT", "operator-policies/{vhost}/ours", policy)
    user.declare("dead", QUORUM)
    await put(client, "dead", b"letter")
    await until(lambda: rabbit_host.manage("GET", "queues/{vhost}/dead").get("operator_policy") == "ours")
    async with opened(rabbit_host, "dead") as letters:
        assert letters.cost.looks == 3
        with pytest.raises(RefusedError, match="an operator policy keeps it in force"):
            await letters.lift_limit()
        with pytest.raises(RefusedError):
            await letters.page(0, 1)
    assert _policies(rabbit_host) == {}


def _policies(host: RabbitHost) -> dict[str, Any]:
    return {policy["name"]: policy for policy in host.manage("GET", "policies/{vhost}")}
