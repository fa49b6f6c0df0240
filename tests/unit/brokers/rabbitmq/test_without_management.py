"""A RabbitMQ that answers by AMQP alone: a run is accounted for, cleared away, and shown as far as it can be."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.rabbit_servers import RabbitHost
from tests.waiting import until
from wqstudio.domain.queue import QueueSpec, Source
from wqstudio.domain.reading import Unknown
from wqstudio.domain.scenario import Scenario
from wqstudio.domain.worker import FailureAction, OnFailure, ProducerSpec, WorkerSpec
from wqstudio.engine.studio import Studio

TASKS = 30


@pytest.fixture
async def studio(rabbit_host: RabbitHost) -> AsyncIterator[Studio]:
    """Nothing listens where its connection looks for the management API."""
    studio = await Studio.open(replace(rabbit_host.connection, management_url="http://127.0.0.1:1"))
    yield studio
    await studio.close()


def _always_failing(delay: float) -> Scenario:
    policy = OnFailure(FailureAction.BACKOFF, delay=delay, cap=delay * 2)
    worker = WorkerSpec("clumsy", Source("jobs"), service_time=0.001, failure_rate=1.0, on_failure=policy)
    return Scenario(
        name="small",
        title="Small",
        summary="",
        queues=(QueueSpec("jobs", ("jobs.>",)), QueueSpec("jobs_dlq", (), dead_letters_of="jobs")),
        workers=(worker,),
        producers=(ProducerSpec("producer", "jobs", "wqstudio/jobs.{n}", rate=0.0, count=TASKS),),
    )


def _failed(studio: Studio) -> int:
    return sum(worker.failed for worker in studio.fleet.workers.values())


async def test_what_waits_for_its_next_try_is_not_lost(studio: Studio, rabbit_host: RabbitHost) -> None:
    await studio.play(_always_failing(delay=41.0))
    await until(lambda: _failed(studio) == TASKS)
    account = await studio.settle()
    assert (account.published, account.stored, account.lost, account.duplicated) == (TASKS, TASKS, 0, 0)
    await studio.clear_away()
    assert rabbit_host.manage("GET", "queues/{vhost}") == []
    exchanges = rabbit_host.manage("GET", "exchanges/{vhost}")
    assert not [each["name"] for each in exchanges if each["name"].startswith("wqstudio")]


async def test_what_moves_home_meanwhile_is_counted_once(studio: Studio) -> None:
    await studio.play(_always_failing(delay=0.3))
    await until(lambda: _failed(studio) >= 3 * TASKS)
    account = await studio.settle()
    assert (account.published, account.stored, account.lost) == (TASKS, TASKS, 0)
    await studio.clear_away()


async def test_the_studios_queues_are_shown_as_far_as_amqp_tells(studio: Studio) -> None:
    await studio.play(_always_failing(delay=41.0))
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
    await studio.clear_away()
