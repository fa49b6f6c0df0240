"""Groups that grow and shrink under load, on a real server."""

from collections.abc import AsyncIterator

import pytest

from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.domain.commands import EnsureQueue
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.worker import Phase, ProducerSpec, WorkerSpec
from wqstudio.engine.playing.cast import Cast
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
    cast = Cast(studio)
    await cast.scale("clerk", 2, CLERK)
    await cast.start_producer(ProducerSpec("shop", "orders", "orders.{n}", rate=0.0, count=300))
    await cast.scale("clerk", 10, CLERK)
    assert len(_at_work(studio)) == 10
    await until(lambda: all(worker.acked > 2 for worker in studio.fleet.workers.values()))
    await cast.scale("clerk", 2, CLERK)
    await cast.scale("clerk", 2, CLERK)  # those that leave are not counted, nor stopped twice
    await until(lambda: _at_work(studio) == ["clerk-1", "clerk-2"])
    assert [worker.phase for worker in studio.fleet.workers.values()].count(Phase.STOPPED) == 8
    await until(lambda: sum(worker.acked for worker in studio.fleet.workers.values()) == 300)
    account = await studio.settle()
    assert (account.acknowledged, account.lost, account.duplicated) == (300, 0, 0)
    assert not any(worker.redelivered for worker in account.workers)


async def test_who_has_just_left_is_replaced_under_another_name(studio: Studio) -> None:
    cast = Cast(studio)
    for size in (3, 1, 2):
        await cast.scale("clerk", size, CLERK)
    await until(lambda: _at_work(studio) == ["clerk-1", "clerk-4"])


async def test_a_group_is_of_those_who_play(studio: Studio) -> None:
    """Whom somebody else has started beside them under such names stay."""
    await Cast(studio).scale("clerk", 2, CLERK)
    others = set(studio.fleet.workers)
    cast = Cast(studio)
    await cast.scale("clerk", 1, CLERK)
    (id_,) = studio.fleet.workers.keys() - others
    await cast.scale("clerk", 0, CLERK)
    await until(lambda: studio.fleet.workers[id_].phase is Phase.STOPPED)
    assert not studio.fleet.leaving & others
