"""What is being done, as a scenario, on a real server."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.domain.commands import EnsureQueue, StartProducer, StartWorker
from wqstudio.domain.connection import Product
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.worker import ProducerSpec, WorkerSpec
from wqstudio.engine.studio import Studio
from wqstudio.scenarios.adapting import adapted
from wqstudio.scenarios.capturing import Witness
from wqstudio.scenarios.reading import read
from wqstudio.scenarios.writing import written

QUEUES = tuple(QueueSpec(name, (f"{name}.>",), consumers=(ConsumerSpec("workers"),)) for name in ("high", "low"))
WORKER = WorkerSpec("worker", Source("low", "workers"), service_time=0.01, prior=Source("high", "workers"))


@pytest.fixture
async def studio(nats_server: NatsServer) -> AsyncIterator[Studio]:
    studio = await Studio.open(nats_server.connection, worker_hosts=1)
    for queue in QUEUES:
        await studio.executor.run(EnsureQueue(queue))
    yield studio
    await studio.close()


async def test_where_a_worker_looks_first_is_a_queue_of_the_scenario(studio: Studio) -> None:
    """Also while nobody publishes to it."""
    witness = Witness(studio)
    await studio.executor.run(StartWorker(WORKER))
    await studio.executor.run(StartProducer(ProducerSpec("producer", "low", "low.{n}", rate=5.0)))
    await until(lambda: witness.works)
    captured = witness.capture("mine", "Mine", with_faults=False)
    assert captured.left_out == ()
    assert read(written(captured.scenario), "mine.toml", "mine").queues == QUEUES
    assert captured.scenario.products == (Product.NATS,), "nobody looks into one queue first on RabbitMQ"


async def test_what_both_brokers_have_is_a_scenario_for_both(studio: Studio) -> None:
    witness = Witness(studio)
    await studio.executor.run(StartWorker(replace(WORKER, prior=None)))
    await studio.executor.run(StartProducer(ProducerSpec("producer", "low", "low.{n}", rate=5.0)))
    await until(lambda: witness.works)
    captured = witness.capture("mine", "Mine", with_faults=False)
    assert "on = " not in written(captured.scenario)
    again = read(written(captured.scenario), "mine.toml", "mine")
    assert set(again.products) == set(Product)
    assert adapted(again, Product.RABBITMQ).producers[0].route.endswith("/low.{n}")


async def test_a_consumer_that_came_later_leaves_the_others_in_the_scenario(studio: Studio) -> None:
    parts = [QueueSpec("parts", ("parts.*",), consumers=(ConsumerSpec(part, f"parts.{part}"),)) for part in "ab"]
    for part in (parts[0], parts[1], parts[0]):
        await studio.executor.run(EnsureQueue(part))
    assert sorted(consumer.name for consumer in studio.executor.specs["parts"].consumers) == ["a", "b"]
