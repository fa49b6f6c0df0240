"""What a simulated producer publishes, and what it does when it may not."""

import time
from collections import Counter

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from tests.servers import NatsServer
from tests.unit.fleet.recorder import RUN, Recorder, make_queue, producer, worker
from wqstudio.domain.task import TASK_HEADER, TaskId, decode
from wqstudio.domain.worker import Phase, TaskKind


async def test_a_count_is_published_once_each_and_the_producer_ends(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    id_ = await recorder.fleet.start_producer(producer(rate=0, count=3_000))
    await recorder.until_phase(id_, Phase.STOPPED)
    expected = {TaskId(RUN, id_, number).number for number in range(3_000)}
    assert recorder.published == expected
    assert sum(row.count for row in recorder.confirmed) == 3_000
    assert (await recorder.stream.stream_info("jobs")).state.messages == 3_000
    assert recorder.fleet.producers[id_].confirmed == 3_000
    assert recorder.told("3,000 messages confirmed")


async def test_messages_carry_identity_route_mix_and_padding(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    mix = (TaskKind("mail", 2, weight=3), TaskKind("bad", weight=1, poison=True))
    id_ = await recorder.fleet.start_producer(producer(rate=0, count=200, mix=mix, padding=500, seed=7))
    await recorder.until_phase(id_, Phase.STOPPED)
    titles: Counter[str] = Counter()
    for sequence in range(1, 201):
        message = await recorder.stream.get_msg("jobs", sequence)
        assert message.headers is not None
        assert message.data is not None
        identity = TaskId.parse(message.headers[TASK_HEADER])
        assert identity is not None
        assert message.subject == f"jobs.{identity.sequence}"
        task = decode(message.data)
        assert len(message.data) > 500
        assert task.poison is (task.title == "bad")
        titles[task.title] += 1
    assert titles["mail"] == pytest.approx(150, abs=25)


async def test_published_is_when_it_was_sent_before_anybody_received_it(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    workers = [await recorder.fleet.start_worker(worker(service_time=0, prefetch=50)) for _ in range(2)]
    for id_ in workers:
        await recorder.until_phase(id_, Phase.WAITING)
    began = time.time()
    producers = [await recorder.fleet.start_producer(producer(rate=rate, count=500)) for rate in (0, 400)]
    for id_ in producers:
        await recorder.until_phase(id_, Phase.STOPPED)
    await recorder.until(lambda: len(recorder.acked) == 1_000)
    sent = {int(number): tasks.sent for tasks in recorder.confirmed for number in tasks.numbers}
    assert len(sent) == 1_000
    assert all(began < sent[row.task] <= row.received for row in recorder.settled)
    fast = len([tasks for tasks in recorder.confirmed if tasks.producer == producers[0]])
    assert fast < 100  # what leaves at once is told at once


async def test_what_was_refused_is_published_when_it_is_taken(recorder: Recorder, client: Client) -> None:
    await make_queue(recorder.stream, max_msgs=1)
    tries: list[Msg] = []

    async def note(message: Msg) -> None:
        tries.append(message)

    await client.subscribe("jobs.1", cb=note)
    id_ = await recorder.fleet.start_producer(producer(rate=0, count=2, synchronous=True))
    await recorder.until(lambda: recorder.fleet.producers[id_].refused)
    (first,) = recorder.confirmed
    told, before = time.time(), len(tries)
    await recorder.until(lambda: len(tries) > before + 2)  # one of them may have left before it was told
    await recorder.stream.purge_stream("jobs")
    await recorder.until_phase(id_, Phase.STOPPED)
    assert first.sent < told < recorder.confirmed[-1].sent


@pytest.mark.alone
async def test_the_rate_is_kept_and_changes_live(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    id_ = await recorder.fleet.start_producer(producer(rate=200))
    await recorder.until(lambda: recorder.fleet.producers[id_].confirmed >= 10)
    first = await _arrivals(recorder, 100)
    assert 100 / first == pytest.approx(200, rel=0.25)
    await recorder.fleet.set_rate(id_, 1_000)
    await recorder.until(lambda: recorder.fleet.producers[id_].spec.rate == 1_000)
    second = await _arrivals(recorder, 500)
    assert 500 / second == pytest.approx(1_000, rel=0.3)


async def test_a_paused_producer_sends_nothing_until_resumed(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    id_ = await recorder.fleet.start_producer(producer(rate=500))
    await recorder.until(lambda: recorder.fleet.producers[id_].confirmed > 0)
    await recorder.fleet.pause(id_)
    await recorder.until(lambda: _state(recorder, id_) == (Phase.PAUSED, 0))
    stored = (await recorder.stream.stream_info("jobs")).state.messages
    confirmed = recorder.fleet.producers[id_].confirmed
    assert confirmed == stored
    await recorder.fleet.resume(id_)
    await recorder.until(lambda: recorder.fleet.producers[id_].confirmed > confirmed)


async def test_a_full_stream_refuses_and_takes_later_what_it_refused(recorder: Recorder) -> None:
    await make_queue(recorder.stream, max_msgs=50)
    id_ = await recorder.fleet.start_producer(producer(rate=0, count=400))
    await recorder.until(lambda: recorder.fleet.producers[id_].refused > 0)
    assert "maximum messages exceeded" in recorder.fleet.producers[id_].reason
    await recorder.until(lambda: recorder.fleet.producers[id_].confirmed == 50)
    await recorder.fleet.start_worker(worker(service_time=0, prefetch=10))
    await recorder.until_phase(id_, Phase.STOPPED)
    await recorder.until(lambda: len(recorder.settled) == 400)
    assert set(recorder.acked) == recorder.published
    assert set(recorder.acked.values()) == {1}


async def test_a_message_that_is_refused_again_and_again_was_turned_away_once(
    recorder: Recorder, client: Client
) -> None:
    """Who listens hears of every try, whether or not the stream stores it."""
    tries: Counter[str] = Counter()

    async def count(message: Msg) -> None:
        tries[message.subject] += 1

    await make_queue(recorder.stream, max_msgs=10)
    await client.subscribe("jobs.>", cb=count)
    await client.flush()
    id_ = await recorder.fleet.start_producer(producer(rate=0, count=12, synchronous=True))
    await recorder.until(lambda: tries["jobs.10"] >= 4)
    await recorder.stream.delete_msg("jobs", 1)
    await recorder.until(lambda: tries["jobs.11"] >= 4)
    await recorder.until(lambda: recorder.fleet.producers[id_].confirmed == 11)
    assert recorder.fleet.producers[id_].refused == 2


async def test_a_producer_stopped_before_a_full_stream_gives_up_what_was_refused(recorder: Recorder) -> None:
    await make_queue(recorder.stream, max_msgs=10)
    id_ = await recorder.fleet.start_producer(producer(rate=0))
    await recorder.until(lambda: recorder.fleet.producers[id_].refused > 0)
    assert await recorder.fleet.stop_all(5)
    assert recorder.published == set(await recorder.stored())
    assert recorder.fleet.producers[id_].phase is Phase.STOPPED


async def test_a_producer_whose_tasks_no_stream_takes_can_be_stopped(recorder: Recorder) -> None:
    id_ = await recorder.fleet.start_producer(producer(rate=0))
    await recorder.until(lambda: "No stream takes messages" in recorder.fleet.producers[id_].reason)
    assert await recorder.fleet.stop_all(5)
    assert recorder.fleet.producers[id_].phase is Phase.STOPPED
    assert recorder.fleet.producers[id_].confirmed == 0


async def test_a_restarted_server_stores_every_task_once(nats_server: NatsServer, recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    id_ = await recorder.fleet.start_producer(producer(rate=2_000, count=3_000))
    await recorder.until(lambda: recorder.fleet.producers[id_].confirmed > 500)
    nats_server.stop()
    await recorder.until(lambda: "no connection" in recorder.fleet.producers[id_].reason)
    nats_server.start()
    await recorder.until_phase(id_, Phase.STOPPED)
    stored = await recorder.stored()
    assert len(recorder.published) == 3_000
    assert set(stored) == recorder.published
    assert set(stored.values()) == {1}


async def test_without_a_stream_the_producer_says_so_and_waits(recorder: Recorder) -> None:
    id_ = await recorder.fleet.start_producer(producer(rate=10, count=1))
    await recorder.until(lambda: "No stream takes messages" in recorder.fleet.producers[id_].reason)
    await make_queue(recorder.stream)
    await recorder.until_phase(id_, Phase.STOPPED)
    assert recorder.fleet.producers[id_].confirmed == 1


async def _arrivals(recorder: Recorder, count: int) -> float:
    """Seconds in which the server stored the next ``count`` messages."""
    start = (await recorder.stream.stream_info("jobs")).state.last_seq
    (producer_state,) = recorder.fleet.producers.values()
    goal = start + count
    await recorder.until(lambda: recorder.fleet.producers[producer_state.id].confirmed >= goal)
    times = [(await recorder.stream.get_msg("jobs", sequence)).time for sequence in (start + 1, goal)]
    assert times[0] is not None
    assert times[1] is not None
    return (times[1] - times[0]).total_seconds()


def _state(recorder: Recorder, id_: int) -> tuple[Phase, int]:
    state = recorder.fleet.producers[id_]
    return state.phase, state.unconfirmed
