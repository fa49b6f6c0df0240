"""What a worker's session does on RabbitMQ beyond what every broker's does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest
from pika import spec
from pika.exceptions import NackError

from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.waiting import until
from wqstudio.brokers.port import RefusedError, TakenBackError
from wqstudio.brokers.rabbitmq.amqp import channel, errors, marks
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.codec import Float32, Int64, encode_table
from wqstudio.brokers.rabbitmq.amqp.confirming import ConfirmingChannel
from wqstudio.brokers.rabbitmq.amqp.properties import Properties
from wqstudio.brokers.rabbitmq.sessions.consuming import ConsumingSession
from wqstudio.brokers.rabbitmq.sessions.sessions import RabbitSessions
from wqstudio.brokers.sessions import Delivery, WorkerSession
from wqstudio.domain.queue import Source

SOURCE = Source("q")
DEAD = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}


@pytest.fixture
async def session(rabbit_host: RabbitHost, user: RabbitUser) -> AsyncIterator[WorkerSession]:
    user.declare("dead")
    user.declare("q", DEAD)
    session = await RabbitSessions(rabbit_host.connection).open_worker(SOURCE, 5)
    yield session
    await session.close()


async def _take(session: WorkerSession, count: int) -> list[Delivery]:
    taken: list[Delivery] = []
    async with asyncio.timeout(10):
        while len(taken) < count:
            taken += await session.take()
    return taken


async def _never_more(
    session: WorkerSession, user: RabbitUser, held: Sequence[Delivery], unsettled: int, most: int
) -> list[Delivery]:
    """What it holds when the node, which has ``unsettled`` messages, has done all that it was asked for."""
    assert isinstance(session, ConsumingSession)
    await session._consumers.adjust()
    await session._channel.call(spec.Channel.Flow(active=True), "waiting for the acknowledgements before it")
    given_out = unsettled - user.ready("q")
    more = list(held)

    def have_come() -> bool:
        more.extend(session.arrived())
        return len(more) >= given_out

    await until(have_come)
    assert len(more) == given_out <= most
    return more


def _fill(user: RabbitUser) -> int:
    """Until it refuses: messages that wait in it then."""
    with contextlib.suppress(NackError):
        while True:
            user.publish("q", b"")
    return user.ready("q")


async def test_a_delayed_message_keeps_its_headers_and_properties(
    client: RabbitClient, session: WorkerSession, user: RabbitUser
) -> None:
    headers = {"f": Float32(b"\x3f\x40\x00\x00"), "n": Int64(1), "t": {"deep": [1.5, None]}}
    publisher = await ConfirmingChannel.open(client)
    await publisher.publish("", "q", Properties(headers=encode_table(headers), app_id="theirs").encode(), b"body")
    (first,) = await _take(session, 1)
    session.nak(first, delay=0.05)
    (second,) = await _take(session, 1)
    assert (second.body, second.deliveries) == (b"body", 2)
    session.nak(second, delay=0.05)
    (third,) = await _take(session, 1)
    assert third.deliveries == 3
    session.nak(third)
    (fourth,) = await _take(session, 1)
    assert fourth.deliveries == 4
    await session.ack_confirmed(fourth)
    assert user.ready("q") == 0
    assert user.ready(marks.retry_queue("q", 50)) == 0


async def test_a_retry_queue_expires_by_itself_and_outlives_what_waits_in_it(
    rabbit_host: RabbitHost, session: WorkerSession, user: RabbitUser
) -> None:
    user.publish("q", b"")
    (first,) = await _take(session, 1)
    session.nak(first, delay=60)
    name = marks.retry_queue("q", 60_000)
    async with asyncio.timeout(15):
        while True:
            shown = await asyncio.to_thread(rabbit_host.manage, "GET", "queues/{vhost}")
            found = [queue for queue in shown if queue["name"] == name]
            if found:
                break
    arguments = found[0]["arguments"]
    assert arguments[marks.MARK] == marks.RETRY
    assert arguments["x-expires"] - arguments["x-message-ttl"] == 120_000
    assert found[0]["durable"]
    await until(lambda: user.ready(name) == 1)


async def test_a_rejected_message_is_dead_lettered(session: WorkerSession, user: RabbitUser) -> None:
    user.publish("q", b"bad")
    (delivery,) = await _take(session, 1)
    session.terminate(delivery, "no good")
    await until(lambda: user.ready("dead") == 1)
    ((_, properties, body),) = user.take("dead", 1)
    assert body == b"bad"
    assert properties.headers["x-death"][0]["reason"] == "rejected"


async def test_copies_are_held_to_the_queues_delivery_limit(rabbit_host: RabbitHost, user: RabbitUser) -> None:
    user.declare("dead")
    user.declare("q", {**DEAD, "x-queue-type": "quorum", "x-delivery-limit": 2})
    session = await RabbitSessions(rabbit_host.connection).open_worker(SOURCE, 5)
    user.publish("q", b"poison")
    for deliveries in (1, 2, 3):
        (delivery,) = await _take(session, 1)
        assert delivery.deliveries == deliveries
        session.nak(delivery, delay=0.02)
    await until(lambda: user.ready("dead") == 1)
    await session.close()


@pytest.mark.parametrize("by", ["argument", "policy"])
async def test_a_queue_that_may_refuse_copies_gets_none(rabbit_host: RabbitHost, user: RabbitUser, by: str) -> None:
    """One that is full when the copy comes home would drop it."""
    rules: dict[str, object] = {"max-length": 2, "overflow": "reject-publish"}
    if by == "policy":
        policy = {"pattern": "^q$", "definition": rules, "apply-to": "queues"}
        await asyncio.to_thread(rabbit_host.manage, "PUT", "policies/{vhost}/full", policy)
    user.declare("q", {f"x-{name}": value for name, value in rules.items()} if by == "argument" else {})
    session = await RabbitSessions(rabbit_host.connection).open_worker(SOURCE, 1)
    user.publish("q", b"retry")
    (delivery,) = await _take(session, 1)
    session.nak(delivery, delay=0.5)
    await session.pause()
    await until(lambda: user.ready("q") == 1)
    assert "this queue refuses messages when it is full" in session.trouble
    user.publish("q", b"more")
    await session.close()
    assert sorted(body for _, _, body in user.take("q", 2)) == [b"more", b"retry"]


async def test_a_full_quorum_queue_takes_copies_home(rabbit_host: RabbitHost, user: RabbitUser) -> None:
    user.declare("q", {"x-queue-type": "quorum", "x-max-length": 2, "x-overflow": "reject-publish"})
    session = await RabbitSessions(rabbit_host.connection).open_worker(SOURCE, 1)
    user.publish("q", b"retry")
    (delivery,) = await _take(session, 1)
    await session.pause()
    session.nak(delivery, delay=1.0)
    await session.close()  # once the copy is confirmed
    full = _fill(user)
    await until(lambda: user.ready(marks.retry_queue("q", 1_000)) == 0)
    await until(lambda: user.ready("q") == full + 1)


async def test_an_abort_while_a_close_waits_leaves_the_retries_once(rabbit_host: RabbitHost, user: RabbitUser) -> None:
    user.declare("q")
    sessions = RabbitSessions(rabbit_host.connection)
    staying, leaving = [await sessions.open_worker(SOURCE, 1) for _ in range(2)]
    waiting = asyncio.ensure_future(leaving.take())
    await until(lambda: user.consumers("q") == 1)
    closing = asyncio.ensure_future(leaving.close())
    await waiting  # the close ends consumers now, and waits for the answer
    leaving.abort()
    await closing
    await until(lambda: user.consumers("q") == 0)
    user.publish("q", b"")
    (delivery,) = await _take(staying, 1)
    staying.nak(delivery, delay=0.05)
    (again,) = await _take(staying, 1)
    assert again.deliveries == 2
    assert sessions._retries._users == 1
    await staying.close()
    assert sessions._retries._users == 0


async def test_a_channel_whose_end_the_broker_does_not_confirm_is_left_all_the_same(
    session: WorkerSession, user: RabbitUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.publish("q", b"")
    await _take(session, 1)
    monkeypatch.setattr(channel, "ANSWER_WITHIN", 0.0)
    user.delete("q")
    user.declare("q", DEAD)
    assert isinstance(session, ConsumingSession)
    left = session._channel
    await until(lambda: not left.is_open)
    monkeypatch.undo()
    user.publish("q", b"after")
    (after,) = await _take(session, 1)
    assert after.body == b"after"


async def test_prefetch_is_exact_however_it_changes(session: WorkerSession, user: RabbitUser) -> None:
    for _ in range(60):
        user.publish("q", b"")
    held = await _never_more(session, user, await _take(session, 5), 60, 5)
    session.set_prefetch(8)
    held += await _take(session, 3)
    held = await _never_more(session, user, held, 60, 8)
    session.set_prefetch(3)
    held = await _never_more(session, user, held, 60, 8)
    for delivery in held[:6]:
        session.ack(delivery)
    held = await _never_more(session, user, held[6:], 54, 3)
    assert len(held) == 3
    for delivery in held:
        session.ack(delivery)
    held = await _take(session, 3)
    await _never_more(session, user, held, 51, 3)
    for settled in range(1, 7):  # in the long run, too
        session.ack(held.pop(0))
        held = await _never_more(session, user, [*held, *await _take(session, 1)], 51 - settled, 3)
    session.set_prefetch(0)
    assert len(await _take(session, 60 - 8 - 1 - 3 - 6)) >= 42


async def test_a_pause_leaves_what_is_held_and_asks_for_no_more(session: WorkerSession, user: RabbitUser) -> None:
    user.publish("q", b"1")
    (held,) = await _take(session, 1)
    await session.pause()
    user.publish("q", b"2")
    assert user.ready("q") == 1
    session.ack(held)
    (again,) = await _take(session, 1)
    assert again.body == b"2"


async def test_a_queue_that_is_not_there_is_refused(rabbit_host: RabbitHost) -> None:
    with pytest.raises(RefusedError, match="no queue 'q'"):
        await RabbitSessions(rabbit_host.connection).open_worker(SOURCE, 1)


async def test_a_queue_that_is_deleted_is_told(session: WorkerSession, user: RabbitUser) -> None:
    waiting = asyncio.ensure_future(session.take())
    user.publish("q", b"")
    assert await waiting
    waiting = asyncio.ensure_future(session.take())
    user.delete("q")
    with pytest.raises(RefusedError, match="The queue is gone"):
        await asyncio.wait_for(waiting, 10)


async def test_a_consumer_that_the_broker_ends_though_the_queue_is_there_begins_anew(
    session: WorkerSession, user: RabbitUser
) -> None:
    user.publish("q", b"held")
    (held,) = await _take(session, 1)
    session.set_prefetch(8)
    await until(lambda: user.consumers("q") == 2)  # of each is told
    user.delete("q")  # the session hears of both only when this test waits
    user.declare("q", DEAD)
    user.publish("q", b"after")
    (after,) = await _take(session, 1)
    assert after.body == b"after"
    assert session.lost(held)
    assert "RabbitMQ ended the consumer" in session.trouble
    await session.ack_confirmed(after)
    assert session.trouble == ""


async def test_foreign_headers_are_no_trouble(client: RabbitClient, session: WorkerSession) -> None:
    publisher = await ConfirmingChannel.open(client)
    odd = encode_table({"Wqs-Task": 7, marks.RETRIES_HEADER: "x", "x-delivery-count": "y"})
    await publisher.publish("", "q", Properties(headers=odd).encode(), b"")
    (delivery,) = await _take(session, 1)
    assert (delivery.task, delivery.deliveries) == ("", 1)


def test_a_consumer_timeout_is_explained() -> None:
    text = (
        "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms. "
        "This timeout value can be configured, see consumers doc guide to learn more"
    )
    error = errors.of_close(406, text, "using the channel")
    assert "not acknowledged within 30 min. Use a smaller prefetch" in str(error)
    assert isinstance(error, TakenBackError)


def test_a_queue_that_is_only_away_is_not_refused() -> None:
    text = "NOT_FOUND - home node 'rabbit@b' of durable queue 'q' in vhost '/' is down or inaccessible"
    assert not isinstance(errors.of_close(404, text, "consuming q"), RefusedError)
