import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest

from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.background import cancel, spawn
from wqstudio.brokers.factory import open_broker
from wqstudio.brokers.port import Broker
from wqstudio.domain.history import WHOLE_BROKER, Field
from wqstudio.domain.queue import QueueSpec
from wqstudio.engine.monitor import Beat, Monitor

JOBS = QueueSpec("jobs", ("jobs.>",))


@pytest.fixture
async def broker(nats_server: NatsServer) -> AsyncIterator[Broker]:
    broker = await open_broker(nats_server.connection)
    yield broker
    await broker.close()


@pytest.fixture
async def monitor(broker: Broker) -> AsyncIterator[Monitor]:
    monitor = Monitor(broker, interval=0.1)
    task = spawn(monitor.run(), "monitor")
    yield monitor
    await cancel(task)


async def test_each_beat_brings_a_snapshot_and_what_changed(broker: Broker, monitor: Monitor) -> None:
    beats: list[Beat] = []
    monitor.subscribe(beats.append)
    await until(lambda: beats)
    await broker.ensure(JOBS)
    await until(lambda: any("jobs" in beat.changes.queues.added for beat in beats))
    assert not any(beat.failure for beat in beats)


async def test_unsubscribed_is_told_no_more(monitor: Monitor) -> None:
    first: list[Beat] = []
    second: list[Beat] = []
    unsubscribe = monitor.subscribe(first.append)
    monitor.subscribe(second.append)
    await until(lambda: first)
    unsubscribe()
    told = len(first)
    await until(lambda: len(second) > told + 2)
    assert len(first) == told


async def test_one_that_leaves_while_others_are_told_is_told_no_more(monitor: Monitor) -> None:
    told: list[Beat] = []
    late: list[Beat] = []
    seats = ExitStack()
    monitor.subscribe(lambda _beat: seats.close())
    seats.callback(monitor.subscribe(late.append))
    monitor.subscribe(told.append)
    await until(lambda: len(told) > 1)
    assert late == []


async def test_a_server_that_goes_away_leaves_the_last_snapshot_and_a_gap(
    nats_server: NatsServer, broker: Broker, monitor: Monitor
) -> None:
    await broker.ensure(JOBS)
    beats: list[Beat] = []
    monitor.subscribe(beats.append)
    await until(lambda: beats and beats[-1].snapshot and "jobs" in (beats[-1].snapshot.queues or {}))  # type: ignore[operator]  # known here
    nats_server.kill()
    await until(lambda: beats[-1].failure)
    stale = beats[-1]
    assert stale.snapshot is not None
    assert "jobs" in stale.snapshot.queues  # type: ignore[operator]  # known here
    nats_server.start()
    await until(lambda: not beats[-1].failure)
    snapshot = beats[-1].snapshot
    assert snapshot is not None
    waiting = monitor.history.queue(WHOLE_BROKER, snapshot.at - 60, snapshot.at).of(Field.WAITING)
    gap = [bool(value != value) for value in waiting]  # noqa: PLR0124 - NaN differs from itself
    assert gap[0] is False
    assert True in gap
    assert gap[-1] is False


async def test_refresh_polls_before_the_next_beat(broker: Broker) -> None:
    beats: list[Beat] = []
    slow = Monitor(broker, interval=60.0)
    slow.subscribe(beats.append)
    task = spawn(slow.run(), "monitor")
    await until(lambda: beats)
    slow.refresh()
    await until(lambda: len(beats) == 2)
    await cancel(task)


async def test_a_slow_poll_is_followed_by_a_longer_rest(broker: Broker) -> None:
    monitor = Monitor(broker, interval=0.0001)
    beats: list[Beat] = []
    monitor.subscribe(beats.append)
    task = spawn(monitor.run(), "monitor")
    await until(lambda: len(beats) > 3)
    await cancel(task)
    for beat in beats:
        assert beat.snapshot is not None
        assert beat.interval == pytest.approx(2 * beat.snapshot.took)
    await asyncio.sleep(0)
