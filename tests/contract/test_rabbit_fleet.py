"""Simulated workers as RabbitMQ itself sees them: channels, prefetch, unacknowledged messages, copies that wait."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from time import monotonic

import psutil
import pytest

from tests.contract.labs import Lab, RabbitLab
from tests.contract.watch import POISON, RUN, Watch, apart, make_queue
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from wqstudio.brokers.port import Broker, RefusedError
from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.domain.commands import StartWorker
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.worker import (
    AckMode,
    FailureAction,
    OnFailure,
    Outcome,
    Phase,
    Spread,
    TaskKind,
    WorkerSpec,
)
from wqstudio.engine.executor import Executor
from wqstudio.fleet.supervisor import MOST_WORKERS

STATISTICS = 30.0
"""Seconds after which what happened is counted."""
Sight = dict[str, tuple[int, bool, int]]
"""Consumers by tag: prefetch, whether they acknowledge, and what their channel holds."""


@pytest.fixture
def make_lab(rabbit_host: RabbitHost) -> Callable[[], Lab]:
    return lambda: RabbitLab(rabbit_host)


Fits = Callable[[Sight], bool]
Seen = Callable[[Fits], Awaitable[Sight]]


@pytest.fixture
def seen(rabbit_host: RabbitHost) -> Seen:
    """Wait until the management API shows consumers that fit."""

    async def seen(fits: Fits) -> Sight:
        end = monotonic() + STATISTICS
        while not fits(sight := await asyncio.to_thread(_sight, rabbit_host)):
            assert monotonic() < end, f"did not come true: {sight}"
            await asyncio.sleep(0.1)
        return sight

    return seen


def _sight(host: RabbitHost) -> Sight:
    channels = host.manage("GET", "vhosts/{vhost}/channels")
    unacked = {each["name"]: each.get("messages_unacknowledged", 0) for each in channels}
    return {
        each["consumer_tag"]: (
            each["prefetch_count"],
            each["ack_required"],
            unacked.get(dict(each["channel_details"]).get("name"), -1),  # [] before it is known
        )
        for each in host.manage("GET", "consumers/{vhost}")
    }


def _are(*expected: tuple[int, bool, int]) -> Fits:
    return lambda sight: sorted(sight.values()) == sorted(expected)


@apart
async def test_prefetch_is_what_the_broker_lets_each_worker_hold(broker: Broker, watch: Watch, seen: Seen) -> None:
    await make_queue(broker)
    await watch.put(200)
    one, _, fifty = [await watch.worker(service_time=600, prefetch=prefetch) for prefetch in (1, 10, 50)]
    await watch.until(lambda: sorted(watch.held()) == [1, 10, 50])
    await watch.fleet.set_prefetch(one, 5)
    await watch.until(lambda: sorted(watch.held()) == [5, 10, 50])
    unlimited = await watch.worker(service_time=600, prefetch=0)
    two_that_share_a_channel = ((1, True, 5), (4, True, 5))
    await seen(_are(*two_that_share_a_channel, (10, True, 10), (50, True, 50), (0, True, 135)))
    await watch.fleet.crash(fifty)
    await seen(_are(*two_that_share_a_channel, (10, True, 10), (0, True, 185)))
    await watch.until(lambda: watch.fleet.workers[unlimited].held == 185)


async def test_automatic_acknowledgement_is_the_brokers(broker: Broker, watch: Watch, seen: Seen) -> None:
    await make_queue(broker)
    await watch.put(50)
    id_ = await watch.worker(service_time=600, prefetch=3, ack_mode=AckMode.ON_RECEIPT)
    await watch.until(lambda: watch.fleet.workers[id_].held == 50)
    await seen(_are((0, False, 0)))
    assert await broker.remaining_tasks("jobs", RUN) == []


async def test_a_retry_waits_in_a_queue_of_its_delay_and_counts_in_a_header(
    broker: Broker, watch: Watch, user: RabbitUser
) -> None:
    await make_queue(broker)
    await watch.put(1, POISON)
    await watch.worker(service_time=0, on_failure=OnFailure(FailureAction.BACKOFF, delay=0.2, cap=60))
    await watch.until(lambda: len(watch.settled) == 3)
    assert await watch.fleet.stop_all(5)
    ((_, properties, body),) = user.take(marks.retry_queue("jobs", 800), 1)
    assert body == POISON
    assert properties.headers[marks.RETRIES_HEADER] == 3
    assert properties.delivery_mode == 2
    assert user.ready("jobs") == 0


@apart
async def test_deliveries_of_a_classic_queue_are_counted_by_the_fleet(broker: Broker, watch: Watch) -> None:
    """Whoever is given the message; the queue itself tells no more than that it was delivered before."""
    await make_queue(broker)
    for _ in range(2):
        await watch.worker(service_time=0.1, spread=Spread.FIXED, prefetch=1)
    await watch.put(1, POISON)
    await watch.until(lambda: len(watch.settled) >= 9)
    told = sorted(watch.settled, key=lambda row: row.received)
    assert [row.deliveries for row in told] == list(range(1, len(told) + 1))
    assert all(row.counted for row in told)


async def test_a_copy_that_a_full_queue_refuses_leaves_the_original(broker: Broker, watch: Watch) -> None:
    await broker.ensure(QueueSpec("jobs", ("jobs.*",), max_messages=1))
    mix = (TaskKind("bad", poison=True),)
    producer = await watch.producer(rate=0, count=4, mix=mix)
    await watch.worker(service_time=0.05, on_failure=OnFailure(FailureAction.NAK, tries=2))
    await watch.until(lambda: watch.fleet.producers[producer].phase is Phase.STOPPED)
    await watch.until(lambda: sum(row.outcome is Outcome.TERMINATED for row in watch.settled) == 4)
    account = await watch.account(broker)
    assert (account.published, account.terminated, account.lost, account.stored) == (4, 4, 0, 0)
    assert watch.fleet.producers[producer].refused, "it was full indeed"


async def test_what_is_given_up_after_its_tries_is_rejected_to_the_dead_letters(
    broker: Broker, watch: Watch, user: RabbitUser
) -> None:
    """A bounded queue that refuses what is too much takes no copies after a delay: they come at once, and count."""
    await broker.ensure(QueueSpec("jobs", ("jobs.*",), max_messages=50))
    await broker.ensure(QueueSpec("dead", (), dead_letters_of="jobs"))
    await watch.put(1, POISON)
    await watch.worker(service_time=0, on_failure=OnFailure(FailureAction.NAK_DELAYED, delay=0.1, tries=3))
    await watch.until(lambda: len(watch.settled) == 3)
    assert await watch.fleet.stop_all(5)
    ((_, properties, body),) = user.take("dead", 1)
    assert body == POISON
    assert properties.headers["x-death"][0]["reason"] == "rejected"
    assert properties.headers[marks.RETRIES_HEADER] == 2


@pytest.mark.parametrize(
    ("action", "ends_in"), [(FailureAction.NAK, "jobs"), (FailureAction.TERMINATE, "dead")], ids=["requeue", "reject"]
)
async def test_what_a_worker_failed_at_is_where_it_was_put(
    broker: Broker, watch: Watch, user: RabbitUser, action: FailureAction, ends_in: str
) -> None:
    await broker.ensure(QueueSpec("jobs", ("jobs.*",), consumers=(ConsumerSpec("workers"),)))
    await broker.ensure(QueueSpec("dead", (), dead_letters_of="jobs"))
    await watch.put(1, POISON)
    id_ = await watch.worker(service_time=0.05, on_failure=OnFailure(action))
    await watch.until(lambda: watch.settled)
    await watch.fleet.stop(id_)
    await watch.until_phase(id_, Phase.STOPPED)
    ((method, properties, body),) = user.take(ends_in, 1)
    assert body == POISON
    if action is FailureAction.NAK:
        assert method.redelivered
    else:
        assert properties.headers["x-death"][0]["reason"] == "rejected"


@apart
async def test_two_hundred_workers_have_channels_of_their_own_in_few_threads(
    broker: Broker, watch: Watch, rabbit_host: RabbitHost
) -> None:
    await make_queue(broker)
    began = monotonic()
    ids = [await watch.worker(name=f"w{number}", service_time=0.02) for number in range(MOST_WORKERS)]
    await watch.until(lambda: all(watch.fleet.workers[id_].phase is Phase.WAITING for id_ in ids))
    assert monotonic() - began < 20, "1 s on two idle cores"
    hosts = [psutil.Process(pid) for pid in watch.fleet.hosts.values()]
    assert all(host.num_threads() <= 6 for host in hosts)
    assert all(host.memory_info().rss < 100 << 20 for host in hosts), "50 MB each"
    assert await asyncio.to_thread(_channels, rabbit_host) == MOST_WORKERS, "each on a connection of its own"
    await watch.producer(rate=0, count=2_000)
    await watch.until(lambda: len(watch.acked) > 500)
    await watch.fleet.crash(ids[0])
    await watch.until(lambda: len(watch.acked) == 2_000)
    assert all(watch.fleet.workers[id_].acked > 0 for id_ in ids[1:])
    assert [id_ for id_ in ids if watch.fleet.workers[id_].phase.over] == [ids[0]], "one crash took others along"
    account = await watch.account(broker)
    assert (account.published, account.lost, account.stored) == (2_000, 0, 0)


def _channels(host: RabbitHost) -> int:
    """Connections with exactly one channel."""
    listed = host.node.control("list_channels", "vhost", "connection").splitlines()
    connections = Counter(line.split("\t")[1] for line in listed if line.startswith(f"{host.connection.vhost}\t"))
    return sum(channels == 1 for channels in connections.values())


@pytest.mark.parametrize(("persistent", "mode"), [(True, 2), (False, 1)])
async def test_a_producer_says_whether_its_messages_are_written_to_disk(
    broker: Broker, watch: Watch, user: RabbitUser, mode: int, *, persistent: bool
) -> None:
    await make_queue(broker)
    await watch.producer(rate=0, count=1, persistent=persistent)
    await watch.until(lambda: watch.published)
    ((_, properties, _),) = user.take("jobs", 1)
    assert properties.delivery_mode == mode


async def test_a_worker_that_would_look_into_one_queue_before_another_is_refused(broker: Broker, watch: Watch) -> None:
    """At the door, and should it come by another way."""
    await make_queue(broker)
    executor = Executor(broker, watch.fleet, lambda _: None, read_only=False, owns=lambda _: True)
    with pytest.raises(RefusedError, match="cannot look into high before jobs"):
        await executor.run(StartWorker(WorkerSpec("w", Source("jobs"), prior=Source("high"))))
    assert not watch.fleet.workers
    id_ = await watch.worker(prior=Source("jobs"))
    await watch.until_phase(id_, Phase.FAILED)
    assert "the broker pushes" in watch.fleet.workers[id_].reason
