"""Delays by steps, and the queues in which copies wait for them."""

import asyncio

import pytest
from hypothesis import given, strategies as st

from tests.rabbit_servers import ENOUGH_MEMORY, FULL_MEMORY, RabbitHost, RabbitNode
from tests.rabbit_user import RabbitUser
from tests.waiting import until
from wqstudio.brokers.port import UnreachableError
from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.declared import look
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered
from wqstudio.brokers.rabbitmq.amqp.properties import Properties
from wqstudio.brokers.rabbitmq.sessions import retrying
from wqstudio.brokers.rabbitmq.sessions.retrying import RetryLane


@given(st.floats(0.01, retrying.STEPS[-1] / 1_000))
def test_a_delay_is_never_shorter_and_at_most_a_third_longer(delay: float) -> None:
    assert round(delay * 1_000) <= retrying.step(delay) <= delay * 1_000 * 4 / 3 + 1


@pytest.mark.parametrize("delay", [0.05, 0.5, 1.0, 1.5, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 600.0])
def test_common_delays_are_kept_exactly(delay: float) -> None:
    assert retrying.step(delay) == round(delay * 1_000)


def test_too_short_and_too_long_ones_are_the_shortest_and_the_longest() -> None:
    assert retrying.step(0.0001) == 10
    assert retrying.step(1e9) == 80_000_000


async def test_retry_queues_are_found_by_their_names(client: RabbitClient, user: RabbitUser) -> None:
    user.declare("jobs")
    lane = RetryLane(client, "jobs")
    for delay in (30.0, 41.0):
        message = Delivered("", 1, False, "", "jobs", Properties().encode(), b"task")
        await lane.put(message, 1, delay)
    user.declare(marks.retry_queue("jobs", 20))
    user.declare(marks.retry_queue("more", 30_000))
    expected = [marks.retry_queue("jobs", delay) for delay in (30_000, 50_000)]
    assert await retrying.find(client, "jobs", [0.02, 30.0, 31.0, 45.0]) == [expected[0], expected[1]]
    assert await retrying.find(client, "jobs", [45.0, 60.0]) == [expected[1]]
    assert [user.ready(name) for name in expected] == [1, 1]
    assert await retrying.find(client, "x" * 250, [30.0]) == []


async def test_a_copy_that_its_queue_may_not_outlive_does_not_count_as_safe(
    client: RabbitClient, user: RabbitUser, rabbit_node: RabbitNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RabbitMQ, short of memory, may take longer to read it than the lease of its queue runs."""
    monkeypatch.setattr(retrying, "LINGER", 3.0)
    user.declare("jobs")
    lane = RetryLane(client, "jobs")
    message = Delivered("", 1, False, "", "jobs", Properties().encode(), b"task")
    await lane.put(message, 1, 30.0)
    try:
        await asyncio.to_thread(rabbit_node.control, "eval", f"{FULL_MEMORY}.")
        waiting = asyncio.ensure_future(lane.put(message, 1, 30.0))
        await until(lambda: client.blocked)
        with pytest.raises(UnreachableError, match="memory alarm"):
            await asyncio.wait_for(lane.put(message, 1, 30.0), 1)
        await asyncio.sleep(1.0)  # the lease is time that passes
    finally:
        await asyncio.to_thread(rabbit_node.control, "eval", f"{ENOUGH_MEMORY}.")
    with pytest.raises(UnreachableError, match="its queue may go before it"):
        await asyncio.wait_for(waiting, 10)


async def test_a_queue_that_is_looked_at_does_not_expire(
    client: RabbitClient, user: RabbitUser, rabbit_host: RabbitHost
) -> None:
    """So asking, after the look, whether it is as the studio makes them makes none."""
    for name in ("looked at", "left alone"):
        user.declare(name, {"x-expires": 800})

    def listed() -> set[str]:
        return {queue["name"] for queue in rabbit_host.manage("GET", "queues/{vhost}")}

    async with asyncio.timeout(20):
        while "left alone" in listed():
            assert await look(client, ["looked at"])
            await asyncio.sleep(0.1)
    assert "looked at" in listed()
