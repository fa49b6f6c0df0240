"""What workers and producers may rely on, whichever broker it is."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import pytest

from tests.contract.labs import Lab
from wqstudio.brokers.port import Broker, LinkState, RefusedError, UnreachableError
from wqstudio.brokers.session_factory import sessions_on
from wqstudio.brokers.sessions import Delivery, PublisherSession, WorkerSession
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.task import TaskId

SOURCE = Source("jobs", "workers")
RUN = "run"
ACK_WAIT = 1.0


@pytest.fixture
async def queue(broker: Broker, request: pytest.FixtureRequest) -> QueueSpec:
    """With the bound that a test asks for."""
    consumer = ConsumerSpec("workers", filter="jobs.*", ack_wait=ACK_WAIT)
    spec = QueueSpec("jobs", ("jobs.*",), max_messages=getattr(request, "param", 500), consumers=(consumer,))
    await broker.ensure(spec)
    return spec


@pytest.fixture
async def publisher(lab: Lab, queue: QueueSpec) -> AsyncIterator[PublisherSession]:
    assert queue.name == "jobs"
    session = await sessions_on(lab.connection).open_publisher()
    yield session
    await session.close()


@pytest.fixture
async def session(lab: Lab, queue: QueueSpec) -> AsyncIterator[WorkerSession]:
    assert queue.name == "jobs"
    session = await sessions_on(lab.connection).open_worker(SOURCE, 3)
    yield session
    await session.close()


@pytest.fixture
def route(lab: Lab) -> str:
    """One that leads to the queue."""
    return lab.route("jobs.a")


async def publish(publisher: PublisherSession, route: str, count: int) -> None:
    tasks = [str(TaskId(RUN, 1, number)) for number in range(count)]
    await asyncio.gather(*(publisher.publish(route, b"body", task) for task in tasks))


async def take(session: WorkerSession, count: int, within: float | None = 15) -> list[Delivery]:
    """``within`` so many seconds; None: somebody else sees to that."""
    taken: list[Delivery] = []
    async with asyncio.timeout(within):
        while len(taken) < count:
            taken += await session.take()
    return taken


async def until(condition: Callable[[], object]) -> None:
    """Wait for what tells nobody that it has happened."""
    async with asyncio.timeout(15):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)


async def until_left(broker: Broker, count: int) -> None:
    async with asyncio.timeout(15):
        while len(await broker.remaining_tasks("jobs", RUN)) != count:  # noqa: ASYNC110 - brokers settle in their own time
            await asyncio.sleep(0.01)


async def test_what_is_acknowledged_is_gone(
    broker: Broker, publisher: PublisherSession, route: str, session: WorkerSession
) -> None:
    await publish(publisher, route, 3)
    first, second, third = await take(session, 3)
    assert (first.body, first.task, first.deliveries) == (b"body", f"{RUN}.1.0", 1)
    session.ack(first)
    await session.ack_confirmed(second)
    session.terminate(third, "no good")
    await until_left(broker, 0)


async def test_a_second_acknowledgement_harms_nothing(
    broker: Broker, publisher: PublisherSession, route: str, session: WorkerSession
) -> None:
    await publish(publisher, route, 2)
    first, _ = await take(session, 2)
    session.ack(first)
    session.ack(first)
    session.nak(first)
    await session.close()
    await until_left(broker, 1)


@pytest.mark.parametrize("queue", [-1], indirect=True, ids=["unbounded"])
async def test_what_is_given_back_comes_again_after_its_delay(
    publisher: PublisherSession, route: str, session: WorkerSession
) -> None:
    """On RabbitMQ only where the queue is sure to take it."""
    await publish(publisher, route, 2)
    early, late = await take(session, 2)
    loop = asyncio.get_running_loop()
    began = loop.time()
    session.nak(early)
    session.nak(late, delay=0.5)
    (again,) = await take(session, 1)
    assert (again.task, again.deliveries) == (early.task, 2)
    session.ack(again)
    (again,) = await take(session, 1)
    assert (again.task, again.deliveries) == (late.task, 2)
    assert 0.4 < loop.time() - began < 5
    session.ack(again)


async def test_no_more_than_the_prefetch_is_held(
    publisher: PublisherSession, route: str, session: WorkerSession
) -> None:
    await publish(publisher, route, 8)
    held = await take(session, 3)
    more = asyncio.ensure_future(take(session, 3))
    for delivery in held[:2]:
        session.ack(delivery)
    done, _ = await asyncio.wait([more], timeout=0.3)
    assert not done
    session.ack(held[2])
    assert len(await more) == 3


async def test_a_message_kept_is_not_taken_back(
    lab: Lab, publisher: PublisherSession, route: str, session: WorkerSession
) -> None:
    await publish(publisher, route, 1)
    assert session.ack_deadline == (ACK_WAIT if lab.traits.takes_back else None)
    (delivery,) = await take(session, 1)
    for _ in range(5):
        await asyncio.sleep(0.5 * ACK_WAIT)
        session.keep(delivery)
    await session.ack_confirmed(delivery)
    assert not session.arrived()


async def test_a_session_in_good_order_gives_back_what_it_holds(
    lab: Lab, publisher: PublisherSession, route: str, session: WorkerSession
) -> None:
    await publish(publisher, route, 4)
    leaving = await sessions_on(lab.connection).open_worker(SOURCE, 4)
    taken = await take(leaving, 4)
    leaving.ack(taken[0])
    await leaving.close()
    again = await asyncio.wait_for(take(session, 3), ACK_WAIT)
    assert {delivery.task for delivery in again} == {delivery.task for delivery in taken[1:]}


async def test_a_crashed_session_leaves_what_it_holds_to_the_deadline(
    lab: Lab, publisher: PublisherSession, route: str, session: WorkerSession
) -> None:
    await publish(publisher, route, 3)
    crashing = await sessions_on(lab.connection).open_worker(SOURCE, 3)
    taken = await take(crashing, 3)
    crashing.ack(taken[0])
    crashing.abort()
    again = await take(session, 3)
    assert {delivery.task for delivery in again} == {delivery.task for delivery in taken}
    assert {delivery.deliveries for delivery in again} == {2}


@pytest.mark.parametrize("end", ["abort", "close"])
async def test_a_session_that_ends_wakes_who_waits_for_it(lab: Lab, queue: QueueSpec, end: str) -> None:
    session = await sessions_on(lab.connection).open_worker(Source(queue.name, "workers"), 1)
    waiting = asyncio.ensure_future(session.take())
    await asyncio.sleep(0)
    if end == "abort":
        session.abort()
    else:
        await session.close()
    assert await asyncio.wait_for(waiting, 5) == ()


async def test_pauses_and_new_prefetches_lose_no_message(
    publisher: PublisherSession, route: str, session: WorkerSession
) -> None:
    seen: Counter[str] = Counter()

    def settle(taken: Sequence[Delivery]) -> None:
        for delivery in taken:
            seen[delivery.task] += 1
            session.ack(delivery)

    async def work() -> None:
        while True:
            settle(await session.take())
            await asyncio.sleep(0)

    working = asyncio.ensure_future(work())
    for number in range(300):
        await publisher.publish(route, b"", str(TaskId(RUN, 1, number)))
        if number % 3 == 0:
            session.set_prefetch(1 + number % 7)
        if number % 10 == 0:
            await session.pause()
    await until(lambda: len(seen) == 300)
    working.cancel()
    assert set(seen.values()) == {1}


async def test_a_restart_of_the_broker_is_outlived(
    lab: Lab, publisher: PublisherSession, route: str, session: WorkerSession
) -> None:
    await publish(publisher, route, 1)
    (held,) = await take(session, 1)
    waiting = asyncio.ensure_future(take(session, 1, within=None))  # a busy computer takes its time to start a node
    await asyncio.to_thread(lab.remember)
    lab.kill()
    await until(lambda: LinkState.CONNECTED not in (session.link.state, publisher.link.state))
    with pytest.raises(UnreachableError):
        await publisher.publish(route, b"", "")
    with pytest.raises(UnreachableError):
        await session.ack_confirmed(held)
    lab.start()
    session.release(held)
    (again,) = await asyncio.wait_for(waiting, 15)
    assert again.task == held.task  # the count of deliveries may not have reached the disk
    await session.ack_confirmed(again)


async def test_a_confirm_that_a_restart_cuts_off_fails_and_a_retry_stores_once(
    lab: Lab, broker: Broker, publisher: PublisherSession, route: str
) -> None:
    await asyncio.to_thread(lab.remember)
    tasks = [str(TaskId(RUN, 1, number)) for number in range(200)]
    under_way = [asyncio.ensure_future(publisher.publish(route, b"x", task)) for task in tasks]
    await asyncio.sleep(0)
    lab.kill()
    results = await asyncio.wait_for(asyncio.gather(*under_way, return_exceptions=True), 10)
    assert all(result is None or isinstance(result, UnreachableError) for result in results)
    lab.start()
    await until(lambda: publisher.link.state is broker.link.state is LinkState.CONNECTED)
    for task in tasks:
        await publisher.publish(route, b"x", task)
    stored = await broker.remaining_tasks("jobs", RUN)
    assert set(stored) == {TaskId(RUN, 1, number).number for number in range(200)}
    assert len(stored) == 200 or not lab.traits.deduplicates


async def test_a_full_queue_refuses(publisher: PublisherSession, route: str) -> None:
    await publish(publisher, route, 500)
    with pytest.raises(RefusedError):
        await publisher.publish(route, b"", str(TaskId(RUN, 1, 500)))


async def test_a_source_that_is_not_there_is_refused(lab: Lab) -> None:
    with pytest.raises(RefusedError):
        await sessions_on(lab.connection).open_worker(Source("nowhere", "nobody"), 1)


async def test_nobody_to_connect_to_is_said(lab: Lab) -> None:
    host, _, _ = lab.connection.urls[0].rpartition(":")
    sessions = sessions_on(replace(lab.connection, urls=(f"{host}:1",)))
    with pytest.raises(UnreachableError):
        await sessions.open_worker(SOURCE, 1)
    with pytest.raises(UnreachableError):
        await sessions.open_publisher()
