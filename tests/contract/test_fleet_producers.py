"""What simulated producers publish and how, whichever broker it is."""

import time
from math import isnan

import pytest

from tests.contract.labs import Lab
from tests.contract.watch import Watch, apart, make_queue
from wqstudio.brokers.port import Broker, RefusedError
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.worker import Outcome, Phase, Spread, TaskKind
from wqstudio.fleet.mix import partition

UNIT = 0.001
KINDS = ("email", "report", "image", "invoice", "backup")


async def _ended(watch: Watch, producer: int) -> None:
    await watch.until(lambda: watch.fleet.producers[producer].phase is Phase.STOPPED)


async def test_a_synchronous_producer_has_one_message_under_way(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    id_ = await watch.producer(rate=0, count=1_500, synchronous=True)
    under_way = [0]

    def ended() -> bool:
        under_way.append(watch.fleet.producers[id_].unconfirmed)
        return watch.fleet.producers[id_].phase is Phase.STOPPED

    await watch.until(ended)
    assert watch.fleet.producers[id_].confirmed == 1_500
    assert max(under_way) == 1


async def test_what_is_submitted_twice_is_one_task(lab: Lab, broker: Broker, watch: Watch) -> None:
    """Worked on once where the broker knows it again, twice where not; and counted as what it is."""
    await make_queue(broker)
    id_ = await watch.producer(rate=0, count=22, repeat=5)
    await _ended(watch, id_)
    again = 0 if lab.traits.deduplicates else 4
    assert watch.fleet.producers[id_].confirmed == 22
    await watch.worker(service_time=0)
    await watch.until(lambda: len(watch.settled) == 22 + again)
    account = await watch.account(broker)
    assert (account.published, account.acknowledged, account.duplicated) == (22, 22, again)
    assert (account.lost, account.stored, account.balanced) == (0, 0, True)


@apart
async def test_kinds_keep_to_their_partitions_and_dots_are_their_work(lab: Lab, broker: Broker, watch: Watch) -> None:
    workers = {}
    for number in range(2):
        spec = QueueSpec(f"part{number}", (f"part.{number}.*",), consumers=(ConsumerSpec("workers"),))
        await broker.ensure(spec)
        source = Source(spec.name, "workers")
        workers[number] = await watch.worker(source=source, service_time=UNIT, spread=Spread.FIXED, prefetch=5)
    mix = tuple(TaskKind(title, difficulty) for difficulty, title in enumerate(KINDS, 1))
    await watch.producer(
        queue="part0", route=lab.route("part.{partition}.{kind}"), partitions=2, mix=mix, rate=0, count=60, dots=True
    )
    await watch.until(lambda: len(watch.settled) == 60)
    works = {
        number: {round(row.work / UNIT) for row in watch.settled if row.worker == workers[number]} for number in workers
    }
    assert works == {
        number: {units for units, title in enumerate(KINDS, 1) if partition(title, 2) == number} for number in workers
    }
    assert all(works.values())


async def test_what_comes_before_it_is_due_is_given_back_until_then(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    await watch.until_phase(await watch.worker(service_time=0.01, prefetch=10), Phase.WAITING)
    before, due = time.time(), 1.5
    await watch.producer(rate=0, count=3, mix=(TaskKind("later", due=due),))
    await watch.until(lambda: len(watch.acked) == 3)
    early = [row for row in watch.settled if row.outcome is Outcome.NAKED]
    assert len(early) >= 3
    assert all(isnan(row.work) for row in early)  # none was begun
    worked = [row for row in watch.settled if row.outcome is Outcome.ACKED]
    assert all(row.begun > before + due - 0.001 and row.deliveries > 1 for row in worked)  # it is told by milliseconds
    account = await watch.account(broker)
    assert (account.acknowledged, account.duplicated, account.lost) == (3, 0, 0)


async def test_what_nobody_can_publish_is_refused(watch: Watch) -> None:
    with pytest.raises(RefusedError, match="publish JSON"):
        await watch.producer(dots=True, mix=(TaskKind("bad", poison=True),))
    assert not watch.fleet.producers
