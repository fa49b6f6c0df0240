"""Figures of runs on a real broker whose tasks are known."""

from collections.abc import AsyncIterator

import pytest

from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.domain.commands import EnsureQueue, StartProducer, StartWorker
from wqstudio.domain.dispatch import Figures, Percentiles
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.reading import Unknown
from wqstudio.domain.worker import ProducerSpec, Spread, WorkerSpec
from wqstudio.engine.studio import Studio

SOURCE = Source("work", "workers")
WORK = 0.1
"""Seconds that each task takes at speed 1."""


@pytest.fixture
async def studio(nats_server: NatsServer) -> AsyncIterator[Studio]:
    studio = await Studio.open(nats_server.connection)
    yield studio
    await studio.close()


async def _publish(studio: Studio, count: int) -> None:
    await studio.executor.run(EnsureQueue(QueueSpec("work", ("work.>",), consumers=(ConsumerSpec("workers"),))))
    await studio.executor.run(StartProducer(ProducerSpec("p", "work", "work.{n}", rate=0.0, count=count)))
    await until(lambda: len(studio.timeline.published()[1]) == count)


async def _work_off(studio: Studio, count: int, *specs: WorkerSpec) -> Figures:
    for spec in specs:
        await studio.executor.run(StartWorker(spec))
    await until(lambda: sum(one.acked for one in studio.fleet.workers.values()) == count, within=30)
    got = studio.timeline.figures()
    assert isinstance(got, Figures)
    return got


def _spec(name: str, speed: float = 1.0, prefetch: int = 1) -> WorkerSpec:
    return WorkerSpec(name, SOURCE, service_time=WORK, spread=Spread.FIXED, speed=speed, prefetch=prefetch)


@pytest.mark.alone
async def test_a_run_whose_figures_are_known_beforehand(studio: Studio) -> None:
    """Twelve tasks of 0.1 s that wait already: 8 for the worker of speed 2 and 4 for that of speed 1, in 0.4 s."""
    await _publish(studio, 12)
    got = await _work_off(studio, 12, _spec("fast", speed=2.0), _spec("slow"))
    fast, slow = sorted(got.workers, key=lambda worker: worker.name)
    assert (got.tasks, got.deliveries, got.redeliveries, got.duplicates) == (12, 12, 0, 0)
    late = abs(slow.lived - fast.lived)  # they do not come at the same moment
    assert 0.4 - 1e-6 <= got.best_possible <= 0.4 + late
    assert got.best_possible <= got.list_schedule <= got.best_possible + WORK
    assert got.list_schedule <= got.makespan
    assert isinstance(got.served, Percentiles)
    assert WORK / 2 <= got.served.p50 < got.served.p99 + 1e-6
    assert got.served.p99 >= WORK
    assert fast.acknowledged + slow.acknowledged == 12
    assert fast.acknowledged > slow.acknowledged
    assert not isinstance(got.efficiency, Unknown)
    assert got.efficiency > 0.5
    assert got.fairness > 0.8


@pytest.mark.alone
async def test_a_worker_that_hoards_leaves_another_idle(studio: Studio) -> None:
    """One pulls all six before the other is there, which then has nothing to do while five wait in hand."""
    await _publish(studio, 6)
    await studio.executor.run(StartWorker(_spec("greedy", prefetch=6)))
    await until(lambda: len(studio.timeline.open))
    got = await _work_off(studio, 6, _spec("idle"))
    by_name = {worker.name: worker for worker in got.workers}
    assert by_name["greedy"].acknowledged == 6
    assert by_name["idle"].idle_while_waiting == 1.0
    assert by_name["greedy"].idle_while_waiting < 0.1
    # The second waits for one task in the hand of the first, and so on: 0.1 + 0.2 + 0.3 + 0.4 + 0.5 s.
    assert got.hoarded_seconds == pytest.approx(15 * WORK, rel=0.2)
    assert got.fairness == pytest.approx(0.5, abs=0.02)
    assert got.list_schedule < got.makespan
