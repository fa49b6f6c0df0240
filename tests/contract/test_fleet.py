"""What simulated workers and producers do, whichever broker it is."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from tests.contract.labs import Lab
from tests.contract.watch import POISON, RUN, SOURCE, Watch, apart, make_queue
from tests.jetstream import queue_when
from wqstudio.brokers.port import Broker
from wqstudio.domain.task import Task, sequence_of
from wqstudio.domain.worker import (
    AckMode,
    FailureAction,
    OnFailure,
    Outcome,
    Phase,
    Spread,
    TaskKind,
    WorkerSpec,
)
from wqstudio.fleet.behaviour import service_time, settlement


@apart
async def test_every_task_published_is_worked_on_once(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    producer = await watch.producer(rate=0, count=2_000)
    for prefetch in (1, 10, 50):
        await watch.worker(service_time=0, prefetch=prefetch)
    await watch.until(lambda: len(watch.acked) == 2_000)
    assert watch.acked.total() == 2_000
    await watch.until(lambda: watch.fleet.producers[producer].phase is Phase.STOPPED)
    assert set(watch.acked) == watch.published
    assert await watch.fleet.stop_all(10)
    assert await broker.remaining_tasks("jobs", RUN) == []


async def test_prefetch_changes_live(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    await watch.put(20)
    id_ = await watch.worker(service_time=0.3, prefetch=1)
    await watch.until(lambda: watch.fleet.workers[id_].current)
    assert watch.fleet.workers[id_].held == 1
    await watch.fleet.set_prefetch(id_, 5)
    await watch.until(lambda: watch.fleet.workers[id_].held == 5)
    await watch.fleet.set_prefetch(id_, 2)
    goal = len(watch.settled) + 6
    await watch.until(lambda: len(watch.settled) == goal)
    assert watch.fleet.workers[id_].held <= 2


@apart
async def test_a_crashed_workers_messages_come_back_to_another(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    await watch.put(4)
    id_ = await watch.worker(service_time=60, prefetch=4)
    await watch.until(lambda: watch.fleet.workers[id_].held == 4)
    await watch.fleet.crash(id_)
    await watch.until_phase(id_, Phase.CRASHED)
    assert watch.outcomes(id_) == [Outcome.CRASHED] * 4
    other = await watch.worker(service_time=0)
    await watch.until(lambda: watch.fleet.workers[other].acked == 4)
    assert {row.deliveries for row in watch.settled if row.worker == other} == {2}


async def test_a_paused_worker_takes_no_other_task(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    id_ = await watch.worker(service_time=0)
    await watch.until_phase(id_, Phase.WAITING)
    await watch.fleet.pause(id_)
    await watch.until_phase(id_, Phase.PAUSED)
    await watch.put(1)
    await queue_when(broker, "jobs", lambda queue: queue.waiting == 1)
    await watch.fleet.resume(id_)
    await watch.until(lambda: watch.settled)


@pytest.mark.parametrize("mode", list(AckMode))
async def test_whatever_the_acknowledgement_what_is_worked_on_is_gone(
    broker: Broker, watch: Watch, mode: AckMode
) -> None:
    await make_queue(broker)
    await watch.put(20)
    await watch.worker(service_time=0, prefetch=5, ack_mode=mode)
    await watch.until(lambda: len(watch.settled) == 20)
    assert await watch.fleet.stop_all(5)
    assert await broker.remaining_tasks("jobs", RUN) == []


async def test_automatic_acks_lose_what_a_crashed_worker_holds(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    await watch.put(3)
    id_ = await watch.worker(service_time=60, prefetch=3, ack_mode=AckMode.ON_RECEIPT)
    await watch.until(lambda: watch.fleet.workers[id_].held == 3)
    await watch.fleet.crash(id_)
    await watch.until_phase(id_, Phase.CRASHED)
    assert await broker.remaining_tasks("jobs", RUN) == []


@pytest.mark.parametrize("action", [FailureAction.NAK, FailureAction.NAK_DELAYED])
async def test_poison_fails_until_its_deliveries_are_used_up(
    broker: Broker, watch: Watch, action: FailureAction
) -> None:
    await make_queue(broker, max_deliver=3)
    await watch.put(1, POISON)
    await watch.worker(service_time=0, on_failure=OnFailure(action, delay=0.1))
    await watch.until(lambda: len(watch.settled) == 3)
    assert [row.deliveries for row in watch.settled] == [1, 2, 3]
    await watch.put(1)
    await watch.until(lambda: len(watch.settled) == 4)
    assert watch.settled[-1].outcome is Outcome.ACKED


@pytest.mark.parametrize("max_deliver", [-1, 50])
@pytest.mark.parametrize("action", [FailureAction.NAK, FailureAction.BACKOFF])
@apart
async def test_a_worker_gives_up_after_its_tries(
    broker: Broker, watch: Watch, action: FailureAction, max_deliver: int
) -> None:
    """On RabbitMQ a limit makes it a quorum queue, which counts; else it is a classic one, where copies do."""
    await make_queue(broker, max_deliver)
    await watch.put(1, POISON)
    policy = OnFailure(action, delay=0.02, tries=4)
    for _ in range(2):  # whoever gets it, it is the same count
        await watch.worker(service_time=0, on_failure=policy)
    await watch.until(lambda: len(watch.settled) == 4)
    told = sorted((row.deliveries, row.outcome) for row in watch.settled)  # two hosts tell in any order
    assert told == [*((tried, Outcome.NAKED) for tried in (1, 2, 3)), (4, Outcome.TERMINATED)]
    account = await watch.account(broker)
    assert (account.terminated, account.stored, account.duplicated) == (1, 0, 0)


@pytest.mark.alone
async def test_backoff_spreads_the_tries(broker: Broker, watch: Watch) -> None:
    await make_queue(broker, max_deliver=4)
    await watch.put(1, POISON)
    await watch.worker(service_time=0, on_failure=OnFailure(FailureAction.BACKOFF, delay=0.2, cap=0.4))
    await watch.until(lambda: len(watch.settled) == 4)
    gaps = [after.received - before.received for before, after in pairwise(watch.settled)]
    for gap, wait in zip(gaps, (0.2, 0.4, 0.4), strict=True):
        assert wait - 0.02 < gap < wait + 2.0  # what a retry needs is made for the first; no wait is cut short


async def test_a_terminated_message_is_gone(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    await watch.put(1, POISON)
    await watch.worker(service_time=0, on_failure=OnFailure(FailureAction.TERMINATE))
    await watch.until(lambda: watch.settled)
    assert await watch.fleet.stop_all(5)
    assert [row.outcome for row in watch.settled] == [Outcome.TERMINATED]
    assert await broker.remaining_tasks("jobs", RUN) == []


async def test_a_worker_without_its_queue_fails_and_says_why(watch: Watch) -> None:
    id_ = await watch.worker()
    await watch.until_phase(id_, Phase.FAILED)
    assert "jobs" in watch.fleet.workers[id_].reason


async def test_a_worker_whose_queue_is_removed_fails_and_says_why(broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    id_ = await watch.worker()
    await watch.until_phase(id_, Phase.WAITING)
    await broker.remove_owned(["jobs"])
    await watch.until_phase(id_, Phase.FAILED)
    assert watch.fleet.workers[id_].reason


@pytest.mark.parametrize("max_deliver", [-1, 50])
@apart
async def test_a_restart_of_the_broker_in_the_middle_of_a_run_loses_nothing(
    lab: Lab, broker: Broker, watch: Watch, max_deliver: int
) -> None:
    """On RabbitMQ a limit makes it a quorum queue, else it is a classic one."""
    await make_queue(broker, max_deliver)
    mix = (TaskKind("a", weight=3), TaskKind("b"))
    producer = await watch.producer(rate=800, mix=mix)
    workers = [await watch.worker(service_time=0, prefetch=prefetch) for prefetch in (1, 20)]
    await watch.until(lambda: len(watch.acked) > 300)
    await asyncio.to_thread(lab.remember)
    lab.kill()
    await watch.until(lambda: all("no connection" in watch.fleet.workers[id_].reason for id_ in workers))
    await asyncio.to_thread(lab.start)
    goal = len(watch.acked) + 500
    await watch.until(lambda: len(watch.acked) > goal)
    await watch.fleet.stop(producer)
    await watch.until(lambda: watch.fleet.producers[producer].phase is Phase.STOPPED)
    await watch.until(lambda: watch.published <= set(watch.acked))
    account = await watch.account(broker)
    assert (account.lost, account.stored, account.acknowledged) == (0, 0, account.published)


@apart
async def test_a_task_is_the_same_work_and_fails_alike_whoever_gets_it(broker: Broker, watch: Watch) -> None:
    """As on the other broker: the draws are told here without any."""
    await make_queue(broker)
    spec = WorkerSpec("w", SOURCE, service_time=0.002, spread=Spread.EXPONENTIAL, failure_rate=0.3, seed=5)
    await watch.producer(rate=0, count=60)
    for prefetch in (1, 10):
        await watch.fleet.start_worker(replace(spec, prefetch=prefetch))
    await watch.until(lambda: len(watch.acked) == 60)
    own = Random(0)
    for row in watch.settled:
        sequence = sequence_of(row.task)
        assert row.work == pytest.approx(service_time(spec, Task("task"), sequence, own), rel=1e-5)
        if row.deliveries == 1:
            assert row.outcome is settlement(spec, Task("task"), sequence, 1, own).outcome
    assert Outcome.NAKED in {row.outcome for row in watch.settled}
