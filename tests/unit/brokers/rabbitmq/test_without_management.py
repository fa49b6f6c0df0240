"""A RabbitMQ that answers by AMQP alone: a run is accounted for, cleared away, and shown as far as it can be."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.rabbit_servers import RabbitHost
from tests.waiting import until
from wqstudio.background import cancel
from wqstudio.brokers.rabbitmq.sessions.sessions import RabbitSessions
from wqstudio.brokers.sessions import Delivery
from wqstudio.domain.commands import RemoveOwnQueues
from wqstudio.domain.queue import QueueSpec, Source
from wqstudio.domain.reading import Unknown
from wqstudio.domain.scenario import Scenario
from wqstudio.domain.worker import FailureAction, OnFailure, ProducerSpec, WorkerSpec
from wqstudio.engine.studio import Studio

TASKS = 30
SOURCE = Source("jobs")


@pytest.fixture
async def studio(rabbit_host: RabbitHost) -> AsyncIterator[Studio]:
    """Nothing listens where its connection looks for the management API."""
    studio = await Studio.open(replace(rabbit_host.connection, management_url="http://127.0.0.1:1"))
    yield studio
    await studio.close()


CLUMSY = WorkerSpec(
    "clumsy", SOURCE, service_time=0.001, failure_rate=1.0, on_failure=OnFailure(FailureAction.BACKOFF, delay=41.0)
)
REJECTING = replace(CLUMSY, on_failure=OnFailure(FailureAction.TERMINATE))


def _scenario(*workers: WorkerSpec) -> Scenario:
    return Scenario(
        name="small",
        title="Small",
        summary="",
        queues=(QueueSpec("jobs", ("jobs.>",)), QueueSpec("jobs_dlq", (), dead_letters_of="jobs")),
        workers=workers,
        producers=(ProducerSpec("producer", "jobs", "wqstudio/jobs.{n}", rate=0.0, count=TASKS),),
    )


def _failed(studio: Studio) -> int:
    return sum(worker.failed for worker in studio.fleet.workers.values())


@contextlib.asynccontextmanager
async def _giving_back(host: RabbitHost, delay: float) -> AsyncIterator[list[Delivery]]:
    """A worker of another studio, which has the management API; yields what it has given back."""
    session = await RabbitSessions(host.connection).open_worker(SOURCE, TASKS)
    given_back: list[Delivery] = []

    async def work() -> None:
        while True:
            for delivery in await session.take():
                session.nak(delivery, delay)
                given_back.append(delivery)

    working = asyncio.ensure_future(work())
    yield given_back
    await cancel(working)
    await session.close()


async def test_what_nobody_tells_to_be_safe_is_given_back_at_once_and_said(studio: Studio) -> None:
    await studio.play(_scenario(CLUMSY))
    await until(lambda: _failed(studio) > TASKS)
    (worker,) = studio.fleet.workers.values()
    assert "without an answer of the management API" in worker.reason
    account = await studio.settle()
    assert (account.published, account.stored, account.lost) == (TASKS, TASKS, 0)


async def test_only_the_delays_that_workers_were_given_are_looked_for(studio: Studio, rabbit_host: RabbitHost) -> None:
    """The node writes a line into its log for each queue that is looked for and not there."""
    await studio.play(_scenario(replace(CLUMSY, on_failure=OnFailure(FailureAction.BACKOFF, delay=41.0, cap=50.0))))
    await until(lambda: _failed(studio) > 0)
    await studio.settle()
    looked_for = re.findall(
        rf"no queue 'jobs\.wqs-retry-(\d+)' in vhost '{rabbit_host.connection.vhost}'", rabbit_host.node.log
    )
    assert set(looked_for) == {"50000"}


async def test_what_waits_for_its_next_try_is_not_lost(studio: Studio, rabbit_host: RabbitHost) -> None:
    await studio.play(_scenario())
    studio.broker.expect_retries("jobs", [41.0])
    async with _giving_back(rabbit_host, 41.0) as given_back:
        await until(lambda: len(given_back) == TASKS)
    account = await studio.settle()
    assert (account.published, account.stored, account.lost, account.duplicated) == (TASKS, TASKS, 0, 0)
    await studio.executor.run(RemoveOwnQueues(tuple(sorted(studio.executor.made))))
    assert rabbit_host.manage("GET", "queues/{vhost}") == []
    exchanges = rabbit_host.manage("GET", "exchanges/{vhost}")
    assert not [each["name"] for each in exchanges if each["name"].startswith("wqstudio")]


async def test_what_moves_home_meanwhile_is_counted_once(studio: Studio, rabbit_host: RabbitHost) -> None:
    await studio.play(_scenario())
    studio.broker.expect_retries("jobs", [0.3])
    async with _giving_back(rabbit_host, 0.3) as given_back:
        await until(lambda: len(given_back) >= 3 * TASKS)
    account = await studio.settle()
    assert (account.published, account.stored, account.lost) == (TASKS, TASKS, 0)


async def test_the_studios_queues_are_shown_as_far_as_amqp_tells(studio: Studio) -> None:
    await studio.play(_scenario(REJECTING))
    await until(lambda: _failed(studio) == TASKS)
    snapshot = await studio.broker.snapshot()
    assert isinstance(snapshot.queues, dict)
    jobs, dead = snapshot.queues["jobs"], snapshot.queues["jobs_dlq"]
    assert (jobs.kind, jobs.waiting, jobs.consumer_count, jobs.owned) == ("classic queue", 0, 1, True)
    assert (jobs.dead_letter_queues, dead.dead_letters, dead.consumer_count) == (("jobs_dlq",), True, 0)
    (told,) = studio.broker.describe("jobs")
    settings = {each.name: each.value for each in told.settings}
    assert (settings["Ready"], settings["Consumers"]) == ("0", "1")
    assert "enable the plugin rabbitmq_management" in settings["The rest"]
    for reading in (jobs.in_flight, jobs.messages, jobs.retrying, jobs.published, jobs.redeliveries):
        assert isinstance(reading, Unknown)
        assert "enable the plugin rabbitmq_management" in reading.reason
