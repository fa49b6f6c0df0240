"""Workers that look into one stream before another, on JetStream."""

import asyncio
from collections.abc import Callable

import pytest

from tests.contract.labs import Lab, NatsLab
from tests.contract.watch import Watch
from tests.servers import StartNatsServer
from wqstudio.brokers.nats.sessions.preferring import PATIENCE, PreferringSession
from wqstudio.brokers.port import Broker, RefusedError
from wqstudio.brokers.session_factory import sessions_on
from wqstudio.brokers.sessions import Delivery
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.task import producer_of
from wqstudio.domain.worker import AckMode, Outcome, Phase, Spread

HIGH, LOW = Source("high", "workers"), Source("low", "workers")


@pytest.fixture
def make_lab(start_nats_server: StartNatsServer) -> Callable[[], Lab]:
    return lambda: NatsLab(start_nats_server())


@pytest.fixture(autouse=True)
async def queues(broker: Broker) -> None:
    consumers = (ConsumerSpec("workers", ack_wait=2.0),)
    for name in ("high", "low"):
        await broker.ensure(QueueSpec(name, (f"{name}.*",), consumers=consumers))


async def _feed(watch: Watch, name: str, count: int) -> int:
    """The producer of so many tasks that lie there now."""
    id_ = await watch.producer(queue=name, route=f"{name}.{{n}}", rate=0, count=count)
    await watch.until(lambda: watch.fleet.producers[id_].phase is Phase.STOPPED)
    return id_


async def _worker(watch: Watch, **fields: object) -> int:
    return await watch.worker(**{"source": LOW, "prior": HIGH, "spread": Spread.FIXED, **fields})


def _order(watch: Watch) -> list[int]:
    """The producers of the tasks in the order in which they were begun."""
    return [producer_of(row.task) for row in sorted(watch.settled, key=lambda row: row.begun)]


@pytest.mark.parametrize("mode", list(AckMode))
@pytest.mark.parametrize("prefetch", [1, 4])
async def test_what_waits_at_the_first_goes_before(broker: Broker, watch: Watch, prefetch: int, mode: AckMode) -> None:
    low, high = await _feed(watch, "low", 6), await _feed(watch, "high", 6)
    await _worker(watch, service_time=0.001, prefetch=prefetch, ack_mode=mode)
    await watch.until(lambda: len(watch.acked) == 12)
    assert _order(watch) == [high] * 6 + [low] * 6
    account = await watch.account(broker, "high", "low")
    assert (account.acknowledged, account.stored, account.duplicated) == (12, 0, 0)


async def test_what_comes_to_the_first_waits_for_no_more_than_the_task_in_hand(broker: Broker, watch: Watch) -> None:
    low = await _feed(watch, "low", 40)
    await _worker(watch, service_time=0.03)
    await watch.until(lambda: len(watch.acked) > 3)
    high = await _feed(watch, "high", 5)
    confirmed = len(watch.settled)
    await watch.until(lambda: len(watch.acked) == 45)
    order = _order(watch)
    first = order.index(high)
    assert order[first : first + 5] == [high] * 5
    assert first <= confirmed + 8, "what was begun meanwhile is told up to some 0.1 s late"
    assert set(order[first + 5 :]) == {low}
    assert (await watch.account(broker, "high", "low")).balanced


async def test_an_idle_worker_sees_to_both(watch: Watch) -> None:
    id_ = await _worker(watch, service_time=0)
    await watch.until_phase(id_, Phase.WAITING)
    await asyncio.sleep(3 * PATIENCE)  # looks in vain, which must not end it
    for count, name in enumerate(("low", "high", "low"), 1):
        await _feed(watch, name, 1)
        await watch.until(lambda count=count: len(watch.acked) == count)  # type: ignore[misc] # bound now
    await watch.fleet.pause(id_)
    await watch.until_phase(id_, Phase.PAUSED)
    await _feed(watch, "high", 2)
    assert len(watch.acked) == 3
    await watch.fleet.resume(id_)
    await watch.until(lambda: len(watch.acked) == 5)


async def test_who_waits_at_the_first_does_so_before_each_pull_from_the_second(watch: Watch) -> None:
    patient = Source("high", "workers", patience=0.3)
    await _feed(watch, "low", 4)
    await _worker(watch, prior=patient, service_time=0, prefetch=2)
    await watch.until(lambda: len(watch.acked) == 4)
    received = sorted({row.received for row in watch.settled})
    assert received[-1] - received[0] >= 0.29, "two pulls of two, and no task in between"


async def test_what_it_fails_at_and_what_it_held_when_it_crashed_comes_back_from_where_it_was(
    broker: Broker, watch: Watch
) -> None:
    low, high = await _feed(watch, "low", 3), await _feed(watch, "high", 3)
    failing = await _worker(watch, service_time=0, failure_rate=1.0)
    await watch.until(lambda: watch.fleet.workers[failing].failed > 5)
    assert set(_order(watch)) == {high}, "as long as it fails there, something waits there"
    await watch.fleet.stop(failing)
    await watch.until_phase(failing, Phase.STOPPED)
    crashing = await _worker(watch, service_time=60, prefetch=3)
    await watch.until(lambda: watch.fleet.workers[crashing].held == 3)
    await watch.fleet.crash(crashing)
    await watch.until_phase(crashing, Phase.CRASHED)
    assert watch.outcomes(crashing) == [Outcome.CRASHED] * 3
    await _worker(watch, service_time=0, prefetch=3)
    await watch.until(lambda: len(watch.acked) == 6)
    assert {producer_of(task) for task in watch.acked} == {low, high}
    account = await watch.account(broker, "high", "low")
    assert (account.acknowledged, account.lost, account.duplicated) == (6, 0, 0)


async def test_it_outlives_a_restart_of_the_server(lab: Lab, broker: Broker, watch: Watch) -> None:
    id_ = await _worker(watch, service_time=0, prefetch=5)
    await _feed(watch, "low", 5)
    await watch.until(lambda: len(watch.acked) == 5)
    lab.kill()
    await watch.until(lambda: "no connection" in watch.fleet.workers[id_].reason)
    lab.start()
    await _feed(watch, "low", 5)
    await _feed(watch, "high", 5)
    await watch.until(lambda: len(watch.acked) == 15)
    assert (await watch.account(broker, "high", "low")).lost == 0


@pytest.mark.parametrize("gone", ["high", "low"])
async def test_one_that_is_not_there_is_refused_and_nothing_stays_behind(lab: Lab, broker: Broker, gone: str) -> None:
    await broker.remove_owned([gone])
    before = asyncio.all_tasks()
    with pytest.raises(RefusedError, match=f"no consumer workers on {gone}"):
        await sessions_on(lab.connection).open_worker(LOW, 1, prior=HIGH)
    if leftovers := asyncio.all_tasks() - before:
        await asyncio.wait(leftovers, timeout=5)
    assert asyncio.all_tasks() <= before


async def test_one_that_goes_ends_the_worker_and_is_named(broker: Broker, watch: Watch) -> None:
    id_ = await _worker(watch)
    await watch.until_phase(id_, Phase.WAITING)
    await broker.remove_owned(["high"])
    await watch.until_phase(id_, Phase.FAILED)
    assert "high" in watch.fleet.workers[id_].reason


@pytest.mark.parametrize("name", ["high", "low"])
async def test_what_was_handed_out_the_moment_it_came_is_not_waited_for(
    broker: Broker, watch: Watch, lab: Lab, name: str
) -> None:
    """A worker that reports how it stands takes in what has come, also while it waits for something."""
    del broker
    session = await sessions_on(lab.connection).open_worker(LOW, 1, prior=HIGH)
    assert isinstance(session, PreferringSession)
    side = session.first if name == "high" else session.second
    found: list[Delivery] = []
    put = side._put

    def put_and_hand_out(delivery: Delivery) -> None:
        put(delivery)
        found.extend(session.arrived())

    side._put = put_and_hand_out  # type: ignore[method-assign]
    waiting = asyncio.ensure_future(session.take())
    await _feed(watch, name, 1)
    assert await asyncio.wait_for(waiting, 5) == []
    assert len(found) == 1
    session.ack(found[0])
    await session.close()
