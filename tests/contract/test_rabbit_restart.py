"""What a restart of RabbitMQ in good order leaves of queues and messages, and who goes on."""

import asyncio
import os
from collections.abc import Callable, Iterator

import pytest

from tests.contract.labs import Lab, RabbitLab
from tests.contract.watch import RUN, Watch
from tests.played import scenario_of
from tests.rabbit_servers import TREE, RabbitHost, RabbitNode
from wqstudio.brokers.local import rabbitmq_settings
from wqstudio.brokers.port import Broker, RefusedError, UnsupportedError
from wqstudio.domain.connection import Product
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.scenario import Setting
from wqstudio.domain.worker import Phase
from wqstudio.engine.playing.player import Player
from wqstudio.engine.studio import Studio
from wqstudio.scenarios.varying import varied

KEPT, PASSING, BUSY = (
    QueueSpec(name, (f"{name}.*",), durable=name != "passing") for name in ("kept", "passing", "busy")
)

DENIED = "deprecated_features.permit.transient_nonexcl_queues = false"


@pytest.fixture
def make_lab(rabbit_host: RabbitHost) -> Callable[[], Lab]:
    return lambda: RabbitLab(rabbit_host)


async def test_a_restart_loses_what_is_transient_and_nothing_else(
    broker: Broker, watch: Watch, rabbit_host: RabbitHost
) -> None:
    """A transient queue, and transient messages in a durable one; those who work go on."""
    for spec in (KEPT, PASSING, BUSY):
        assert await broker.ensure(spec)
    persistent = await watch.producer(queue="kept", route="kept", rate=0, count=30)
    transient = await watch.producer(queue="kept", route="kept", rate=0, count=20, persistent=False)
    gone = await watch.producer(queue="passing", route="passing", rate=0, count=10)
    await watch.until(lambda: len(watch.published) == 60)
    busy = await watch.producer(queue="busy", route="busy", rate=300)
    worker = await watch.worker(source=Source("busy"), service_time=0, prefetch=20)
    lost = await watch.worker(source=Source("passing"), service_time=0)
    await watch.fleet.pause(lost)
    await watch.until_phase(lost, Phase.PAUSED)
    await watch.until(lambda: watch.fleet.workers[worker].acked > 100)

    await asyncio.to_thread(rabbit_host.node.restart)

    goal = watch.fleet.workers[worker].acked + 200
    await watch.until(lambda: watch.fleet.workers[worker].acked > goal)
    await watch.fleet.resume(lost)
    await watch.until_phase(lost, Phase.FAILED)
    assert "passing" in watch.fleet.workers[lost].reason
    await watch.fleet.stop(busy)
    await watch.until(lambda: watch.fleet.producers[busy].phase is Phase.STOPPED)
    await watch.until(lambda: len(set(watch.acked) | watch.published) == len(watch.acked) + 60)
    account = await watch.account(broker, "kept", "passing", "busy")
    assert (account.lost, account.stored, account.terminated) == (30, 30, 0)
    assert account.balanced
    stored = await broker.remaining_tasks("kept", RUN)
    assert {number >> 40 for number in stored} == {persistent}, f"neither {transient} nor {gone}"


async def test_a_transient_queue_is_the_studios_own_and_no_durable_one(broker: Broker) -> None:
    assert await broker.ensure(PASSING)
    assert not await broker.ensure(PASSING)
    with pytest.raises(RefusedError, match=r"inequivalent arg 'durable'.*Choose another name"):
        await broker.ensure(QueueSpec("passing", PASSING.routes))
    assert await broker.remove_owned(["passing"]) == ["passing"]


async def test_a_transient_queue_has_no_limit_on_deliveries(broker: Broker) -> None:
    limited = (ConsumerSpec("workers", max_deliver=3),)
    with pytest.raises(RefusedError, match="quorum queue"):
        await broker.ensure(QueueSpec("passing", (), durable=False, consumers=limited))


async def test_a_run_that_ends_with_a_restart_counts_what_went_with_its_queue(rabbit_host: RabbitHost) -> None:
    """Nobody is left who would wait for the connection: the player itself does, before it asks what is stored."""
    text = """
        ends = "time"
        seconds = 0.4
        start = "filled"
        on = ["rabbitmq"]
        queues = [{ name = "passing", durable = false }]
        producers = [{ messages = 10, rate = 0 }]
        faults = [{ at = 0.1, action = "restart broker" }]
    """
    studio = await Studio.open(rabbit_host.connection)
    try:
        player = Player(studio, lambda: asyncio.to_thread(rabbit_host.node.restart))
        account = (await player.play(scenario_of(text, Product.RABBITMQ))).evidence.account
        assert (account.published, account.lost, account.stored) == (10, 10, 0)
        assert account.balanced
    finally:
        await studio.close()


@pytest.fixture
def denying_host(monkeypatch: pytest.MonkeyPatch) -> Iterator[RabbitHost]:
    """On a node of its own that is set as 4.3 is by default."""
    config = rabbitmq_settings._config
    monkeypatch.setattr(rabbitmq_settings, "_config", lambda *given: f"{config(*given)}{DENIED}\n")
    node = RabbitNode()
    node.start()
    yield node.make_host()
    node.close()


@pytest.mark.skipif(TREE not in os.environ, reason="RabbitMQ 3.10 cannot be told to deny transient queues")
async def test_a_rabbitmq_that_denies_transient_queues_says_how_to_permit_them_and_plays_the_next_scenario(
    denying_host: RabbitHost,
) -> None:
    """It closes the connection over such a queue, which is there again by the time the next one begins."""
    text = 'queues = [{ name = "passing" }]\nworkers = [{ service = 0 }]\nproducers = [{ messages = 10, rate = 0 }]'
    durable = scenario_of(text, Product.RABBITMQ)
    studio = await Studio.open(denying_host.connection)
    player = Player(studio)
    try:
        with pytest.raises(UnsupportedError, match=r"denies transient queues.*transient_nonexcl_queues = true"):
            await player.play(varied(durable, Setting("transient", durable=False)))
        assert (await player.play(durable)).evidence.account.acknowledged == 10
    finally:
        await studio.close()
