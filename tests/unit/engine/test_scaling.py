"""Groups that grow and shrink under load, on a real server."""

from collections.abc import AsyncIterator

import pytest

from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.brokers.port import RefusedError
from wqstudio.domain.commands import EnsureQueue, StartProducer, StartWorker
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.worker import Phase, ProducerSpec, WorkerSpec
from wqstudio.engine.executor import UnconfirmedError
from wqstudio.engine.studio import Studio

QUEUE = QueueSpec("orders", ("orders.>",), consumers=(ConsumerSpec("all", ack_wait=5.0),))
CLERK = WorkerSpec("clerk", Source("orders", "all"), service_time=0.02, prefetch=3)


@pytest.fixture
async def studio(nats_server: NatsServer) -> AsyncIterator[Studio]:
    studio = await Studio.open(nats_server.connection)
    await studio.executor.run(EnsureQueue(QUEUE))
    yield studio
    await studio.close()


def _at_work(studio: Studio) -> list[str]:
    return sorted(worker.spec.name for worker in studio.fleet.workers.values() if not worker.phase.over)


async def test_a_rush_is_met_by_more_workers_and_nothing_is_redelivered_as_they_go(studio: Studio) -> None:
    first = await studio.scaling.scale(CLERK, 2)
    await studio.executor.run(StartProducer(ProducerSpec("shop", "orders", "orders.{n}", rate=0.0, count=300)))
    grown = await studio.scaling.scale(CLERK, 10)
    assert grown[:2] == first
    assert len(_at_work(studio)) == 10
    await until(lambda: all(studio.fleet.workers[id_].acked > 2 for id_ in grown))
    assert await studio.scaling.scale(CLERK, 2) == first
    assert await studio.scaling.scale(CLERK, 2) == first, "those that leave are not counted, nor stopped twice"
    await until(lambda: _at_work(studio) == ["clerk-1", "clerk-2"])
    assert {studio.fleet.workers[id_].phase for id_ in grown[2:]} == {Phase.STOPPED}
    await until(lambda: sum(worker.acked for worker in studio.fleet.workers.values()) == 300)
    account = await studio.settle()
    assert (account.acknowledged, account.lost, account.duplicated) == (300, 0, 0)
    assert not any(worker.redelivered for worker in account.workers)


async def test_who_has_just_left_is_replaced_under_another_name(studio: Studio) -> None:
    await studio.scaling.scale(CLERK, 3)
    await studio.scaling.scale(CLERK, 1)
    again = await studio.scaling.scale(CLERK, 2)
    assert [studio.fleet.workers[id_].spec.name for id_ in again] == ["clerk-1", "clerk-4"]
    await studio.scaling.scale(CLERK, 0)
    await until(lambda: not _at_work(studio))


async def test_a_group_are_those_of_its_name_on_its_source(studio: Studio) -> None:
    for name in ("clerk", "clerk-x", "clerk-2-1", "cook-1", "clerk-7"):
        await studio.executor.run(StartWorker(WorkerSpec(name, CLERK.source)))
    ids = await studio.scaling.scale(CLERK, 2)
    assert [studio.fleet.workers[id_].spec.name for id_ in ids] == ["clerk-7", "clerk-1"]
    await studio.scaling.scale(CLERK, 0)
    await until(lambda: _at_work(studio) == ["clerk", "clerk-2-1", "clerk-x", "cook-1"])


async def test_what_cannot_be_is_refused_and_strangers_queues_are_asked_about(studio: Studio) -> None:
    with pytest.raises(RefusedError, match="cannot have -1 workers"):
        await studio.scaling.scale(CLERK, -1)
    with pytest.raises(UnconfirmedError, match="real work"):
        await studio.scaling.scale(WorkerSpec("clerk", Source("theirs", "all")), 2)
    assert not studio.fleet.workers
