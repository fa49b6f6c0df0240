"""How old what the studio shows is, on a node that counts no more often than RabbitMQ does by itself."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from pika import spec

from tests.jetstream import queue_when, queues, snapshot_when
from tests.rabbit_letters import is_4, opened, set_policy
from tests.rabbit_servers import BY_DEFAULT, RabbitHost, RabbitNode
from tests.rabbit_user import RabbitUser
from tests.waiting import until
from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.brokers.rabbitmq.broker import RabbitBroker, connect
from wqstudio.brokers.rabbitmq.management.measuring import MEASURED_UP_TO, patterns
from wqstudio.domain.history import Field, History
from wqstudio.domain.reading import Unknown, known
from wqstudio.domain.snapshot import Snapshot

_EVERY = "application:set_env(rabbit, collect_statistics_interval, {})"
"""Erlang for ``control("eval", …)``: milliseconds between two counts of queues that are made from now on."""
NAMES = ("classic", "quorum", "of [any] kind? + a|b", "ünï✓")


@pytest.fixture(scope="module")
def slow_node() -> Iterator[RabbitNode]:
    node = RabbitNode(BY_DEFAULT)
    node.start()
    yield node
    node.close()


@pytest.fixture
def slow_host(slow_node: RabbitNode) -> Iterator[RabbitHost]:
    host = slow_node.make_host()
    yield host
    host.remove()


@pytest.fixture
def slow_user(slow_host: RabbitHost) -> Iterator[RabbitUser]:
    user = RabbitUser(slow_host)
    yield user
    user.close()


@pytest.fixture
async def slow_broker(slow_host: RabbitHost) -> AsyncIterator[RabbitBroker]:
    broker = await connect(slow_host.connection)
    yield broker
    await broker.close()


async def _crowd(host: RabbitHost) -> None:
    """More queues than are asked one by one."""
    client = await connect_client(host.connection, name="crowd")
    async with client.channel() as channel:
        for number in range(MEASURED_UP_TO):
            await channel.call(spec.Queue.Declare(queue=f"other-{number}"), "making queues")
    await client.close()


@pytest.fixture
def uncounted(slow_node: RabbitNode) -> Iterator[None]:
    """Queues that are made meanwhile are counted once an hour: what is known of them sooner was asked of themselves."""
    slow_node.control("eval", _EVERY.format(3_600_000) + ".")
    yield
    slow_node.control("eval", _EVERY.format(5_000) + ".")


async def test_what_a_look_before_has_given_back_is_not_said_to_be_with_consumers(
    slow_host: RabbitHost, slow_user: RabbitUser
) -> None:
    """A quorum queue counts it as given out for seconds yet."""
    if is_4(slow_host):
        set_policy(slow_host, "dead", delivery_limit=-1)
    slow_user.declare("dead", {"x-queue-type": "quorum"})
    for number in range(3):
        slow_user.publish("dead", b"%d" % number)

    def given_out() -> int:
        return int(slow_host.manage("GET", "queues/{vhost}/dead").get("messages_unacknowledged", 0))

    async with opened(slow_host, "dead") as before:
        await before.page(0, 3)
        await until(lambda: given_out() == 3)
    async with opened(slow_host, "dead") as letters:
        assert (letters.count, letters.remark) == (3, "")


@pytest.mark.usefixtures("uncounted")
async def test_what_is_on_screen_is_of_now_also_among_many(
    slow_broker: RabbitBroker, slow_host: RabbitHost, slow_user: RabbitUser
) -> None:
    for name in NAMES:
        slow_user.declare(name, {"x-queue-type": "quorum" if name == "quorum" else "classic"})
    slow_broker.watch([*NAMES, "no such queue"])
    for held in range(1, 4):
        await _check_of_now(slow_broker, slow_user, held, within=0.0)
    await queue_when(slow_broker, "quorum", lambda queue: queue.in_flight == 3)
    await _crowd(slow_host)
    for held in range(4, 7):
        # A poll of many takes its time, and the next ones may keep what it has measured.
        await _check_of_now(slow_broker, slow_user, held, within=30.0)
    await queue_when(slow_broker, "quorum", lambda queue: queue.in_flight == 6)


async def _check_of_now(broker: RabbitBroker, user: RabbitUser, held: int, within: float) -> None:
    """Once each queue has one more that waits, and one more that is held."""
    for name in NAMES:
        user.publish(name, b"task")
        user.publish(name, b"task")
        user.take(name, 1)
    found = await queues(broker)
    assert {name: found[name].waiting for name in NAMES} == dict.fromkeys(NAMES, held)
    await snapshot_when(broker, partial(_all_unacked, held), within)


def _all_unacked(held: int, snapshot: Snapshot) -> bool:
    found = known(snapshot.queues, {})
    return all(found[name].in_flight == held for name in NAMES if name != "quorum")


async def test_a_quorum_queue_is_not_said_to_be_empty_before_it_has_counted_after_a_restart(
    slow_node: RabbitNode, slow_host: RabbitHost, slow_user: RabbitUser
) -> None:
    """Or its dead letters would be told to have died once it has."""
    slow_user.declare("dead", {"x-queue-type": "quorum"})
    for number in range(3):
        slow_user.publish("dead", b"%d" % number)
    slow_user.close()
    await asyncio.to_thread(slow_node.restart)
    broker = await connect(slow_host.connection)
    told: set[int] = set()
    while not told:
        messages = (await queues(broker))["dead"].messages
        told |= set() if isinstance(messages, Unknown) else {messages}
    await broker.close()
    assert told == {3}


@pytest.fixture
def without_statistics(slow_node: RabbitNode) -> Iterator[None]:
    """As the node's configuration may have it."""
    collector = "application:set_env(rabbitmq_management_agent, disable_metrics_collector, {})."
    slow_node.control("eval", collector.format("true"))
    yield
    slow_node.control("eval", collector.format("false"))


@pytest.mark.usefixtures("without_statistics")
async def test_a_quorum_queue_is_known_to_be_empty_where_there_are_no_statistics(
    slow_host: RabbitHost, slow_user: RabbitUser
) -> None:
    slow_user.declare("dead", {"x-queue-type": "quorum"})
    broker = await connect(slow_host.connection)
    assert (await queues(broker))["dead"].messages == 0
    await broker.close()


@pytest.mark.parametrize("kind", ["classic", "quorum"])
async def test_no_more_is_stored_than_was_published(
    slow_broker: RabbitBroker, slow_user: RabbitUser, kind: str
) -> None:
    """What is ready is known of now, what is unacked of a few seconds ago: together they would be more."""
    slow_user.declare("jobs", {"x-queue-type": kind})
    slow_broker.watch(["jobs"])
    for _ in range(10):
        slow_user.publish("jobs", b"task")
    slow_user.take("jobs", 7)
    await queue_when(slow_broker, "jobs", lambda queue: queue.in_flight == 7, within=12)
    slow_user.recover()
    await until(lambda: slow_user.ready("jobs") == 10)  # a quorum queue agrees to it before it has done it
    while (queue := (await queues(slow_broker))["jobs"]).in_flight != 0:
        assert (queue.waiting, queue.messages) == (10, 10)
        await asyncio.sleep(0.1)
    assert (queue.waiting, queue.messages) == (10, 10)


async def test_rates_come_late_and_never_in_jumps(slow_broker: RabbitBroker, slow_user: RabbitUser) -> None:
    """The node counts every 5 s: 20 messages a second must not show as 100 in every fifth second."""
    slow_user.declare("jobs")
    history = History(redelivered_is_rate=True)
    begun, published, rates = time.monotonic(), 0, np.array([])
    while rates.size < 4 or np.median(rates[-4:]) != pytest.approx(20, rel=0.3):
        passed = time.monotonic() - begun
        assert passed < 60, rates
        while published < 20 * passed:  # the same rate, whoever else wants the processor
            slow_user.publish("jobs", b"task")
            published += 1
        history.record(await slow_broker.snapshot())
        await asyncio.sleep(0.5)
        rates = history.queue("jobs", time.time() - 60, time.time()).of(Field.PUBLISHED)
        rates = rates[~np.isnan(rates)]
        assert rates.max(initial=0) < 40


@pytest.mark.alone
async def test_the_studios_own_node_counts_every_second(rabbit_host: RabbitHost) -> None:
    broker, user = await connect(rabbit_host.connection), RabbitUser(rabbit_host)
    user.declare("jobs", {"x-queue-type": "quorum"})
    for _ in range(3):
        user.publish("jobs", b"task")
    user.take("jobs", 2)
    counted = (2, 3, 2)
    await queue_when(
        broker, "jobs", lambda queue: (queue.in_flight, queue.published, queue.delivered) == counted, within=4
    )
    user.close()
    await broker.close()


@settings(max_examples=30)
@given(st.lists(st.text(min_size=1, max_size=255), max_size=32))
def test_every_name_is_in_one_pattern(names: list[str]) -> None:
    found = list(patterns(names))
    assert all(len(quote(pattern)) < 7_500 for pattern in found)
    assert all(any(re.match(pattern, name) for pattern in found) for name in names)
