"""Workers that are asked to end: nothing they were given goes to anybody else."""

import asyncio

import pytest

from tests.contract.labs import Lab
from tests.contract.watch import Watch, apart, make_queue
from wqstudio.brokers.port import Broker
from wqstudio.domain.worker import AckMode, Outcome, Phase, Spread


@pytest.mark.parametrize("prefetch", [1, 10])
@apart
async def test_a_worker_that_is_stopped_finishes_what_it_holds_and_nothing_is_redelivered(
    broker: Broker, watch: Watch, prefetch: int
) -> None:
    await make_queue(broker)
    producer = await watch.producer(rate=0, count=60)
    work = {"service_time": 0.02, "spread": Spread.FIXED, "prefetch": prefetch}
    leaving, staying = [await watch.worker(**work) for _ in range(2)]
    await watch.until(lambda: watch.fleet.workers[leaving].acked > prefetch)
    await watch.until(lambda: watch.fleet.workers[leaving].held > prefetch // 2)
    await watch.fleet.stop(leaving)
    await watch.until_phase(leaving, Phase.STOPPED)
    assert not {Outcome.CRASHED, Outcome.EXPIRED} & set(watch.outcomes(leaving))
    done = watch.fleet.workers[leaving].acked
    await watch.until(lambda: len(watch.acked) == 60)
    await watch.until(lambda: watch.fleet.producers[producer].phase is Phase.STOPPED)
    assert watch.fleet.workers[leaving].acked == done < 60
    assert {row.deliveries for row in watch.settled} == {1}
    account = await watch.account(broker)
    assert (account.acknowledged, account.duplicated, account.lost, account.stored) == (60, 0, 0, 0)
    assert watch.fleet.workers[staying].redelivered == 0


@apart
async def test_a_fleet_that_comes_and_goes_under_load_works_on_everything_once(
    lab: Lab, broker: Broker, watch: Watch
) -> None:
    """Whatever the workers are at when they are asked: waiting for work, too.

    A NATS server that is about to send a message while its pull is taken back may send it to nobody, and again after
    the ack deadline (``PullingSession._withdraw``): about once in 300 workers stopped in full flow.
    """
    await make_queue(broker)
    producer = await watch.producer(rate=400)
    for prefetch in (1, 10, 3):
        ids = [await watch.worker(service_time=0.001, prefetch=prefetch) for _ in range(4)]
        goal = len(watch.acked) + 100
        await watch.until(lambda goal=goal: len(watch.acked) > goal)  # type: ignore[misc] # bound now
        await asyncio.gather(*(watch.fleet.stop(id_) for id_ in ids))
        await watch.until(lambda ids=ids: all(watch.fleet.workers[id_].phase is Phase.STOPPED for id_ in ids))  # type: ignore[misc] # bound now
    await watch.fleet.stop(producer)
    await watch.worker(service_time=0, prefetch=20)
    await watch.until(lambda: watch.fleet.producers[producer].phase is Phase.STOPPED)
    await watch.until(lambda: watch.published <= set(watch.acked))
    assert watch.acked.total() == len(watch.acked) == len(watch.settled)
    sent_to_nobody = [row for row in watch.settled if row.deliveries > 1]
    assert len(sent_to_nobody) <= (2 if lab.traits.takes_back else 0)


@apart
async def test_what_a_worker_holds_that_acknowledged_on_receipt_is_lost_with_it(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    await watch.producer(rate=0, count=8)
    await watch.until(lambda: len(watch.published) == 8)
    crashing = await watch.worker(service_time=0.3, spread=Spread.FIXED, prefetch=8, ack_mode=AckMode.ON_RECEIPT)
    await watch.until(lambda: watch.fleet.workers[crashing].acked >= 2)
    await watch.fleet.crash(crashing)
    await watch.until_phase(crashing, Phase.CRASHED)
    crashed = watch.outcomes(crashing).count(Outcome.CRASHED)
    assert crashed >= 3
    await watch.worker(service_time=0)
    account = await watch.account(broker)
    assert (account.published, account.acknowledged, account.lost) == (8, 8 - crashed, crashed)
    assert (account.stored, account.duplicated, account.balanced) == (0, 0, True)
    lost = [worker for worker in account.workers if worker.crashed]
    assert [worker.crashed for worker in lost] == [crashed]
