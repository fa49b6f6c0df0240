"""What a simulated worker does with its messages, on a real server."""

import asyncio
import json
import time
from itertools import pairwise

import pytest

from tests.servers import NatsServer
from tests.unit.fleet.recorder import RUN, WITHIN, Recorder, make_queue, worker
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import AckMode, FailureAction, OnFailure, Outcome, Phase


@pytest.mark.alone
async def test_a_worker_takes_its_first_task_within_a_second(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    for idle in [await recorder.fleet.start_worker(worker()) for _ in recorder.fleet.hosts]:
        await recorder.fleet.pause(idle)
        await recorder.until_phase(idle, Phase.PAUSED)
    await recorder.put(1)
    asked = time.time()
    await recorder.fleet.start_worker(worker(service_time=0))
    await recorder.until(lambda: recorder.settled)
    assert recorder.settled[0].received - asked < 1.0


@pytest.mark.alone
async def test_a_delivery_is_reported_as_it_was(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(1)
    id_ = await recorder.fleet.start_worker(worker(service_time=0.1))
    await recorder.until(lambda: recorder.settled)
    (row,), (begun,) = recorder.settled, recorder.begun
    assert (row.worker, row.task, row.deliveries, row.outcome) == (id_, TaskId(RUN, 1_000, 0).number, 1, Outcome.ACKED)
    assert row.received <= row.begun < row.ended
    assert row.ended - row.begun == pytest.approx(0.1, abs=0.08)
    assert (begun.task, begun.begun) == (row.task, row.begun)
    assert begun.expected == pytest.approx(0.1)


async def test_a_short_task_is_not_reported_as_begun(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(5)
    await recorder.fleet.start_worker(worker(service_time=0.005))
    await recorder.until(lambda: len(recorder.settled) == 5)
    assert not recorder.begun


async def test_a_strangers_message_is_worked_on_and_counted_as_foreign(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    for body in (b"", b"...", b"\xff\xfe", b'{"difficulty": "?"}', b"[" * 2_000, json.dumps({"type": "x"}).encode()):
        await recorder.stream.publish("jobs.foreign", body)
    await recorder.fleet.start_worker(worker(service_time=0))
    await recorder.until(lambda: len(recorder.settled) == 6)
    assert {row.task for row in recorder.settled} == {FOREIGN}


@pytest.mark.alone
async def test_difficulty_and_speed_make_the_time_a_task_takes(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(1, b'{"task": "hard", "difficulty": 4}')
    await recorder.fleet.start_worker(worker(service_time=0.2, speed=2.0))
    await recorder.until(lambda: recorder.settled)
    assert recorder.settled[0].ended - recorder.settled[0].begun == pytest.approx(0.4, abs=0.1)


@pytest.mark.alone
async def test_speed_changes_in_the_middle_of_a_task(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(1)
    id_ = await recorder.fleet.start_worker(worker(service_time=1_000))
    await recorder.until(lambda: recorder.worker(id_).current is not None)
    changed = time.time()
    await recorder.fleet.set_speed(id_, 2_000.0)
    await recorder.until(lambda: recorder.settled)
    assert recorder.settled[0].ended - changed == pytest.approx(0.5, abs=0.3)


async def test_progress_goes_on_from_where_it_was_when_speed_changes(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(1)
    id_ = await recorder.fleet.start_worker(worker(service_time=2))
    await recorder.until(lambda: (task := recorder.worker(id_).current) and task.progress(time.time()) > 0.2)
    await recorder.fleet.set_speed(id_, 0.001)
    await recorder.until(lambda: (task := recorder.worker(id_).current) and task.done_share > 0)
    current = recorder.worker(id_).current
    assert current is not None
    assert 0.2 <= current.done_share < 1
    assert current.expected == pytest.approx(2_000)
    assert current.title == "t"


async def test_a_paused_worker_finishes_its_task_and_takes_no_other(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(3)
    id_ = await recorder.fleet.start_worker(worker(service_time=3))
    await recorder.until(lambda: recorder.worker(id_).current)
    await recorder.fleet.pause(id_)
    await recorder.fleet.set_speed(id_, 100)
    await recorder.until(lambda: recorder.worker(id_).acked == 1)
    await recorder.until_phase(id_, Phase.PAUSED)
    other = await recorder.fleet.start_worker(worker("other", service_time=0))
    await recorder.until(lambda: recorder.worker(other).acked == 2)
    assert recorder.worker(id_).acked == 1
    await recorder.put(1)
    await recorder.fleet.stop(other)
    await recorder.until_phase(other, Phase.STOPPED)
    await recorder.fleet.resume(id_)
    await recorder.put(1)
    await recorder.until(lambda: recorder.worker(id_).acked >= 2)


async def test_a_paused_idle_worker_takes_back_its_pull(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    id_ = await recorder.fleet.start_worker(worker(service_time=0))
    await recorder.until_phase(id_, Phase.WAITING)
    await recorder.fleet.pause(id_)
    await recorder.until_phase(id_, Phase.PAUSED)
    await _until_pulls(recorder, 0)
    await recorder.put(1)
    info = await recorder.stream.consumer_info("jobs", "workers")
    assert (info.num_pending, info.num_ack_pending) == (1, 0)
    await recorder.fleet.resume(id_)
    await recorder.until(lambda: recorder.settled)


async def test_a_paused_worker_keeps_what_it_holds_beyond_the_deadline(recorder: Recorder) -> None:
    await make_queue(recorder.stream, ack_wait=2)
    await recorder.put(10)
    id_ = await recorder.fleet.start_worker(worker(service_time=0.1, prefetch=10))
    await recorder.until(lambda: recorder.worker(id_).held > 1)
    await recorder.fleet.pause(id_)
    await recorder.until_phase(id_, Phase.PAUSED)
    await asyncio.sleep(3)  # the time that must not matter
    await recorder.fleet.resume(id_)
    await recorder.until(lambda: len(recorder.settled) == 10)
    assert {row.deliveries for row in recorder.settled} == {1}
    assert recorder.acked.total() == 10


async def test_a_task_longer_than_the_deadline_is_delivered_once(recorder: Recorder) -> None:
    await make_queue(recorder.stream, ack_wait=1.5)
    await recorder.put(2)
    await recorder.fleet.start_worker(worker(service_time=2.5))
    await recorder.fleet.start_worker(worker(service_time=2.5))
    await recorder.until(lambda: len(recorder.settled) == 2)
    assert [(row.deliveries, row.outcome) for row in recorder.settled] == [(1, Outcome.ACKED)] * 2


async def test_a_stopped_worker_finishes_what_it_holds(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(15)
    id_ = await recorder.fleet.start_worker(worker(service_time=0.2, prefetch=10))
    await recorder.until(lambda: recorder.worker(id_).held > 5)
    await recorder.fleet.stop(id_)
    await recorder.until_phase(id_, Phase.STOPPED)
    assert recorder.outcomes(id_) == [Outcome.ACKED] * 10
    info = await recorder.stream.consumer_info("jobs", "workers")
    assert (info.num_pending, info.num_ack_pending) == (5, 0)
    assert recorder.told("w stopped")


async def test_a_crashed_workers_messages_come_back_to_another(recorder: Recorder) -> None:
    await make_queue(recorder.stream, ack_wait=1)
    await recorder.put(4)
    id_ = await recorder.fleet.start_worker(worker("first", service_time=60, prefetch=4))
    await recorder.until(lambda: recorder.worker(id_).held == 4)
    await recorder.fleet.crash(id_)
    await recorder.until_phase(id_, Phase.CRASHED)
    assert recorder.outcomes(id_) == [Outcome.CRASHED] * 4
    assert recorder.told("first crashed holding 4 messages")
    assert recorder.worker(id_).held == 0
    other = await recorder.fleet.start_worker(worker("second", service_time=0))
    await recorder.until(lambda: recorder.worker(other).acked == 4)
    assert {row.deliveries for row in recorder.settled if row.worker == other} == {2}
    assert recorder.worker(other).redelivered == 4


@pytest.mark.parametrize("beforehand", [True, False])
async def test_a_crash_that_waits_for_work_falls_in_the_middle_of_a_task(recorder: Recorder, beforehand: bool) -> None:
    """Between two deliveries, or before the first, it would take nothing along."""
    await make_queue(recorder.stream, ack_wait=1)
    id_ = await recorder.fleet.start_worker(worker("first", service_time=0.3))
    await recorder.until_phase(id_, Phase.WAITING)
    if beforehand:
        await recorder.fleet.crash(id_, at_work=True)
    await recorder.put(2)
    if not beforehand:
        await recorder.until(lambda: recorder.worker(id_).current)
        await recorder.fleet.crash(id_, at_work=True)
    await recorder.until_phase(id_, Phase.CRASHED)
    await recorder.until(lambda: recorder.settled)
    (row,) = recorder.settled
    assert row.outcome is Outcome.CRASHED
    assert 0 < row.ended - row.begun < 0.3
    other = await recorder.fleet.start_worker(worker("second", service_time=0))
    await recorder.until(lambda: recorder.worker(other).acked == 2)


async def test_a_stop_that_waits_for_work_lets_a_worker_finish_it(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    id_ = await recorder.fleet.start_worker(worker(service_time=0.1, prefetch=2))
    await recorder.until_phase(id_, Phase.WAITING)
    await recorder.fleet.stop(id_, at_work=True)
    await recorder.put(5)
    await recorder.until_phase(id_, Phase.STOPPED)
    assert set(recorder.outcomes(id_)) == {Outcome.ACKED}
    assert 1 <= recorder.worker(id_).acked <= 2


async def test_prefetch_changes_live(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(12)
    id_ = await recorder.fleet.start_worker(worker(service_time=0.3, prefetch=1))
    await recorder.until(lambda: recorder.worker(id_).current)
    assert recorder.worker(id_).held == 1
    await recorder.fleet.set_prefetch(id_, 5)
    assert recorder.worker(id_).spec.prefetch == 5
    await recorder.until(lambda: recorder.worker(id_).held == 5)
    info = await recorder.stream.consumer_info("jobs", "workers")
    assert info.num_ack_pending == 5


async def test_confirmed_acks_are_known_to_the_broker(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(20)
    await recorder.fleet.start_worker(worker(service_time=0, prefetch=5, ack_mode=AckMode.CONFIRMED))
    await recorder.until(lambda: len(recorder.settled) == 20)
    assert await recorder.fleet.stop_all(5)
    assert not await recorder.stored()


async def test_automatic_acks_lose_what_a_crashed_worker_holds(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(3)
    id_ = await recorder.fleet.start_worker(worker(service_time=60, prefetch=3, ack_mode=AckMode.ON_RECEIPT))
    await recorder.until(lambda: recorder.worker(id_).held == 3)
    await recorder.fleet.crash(id_)
    await recorder.until_phase(id_, Phase.CRASHED)
    assert recorder.outcomes(id_) == [Outcome.LOST] * 3
    assert not await recorder.stored()


async def test_what_fails_after_an_automatic_ack_is_lost(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(1, b'{"task": "t", "poison": true}')
    await recorder.put(1)
    policy = OnFailure(FailureAction.TERMINATE)
    id_ = await recorder.fleet.start_worker(worker(service_time=0, ack_mode=AckMode.ON_RECEIPT, on_failure=policy))
    await recorder.until(lambda: len(recorder.settled) == 2)
    assert recorder.outcomes(id_) == [Outcome.LOST, Outcome.ACKED]
    await recorder.until(lambda: recorder.worker(id_).failed == 1)
    assert not await recorder.stored()


async def test_poison_fails_until_the_broker_gives_up(recorder: Recorder) -> None:
    await make_queue(recorder.stream, max_deliver=3)
    await recorder.put(1, b'{"task": "t", "poison": true}')
    await recorder.put(1)
    id_ = await recorder.fleet.start_worker(worker(service_time=0))
    await recorder.until(lambda: len(recorder.settled) == 4)
    assert sorted(recorder.outcomes(id_)) == [Outcome.ACKED, *[Outcome.NAKED] * 3]
    assert (recorder.worker(id_).failed, recorder.worker(id_).redelivered) == (3, 2)


@pytest.mark.alone
async def test_backoff_spreads_the_tries(recorder: Recorder) -> None:
    await make_queue(recorder.stream, max_deliver=4)
    await recorder.put(1, b'{"task": "t", "poison": true}')
    policy = OnFailure(FailureAction.BACKOFF, delay=0.2, cap=0.4)
    await recorder.fleet.start_worker(worker(service_time=0, on_failure=policy))
    await recorder.until(lambda: len(recorder.settled) == 4)
    times = [row.received for row in recorder.settled]
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps == [pytest.approx(0.2, abs=0.15), pytest.approx(0.4, abs=0.15), pytest.approx(0.4, abs=0.15)]


async def test_a_terminated_message_is_gone(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(1, b'{"task": "t", "poison": true}')
    policy = OnFailure(FailureAction.TERMINATE)
    id_ = await recorder.fleet.start_worker(worker(service_time=0, on_failure=policy))
    await recorder.until(lambda: recorder.settled)
    assert await recorder.fleet.stop_all(5)
    assert recorder.outcomes(id_) == [Outcome.TERMINATED]
    assert not await recorder.stored()


async def test_a_worker_without_its_consumer_fails_and_says_why(recorder: Recorder) -> None:
    id_ = await recorder.fleet.start_worker(worker())
    await recorder.until_phase(id_, Phase.FAILED)
    assert "no consumer workers on jobs" in recorder.worker(id_).reason


async def test_a_worker_whose_consumer_is_deleted_fails_and_says_why(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    id_ = await recorder.fleet.start_worker(worker())
    await _until_pulls(recorder, 1)
    await recorder.stream.delete_consumer("jobs", "workers")
    await recorder.until_phase(id_, Phase.FAILED)
    assert "Consumer Deleted" in recorder.worker(id_).reason


@pytest.mark.parametrize("mode", [AckMode.AFTER_WORK, AckMode.CONFIRMED])
async def test_a_worker_whose_stream_vanishes_while_it_works_fails(recorder: Recorder, mode: AckMode) -> None:
    await make_queue(recorder.stream)
    await recorder.put(1)
    id_ = await recorder.fleet.start_worker(worker(service_time=0.5, ack_mode=mode))
    await recorder.until(lambda: recorder.worker(id_).current)
    await recorder.stream.delete_stream("jobs")
    await recorder.until_phase(id_, Phase.FAILED)
    assert "no consumer workers on jobs" in recorder.worker(id_).reason


async def test_a_lost_connection_is_said_and_gone_on_from(nats_server: NatsServer, recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    id_ = await recorder.fleet.start_worker(worker(service_time=0))
    await recorder.until_phase(id_, Phase.WAITING)
    nats_server.kill()
    await recorder.until(lambda: "no connection" in recorder.worker(id_).reason)
    assert recorder.worker(id_).phase is Phase.WAITING
    nats_server.start()
    await recorder.until(lambda: not recorder.worker(id_).reason)
    await recorder.put(3)
    await recorder.until(lambda: len(recorder.settled) == 3)


async def test_a_task_that_the_broker_took_back_meanwhile_ends_as_expired(
    nats_server: NatsServer, recorder: Recorder
) -> None:
    await make_queue(recorder.stream, ack_wait=0.6)
    await recorder.put(1)
    id_ = await recorder.fleet.start_worker(worker(service_time=1.5))
    await recorder.until(lambda: recorder.worker(id_).current)
    nats_server.kill()
    await recorder.until(lambda: recorder.settled)
    assert recorder.outcomes(id_) == [Outcome.EXPIRED]
    nats_server.start()
    await recorder.until(lambda: len(recorder.settled) == 2)
    assert recorder.settled[1].outcome is Outcome.ACKED
    assert recorder.settled[1].task == recorder.settled[0].task


@pytest.mark.parametrize("mode", [AckMode.AFTER_WORK, AckMode.CONFIRMED])
async def test_what_a_worker_does_not_say_to_be_in_progress_is_done_by_another_as_well(
    recorder: Recorder, mode: AckMode
) -> None:
    """It acknowledges late, not knowing better; the server has given the task to one that was free."""
    await make_queue(recorder.stream, ack_wait=0.6)
    silent = worker(service_time=1.0, ack_mode=mode, keeps=False)
    ids = [await recorder.fleet.start_worker(silent) for _ in range(2)]
    await _until_pulls(recorder, 2)
    await recorder.put(1)
    await recorder.until(lambda: len(recorder.settled) >= 2)
    first, second = recorder.settled[:2]
    assert (first.outcome, second.outcome) == (Outcome.ACKED, Outcome.ACKED)
    assert {first.worker, second.worker} == set(ids)
    assert (first.task, first.deliveries, second.deliveries) == (second.task, 1, 2)
    assert second.received < first.ended
    await recorder.until(lambda: all(recorder.worker(id_).phase is Phase.WAITING for id_ in ids))


async def _until_pulls(recorder: Recorder, count: int) -> None:
    async with asyncio.timeout(WITHIN):
        while (await recorder.stream.consumer_info("jobs", "workers")).num_waiting != count:  # noqa: ASYNC110 - the server's state has no event
            await asyncio.sleep(0.01)
