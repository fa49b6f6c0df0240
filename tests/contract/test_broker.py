"""The ``Broker`` protocol, as every adapter must keep it."""

import asyncio
from dataclasses import replace
from operator import attrgetter

import pytest

from tests.contract.labs import Lab
from tests.jetstream import queue_when, queues
from tests.waiting import until
from wqstudio.brokers.factory import open_broker
from wqstudio.brokers.port import Broker, LinkState, RefusedError, UnreachableError
from wqstudio.domain.events import Event, Topic
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.reading import Unknown
from wqstudio.domain.task import TaskId

JOBS = QueueSpec("jobs", ("jobs.*.*",), max_messages=20_000, consumers=(ConsumerSpec("workers"),))
ROUTE = "jobs.high.1"
SOURCE = Source("jobs", "workers")
STATISTICS = 25.0
"""Seconds after which what happened is counted: RabbitMQ gathers its counters every 5 s, and they are played out."""


async def _publish(lab: Lab, count: int) -> None:
    for number in range(count):
        await lab.publish(ROUTE, b"task", str(TaskId("run", 1, number)))


async def test_a_fresh_broker_has_no_queues(broker: Broker) -> None:
    snapshot = await broker.snapshot()
    assert snapshot.queues == {}
    assert snapshot.took > 0
    assert broker.words.product.split()[0] in snapshot.server


async def test_a_queue_made_is_there_empty_and_marked_as_own(broker: Broker) -> None:
    await broker.ensure(JOBS)
    queue = (await queues(broker))["jobs"]
    assert queue.owned
    assert not queue.dead_letters
    assert queue.oldest is None
    assert (queue.messages, queue.waiting, queue.in_flight, queue.redelivered, queue.stuck) == (0, 0, 0, 0, 0)


async def test_making_a_queue_again_changes_nothing(broker: Broker, lab: Lab) -> None:
    assert await broker.ensure(JOBS)
    await _publish(lab, 3)
    assert not await broker.ensure(JOBS)
    assert (await queues(broker))["jobs"].messages == 3


async def test_an_own_queue_that_does_not_fit_is_refused(broker: Broker) -> None:
    await broker.ensure(JOBS)
    with pytest.raises(RefusedError, match="jobs exists and differs"):
        await broker.ensure(replace(JOBS, max_messages=7))


async def test_somebody_elses_queue_of_that_name_is_refused_and_left_alone(broker: Broker, lab: Lab) -> None:
    await lab.make_foreign_queue("jobs")
    with pytest.raises(RefusedError, match="did not make it"):
        await broker.ensure(JOBS)
    assert not (await queues(broker))["jobs"].owned


async def test_dead_letters_are_kept_in_a_queue_known_as_such(broker: Broker) -> None:
    await broker.ensure(JOBS)
    await broker.ensure(QueueSpec("jobs_dlq", (), dead_letters_of="jobs"))
    assert (await queues(broker))["jobs_dlq"].dead_letters


async def test_only_own_queues_are_removed(broker: Broker, lab: Lab) -> None:
    await broker.ensure(JOBS)
    await lab.make_foreign_queue("theirs")
    assert await broker.remove_owned() == ["jobs"]
    assert set(await queues(broker)) == {"theirs"}
    assert await broker.remove_owned() == []


async def test_own_queues_are_removed_by_name(broker: Broker, lab: Lab) -> None:
    await broker.ensure(JOBS)
    await broker.ensure(QueueSpec("more", ("more.*",)))
    await lab.make_foreign_queue("theirs")
    assert await broker.remove_owned(["more", "theirs", "nothing_there"]) == ["more"]
    assert set(await queues(broker)) == {"jobs", "theirs"}


async def test_messages_wait_then_are_in_flight_then_leave(broker: Broker, lab: Lab) -> None:
    await broker.ensure(JOBS)
    await _publish(lab, 5)
    waiting = await queue_when(broker, "jobs", lambda queue: (queue.waiting, queue.published) == (5, 5), STATISTICS)
    assert (waiting.messages, waiting.in_flight) == (5, 0)
    assert waiting.oldest is not None
    await lab.take(SOURCE.queue, SOURCE.consumer, 3)
    taken = await queue_when(broker, "jobs", lambda queue: (queue.in_flight, queue.delivered) == (3, 3), STATISTICS)
    assert (taken.waiting, taken.messages, taken.stuck) == (2, 5, 0)
    await lab.ack(2)
    acked = await queue_when(broker, "jobs", lambda queue: (queue.messages, queue.acked) == (3, 2), STATISTICS)
    assert (acked.waiting, acked.in_flight, acked.stuck) == (2, 1, 0)


async def test_a_message_given_back_is_redelivered(broker: Broker, lab: Lab) -> None:
    await broker.ensure(JOBS)
    await _publish(lab, 1)
    await lab.take(SOURCE.queue, SOURCE.consumer, 1)
    await lab.give_back()
    await lab.take(SOURCE.queue, SOURCE.consumer, 1)
    redelivered = attrgetter("redelivered" if lab.traits.gauges_redelivered else "redeliveries")
    queue = await queue_when(broker, "jobs", lambda queue: (redelivered(queue), queue.in_flight) == (1, 1), STATISTICS)
    assert (queue.messages, queue.in_flight, queue.acked) == (1, 1, 0)


async def test_remaining_tasks_are_those_of_the_run_still_stored(broker: Broker, lab: Lab) -> None:
    await broker.ensure(JOBS)
    assert await broker.remaining_tasks("jobs", "run") == []
    await _publish(lab, 4)
    await lab.publish(ROUTE, b"of another run", "other.1.7")
    await lab.publish(ROUTE, b"not ours")
    await lab.publish(ROUTE, b"nonsense", "run.x.y")
    await lab.publish(ROUTE, b"stored twice", str(TaskId("run", 1, 3)))
    await lab.take(SOURCE.queue, SOURCE.consumer, 2)
    await lab.ack(1)
    in_flight = (1,) if lab.traits.looks_without_touching else ()
    expected = [TaskId("run", 1, number).number for number in (*in_flight, 2, 3, 3)]
    assert sorted(await broker.remaining_tasks("jobs", "run")) == expected
    queue = (await queues(broker))["jobs"]
    if lab.traits.looks_without_touching:
        assert (queue.in_flight, queue.delivered) == (1, 2), "looking changed something"


async def test_remaining_tasks_of_no_such_queue_are_refused(broker: Broker) -> None:
    with pytest.raises(RefusedError, match="nothing_there"):
        await broker.remaining_tasks("nothing_there", "run")


async def test_settings_are_described_as_last_polled(broker: Broker, lab: Lab) -> None:
    await broker.ensure(JOBS)
    assert broker.describe("jobs") == ()
    await broker.snapshot()
    assert "20,000" in {setting.value for group in broker.describe("jobs") for setting in group.settings}
    assert bool(broker.describe("jobs", "workers")) == lab.traits.makes_consumers
    assert broker.describe("jobs", "nobody") == ()
    assert broker.describe("nothing_there") == ()


async def test_a_name_that_cannot_be_is_refused(broker: Broker, lab: Lab) -> None:
    with pytest.raises(RefusedError, match="cannot be a name"):
        await broker.ensure(QueueSpec(lab.traits.impossible_name, ("jobs.>",)))


async def test_events_end_when_the_broker_is_closed(broker: Broker) -> None:
    async def collect() -> list[Event]:
        return [event async for event in broker.events()]

    collecting = asyncio.ensure_future(collect())
    await broker.ensure(JOBS)
    await broker.close()
    async with asyncio.timeout(5):
        await collecting


async def test_a_lost_broker_ends_the_poll_under_way_and_is_unreachable_until_it_is_back(
    broker: Broker, lab: Lab
) -> None:
    await broker.ensure(JOBS)
    await _publish(lab, 2)
    events: list[Event] = []

    async def collect() -> None:
        async for event in broker.events():
            events.append(event)  # noqa: PERF401 - the list is looked at while it grows

    async def poll() -> None:
        while True:
            await broker.snapshot()

    collecting = asyncio.ensure_future(collect())
    await asyncio.to_thread(lab.remember)
    polling = asyncio.ensure_future(poll())
    await asyncio.sleep(0)
    lab.kill()
    async with asyncio.timeout(2):
        with pytest.raises(UnreachableError):
            await polling
    await until(lambda: broker.link.state is LinkState.RECONNECTING)
    with pytest.raises(UnreachableError):
        await broker.snapshot()
    lab.start()
    await until(lambda: broker.link.state is LinkState.CONNECTED)
    assert (await queue_when(broker, "jobs", lambda queue: queue.waiting == 2)).messages == 2
    await broker.close()
    await collecting
    of_link = [event.text for event in events if event.topic is Topic.SERVER]
    assert "reconnecting" in of_link[0]
    assert "is back after" in of_link[-1]


async def test_two_connections_see_the_same(broker: Broker, lab: Lab) -> None:
    await broker.ensure(JOBS)
    await _publish(lab, 2)
    other = await open_broker(lab.connection)
    try:
        async with asyncio.timeout(30):
            while (await queues(other)).get("jobs") != (await queues(broker))["jobs"]:
                pass  # a node gathers its figures anew meanwhile
    finally:
        await other.close()


async def test_what_there_is_besides_queues_is_listed_in_the_brokers_words(broker: Broker) -> None:
    """Perhaps nothing. While nothing changes, the window is spared comparing."""
    await broker.ensure(JOBS)
    await broker.snapshot()
    for title in broker.listings:
        listing = broker.listing(title)
        assert listing.title == title
        assert listing.columns
        assert listing.empty
        assert not isinstance(listing.rows, Unknown)
        assert all(len(row.cells) == len(listing.columns) for row in listing.rows.values())
        assert broker.listing(title) is listing


async def test_work_on_a_queue_of_ones_own_is_never_refused_for_where_it_is(broker: Broker) -> None:
    await broker.ensure(JOBS)
    await broker.snapshot()
    for name in (JOBS.name, "elsewhere › jobs", "not there yet"):
        broker.check_work(name)
