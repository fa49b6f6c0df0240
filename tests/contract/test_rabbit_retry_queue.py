"""Retry with a delay by RabbitMQ's own dead-lettering: rejected, kept aside until it expires, and home again."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.contract.labs import Lab, RabbitLab
from tests.contract.watch import POISON, Watch, make_queue
from tests.jetstream import queue_when
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from wqstudio.brokers.port import Broker, RefusedError
from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.worker import FailureAction, OnFailure, Outcome

RETRIES = QueueSpec("jobs_retry", (), retries_of="jobs", delay=0.3)
DEAD = QueueSpec("dead", ("dead.*",), dead_letters_of="jobs")
REJECTING = OnFailure(FailureAction.NAK_DELAYED, delay=0.3, by_rejection=True)


@pytest.fixture
def make_lab(rabbit_host: RabbitHost) -> Callable[[], Lab]:
    return lambda: RabbitLab(rabbit_host)


async def test_what_is_rejected_comes_home_after_the_delay_and_tells_how_often(
    lab: Lab, broker: Broker, watch: Watch, user: RabbitUser
) -> None:
    for spec in (DEAD, RETRIES):  # in whatever order
        await broker.ensure(spec)
    await make_queue(broker)
    await watch.put(1, POISON)
    policy = OnFailure(FailureAction.NAK_DELAYED, 0.3, tries=3, by_rejection=True, dead_letter=lab.route("dead.{kind}"))
    await watch.worker(service_time=0, on_failure=policy)
    await watch.until(lambda: len(watch.settled) == 3)
    assert [(row.outcome, row.deliveries) for row in watch.settled] == [
        (Outcome.NAKED, 1), (Outcome.NAKED, 2), (Outcome.TERMINATED, 3)
    ]  # fmt: skip
    gaps = [later.received - row.ended for row, later in pairwise(watch.settled)]
    assert all(0.25 < gap < 5 for gap in gaps)
    account = await watch.account(broker)
    assert (account.terminated, account.stored, account.lost) == (1, 0, 0)
    ((_, properties, body),) = user.take("dead", 1)
    assert body == POISON
    deaths = {(death["queue"], death["reason"]): death["count"] for death in properties.headers["x-death"]}
    assert deaths == {("jobs", "rejected"): 2, ("jobs_retry", "expired"): 2}
    assert user.ready("jobs_retry") == user.ready("jobs") == 0


async def test_what_waits_in_a_retry_queue_is_seen_and_counted_with_its_queue(
    broker: Broker, watch: Watch, rabbit_host: RabbitHost
) -> None:
    await make_queue(broker)
    await broker.ensure(QueueSpec("jobs_retry", (), retries_of="jobs", delay=600))
    await watch.put(3, POISON)
    await watch.worker(service_time=0, on_failure=REJECTING)
    await watch.until(lambda: len(watch.settled) == 3)
    await queue_when(broker, "jobs", lambda queue: queue.retrying == 3)
    retries = await queue_when(broker, "jobs_retry", lambda queue: queue.messages == 3)
    assert retries.owned
    assert not retries.dead_letters
    account = await watch.account(broker)
    assert (account.stored, account.lost) == (3, 0)
    assert set(await broker.remove_owned(["jobs", "jobs_retry"])) == {"jobs", "jobs_retry"}
    assert rabbit_host.manage("GET", "queues/{vhost}") == []


async def test_a_letter_that_was_moved_back_begins_anew(broker: Broker, watch: Watch, user: RabbitUser) -> None:
    """Its history is of an earlier life, in which it was rejected and never came home."""
    await make_queue(broker)
    await broker.ensure(RETRIES)
    history = [{"queue": "jobs", "reason": "rejected", "count": 5, "exchange": "", "routing-keys": ["jobs"]}]
    user.publish("jobs", b'{"task": "t"}', {"x-death": history})
    await watch.worker(service_time=0)
    await watch.until(lambda: watch.settled)
    assert watch.settled[0].deliveries == 1


async def test_a_retry_queue_of_another_delay_is_refused(broker: Broker) -> None:
    await broker.ensure(RETRIES)
    with pytest.raises(RefusedError, match="x-message-ttl is 300, wanted 900"):
        await broker.ensure(QueueSpec("jobs_retry", (), retries_of="jobs", delay=0.9))
