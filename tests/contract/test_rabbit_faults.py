"""What goes wrong with a real RabbitMQ node under load: alarms, timeouts, frozen and restarted nodes, odd sizes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from math import isnan

import pytest

from tests.contract.labs import Lab, RabbitLab
from tests.contract.watch import POISON, RUN, Watch, make_queue
from tests.jetstream import queue_when
from tests.rabbit_servers import ENOUGH_MEMORY, FULL_MEMORY, RabbitHost, RabbitNode
from tests.rabbit_user import RabbitUser
from tests.waiting import until
from wqstudio.brokers.port import Broker, LinkState
from wqstudio.brokers.rabbitmq.amqp import pika_connection
from wqstudio.brokers.session_factory import sessions_on
from wqstudio.brokers.sessions import WorkerSession
from wqstudio.domain.queue import Source
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import FailureAction, OnFailure, Outcome, Phase

Evaluate = Callable[[str], Awaitable[str]]


@pytest.fixture
def make_lab(rabbit_host: RabbitHost) -> Callable[[], Lab]:
    return lambda: RabbitLab(rabbit_host)


@pytest.fixture
async def evaluate(rabbit_node: RabbitNode) -> AsyncIterator[Evaluate]:
    """Erlang in the node; what the tests here set with it is as before at their end."""

    async def evaluate(expression: str) -> str:
        return await asyncio.to_thread(rabbit_node.control, "eval", f"{expression}.")

    yield evaluate
    await evaluate(f"{ENOUGH_MEMORY}, {_hold_limit(1_800_000, 60_000)}")


def _hold_limit(milliseconds: int, looks: int) -> str:
    """For channels that are opened from now on: how long they may hold a message, and how often that is looked at."""
    return (
        f"application:set_env(rabbit, consumer_timeout, {milliseconds}), "
        f"application:set_env(rabbit, channel_tick_interval, {looks})"
    )


async def test_blocked_publishers_wait_say_why_and_go_on(broker: Broker, watch: Watch, evaluate: Evaluate) -> None:
    await make_queue(broker)
    producer = await watch.producer(rate=200)
    await watch.worker(service_time=0)
    await watch.until(lambda: len(watch.acked) > 50)
    await evaluate(FULL_MEMORY)
    await watch.until(lambda: "memory alarm" in watch.fleet.producers[producer].reason)
    blocked = watch.fleet.producers[producer]
    assert blocked.reason == "memory alarm, RabbitMQ blocks publishers"
    assert blocked.phase is Phase.WORKING
    assert "p: memory alarm, RabbitMQ blocks publishers" in watch.events
    queue = await queue_when(broker, "jobs", lambda queue: queue.waiting == 0)
    assert queue.name == "jobs", "the monitor does not go on"
    await watch.until(lambda: watch.fleet.producers[producer].unconfirmed == 256)
    stood_at = watch.fleet.producers[producer].confirmed
    await evaluate(ENOUGH_MEMORY)
    await watch.until(lambda: watch.fleet.producers[producer].confirmed > stood_at + 300)
    assert watch.fleet.producers[producer].reason == ""
    assert "p goes on" in watch.events
    await watch.fleet.stop(producer)
    await watch.until(lambda: watch.fleet.producers[producer].phase is Phase.STOPPED)
    await watch.until(lambda: watch.published <= set(watch.acked))
    account = await watch.account(broker)
    assert (account.lost, account.duplicated, account.acknowledged) == (0, 0, account.published)


async def test_workers_with_retries_go_on_acknowledging_while_publishers_are_blocked(
    broker: Broker, watch: Watch, evaluate: Evaluate
) -> None:
    """Else the queue would never get shorter, and the alarm never end."""
    await make_queue(broker)
    await watch.put(1, POISON)
    retry = OnFailure(FailureAction.NAK_DELAYED, delay=0.2)
    worker = await watch.worker(service_time=0.01, prefetch=10, on_failure=retry)
    await watch.until(lambda: len(watch.settled) == 2)
    await watch.fleet.pause(worker)
    await watch.until_phase(worker, Phase.PAUSED)
    await watch.put(50)
    await evaluate(FULL_MEMORY)
    await watch.fleet.resume(worker)
    await watch.until(lambda: "memory alarm" in watch.fleet.workers[worker].reason)
    await watch.until(lambda: len(watch.acked) == 50)
    await queue_when(broker, "jobs", lambda queue: queue.messages == 1)  # what has failed, and waits to be given back
    await evaluate(ENOUGH_MEMORY)
    tries = len(watch.settled)
    await watch.until(lambda: len(watch.settled) > tries)


async def test_a_worker_is_told_of_a_consumer_timeout_and_goes_on(
    broker: Broker, watch: Watch, evaluate: Evaluate
) -> None:
    await make_queue(broker)
    await evaluate(_hold_limit(1_000, looks=300))
    await watch.put(2)
    slow = await watch.worker(name="slow", service_time=60, prefetch=2)
    await watch.until(lambda: "consumer_timeout" in watch.fleet.workers[slow].reason)
    said = watch.fleet.workers[slow].reason
    assert (
        "was not acknowledged within 1 s. Use a smaller prefetch or faster workers, or raise consumer_timeout" in said
    )
    assert f"slow: {said}" in watch.events
    assert not watch.fleet.workers[slow].phase.over
    await watch.fleet.set_speed(slow, 1_000)
    await watch.until(lambda: len(watch.acked) == 2)
    expired = [row for row in watch.settled if row.outcome is Outcome.EXPIRED]
    assert len(expired) >= 2
    assert all(row.worker == slow for row in expired)
    assert [isnan(row.work) for row in expired[:2]] == [False, True]  # what was held beside it was lost unbegun
    assert watch.fleet.workers[slow].acked == 2
    await watch.until(lambda: watch.fleet.workers[slow].reason == "")
    account = await watch.account(broker)
    assert (account.lost, account.stored, account.duplicated) == (0, 0, 0)


@pytest.mark.alone
async def test_a_frozen_node_is_noticed_within_two_heartbeats_and_outlived(
    rabbit_node: RabbitNode, rabbit_host: RabbitHost, user: RabbitUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pika_connection, "HEARTBEAT", 2)
    user.declare("q")
    sessions = sessions_on(rabbit_host.connection)
    worker, publisher = await sessions.open_worker(Source("q"), 1), await sessions.open_publisher()
    loop = asyncio.get_running_loop()
    os.kill(rabbit_node.server.pid, signal.SIGSTOP)
    try:
        frozen_at = loop.time()
        await until(lambda: LinkState.CONNECTED not in (worker.link.state, publisher.link.state))
        assert loop.time() - frozen_at < 2 * 2
        assert worker.link.reason == "nothing was heard of the broker for too long"
    finally:
        os.kill(rabbit_node.server.pid, signal.SIGCONT)
    await until(lambda: worker.link.state is publisher.link.state is LinkState.CONNECTED, within=20)
    await publisher.publish("q", b"after", "")
    (delivery,) = await asyncio.wait_for(worker.take(), 10)
    assert delivery.body == b"after"
    await worker.ack_confirmed(delivery)
    await worker.close()
    await publisher.close()


async def _one(session: WorkerSession) -> tuple[bytes, int]:
    (delivery,) = await asyncio.wait_for(session.take(), 20)
    session.nak(delivery, delay=0.05)
    (again,) = await asyncio.wait_for(session.take(), 20)
    await session.ack_confirmed(again)
    return again.body, again.deliveries


@pytest.mark.parametrize("size", [0, 16 << 20], ids=["empty", "16 MB"])
async def test_bodies_of_any_size_are_worked_on_given_back_and_seen(
    broker: Broker, rabbit_host: RabbitHost, user: RabbitUser, size: int
) -> None:
    name = "n" * 255
    user.declare(name)
    body = os.urandom(size)
    sessions = sessions_on(rabbit_host.connection)
    publisher = await sessions.open_publisher()
    await publisher.publish(name, body, str(TaskId(RUN, 1, 0)))
    await queue_when(broker, name, lambda queue: queue.waiting == 1)
    assert await broker.remaining_tasks(name, RUN) == [TaskId(RUN, 1, 0).number]
    worker = await sessions.open_worker(Source(name), 1)
    assert await _one(worker) == (body, 2 + 1)
    await queue_when(broker, name, lambda queue: queue.messages == 0)
    await worker.close()
    await publisher.close()
