"""RabbitMQ's monitor on a real node, beyond what the contract asks of every broker."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pika
import pytest

from tests.jetstream import queue_when, queues, snapshot_when
from tests.rabbit_servers import RabbitHost, RabbitNode
from tests.rabbit_user import RabbitUser, connect_program
from tests.turns import longest_step
from tests.waiting import until
from tests.web_server import WebServer, answer, web_server
from wqstudio.brokers.port import Broker, BrokerError
from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.broker import RabbitBroker, connect
from wqstudio.brokers.rabbitmq.watching import dead_ends
from wqstudio.domain.events import Event
from wqstudio.domain.history import Field, History
from wqstudio.domain.queue import QueueSpec, QueueState
from wqstudio.domain.reading import Unknown, known
from wqstudio.domain.snapshot import Snapshot

LATE = 50.0
"""Seconds that statistics may be late, and the time in which counters are played out."""


@pytest.fixture
async def events(broker: RabbitBroker) -> AsyncIterator[list[Event]]:
    """As they come, until the broker is closed."""
    gathered: list[Event] = []

    async def gather() -> None:
        async for event in broker.events():
            gathered.append(event)  # noqa: PERF401 - the list is looked at while it grows

    gathering = asyncio.ensure_future(gather())
    yield gathered
    await broker.close()
    await gathering


@pytest.fixture
def program(rabbit_host: RabbitHost) -> Iterator[pika.BlockingConnection]:
    """Somebody's program with channels of its own choice."""
    connection = connect_program(rabbit_host)
    yield connection
    if connection.is_open:
        connection.close()


def consume(program: pika.BlockingConnection, queue: str, prefetch: int, tag: str) -> None:
    channel = program.channel()
    channel.basic_qos(prefetch_count=prefetch)
    channel.basic_consume(queue, lambda *_: None, consumer_tag=tag)


def settings(broker: Broker, queue: str, consumer: str = "") -> Mapping[str, str]:
    return {each.name: each.value for group in broker.describe(queue, consumer) for each in group.settings}


async def test_every_kind_of_queue_is_known_as_such(broker: RabbitBroker, user: RabbitUser) -> None:
    user.declare("classic")
    user.declare("quorum", {"x-queue-type": "quorum", "x-delivery-limit": 7})
    user.declare("stream", {"x-queue-type": "stream"})
    found = await queues(broker)
    assert {name: queue.kind for name, queue in found.items()} == {
        "classic": "classic queue",
        "quorum": "quorum queue",
        "stream": "stream",
    }
    assert settings(broker, "quorum")["Delivery limit"] == "7"
    assert settings(broker, "quorum")["Leader"]
    assert "only quorum queues" in settings(broker, "classic")["Delivery limit"]


async def test_a_classic_queue_is_as_long_as_it_is_now(broker: RabbitBroker, user: RabbitUser) -> None:
    user.declare("jobs")
    for number in range(1, 4):
        user.publish("jobs", b"task")
        assert (await queues(broker))["jobs"].waiting == number, "not of this instant"
    user.take("jobs", 2)
    queue = (await queues(broker))["jobs"]
    assert (queue.waiting, queue.in_flight, queue.messages) == (1, 2, 3)


async def test_a_quorum_queue_on_screen_is_as_long_as_it_is_now(broker: RabbitBroker, user: RabbitUser) -> None:
    user.declare("jobs", {"x-queue-type": "quorum"})
    broker.watch(["jobs", "no such queue"])
    for number in range(1, 4):
        user.publish("jobs", b"task")
        queue = (await queues(broker))["jobs"]
        assert queue.waiting == number, "not of this instant"
    assert isinstance(queue.oldest, Unknown)
    assert "tells of no quorum queue" in queue.oldest.reason, "whatever its publishers give"


async def test_consumers_have_their_prefetch_and_what_they_hold(
    broker: RabbitBroker, user: RabbitUser, program: pika.BlockingConnection
) -> None:
    user.declare("jobs")
    for _ in range(10):
        user.publish("jobs", b"task")
    consume(program, "jobs", 2, "careful")
    consume(program, "jobs", 0, "greedy")
    program.process_data_events(0.2)
    queue = await queue_when(
        broker, "jobs", lambda queue: [each.in_flight for each in known(queue.consumers, ())] == [2, 8], LATE
    )
    careful, greedy = known(queue.consumers, ())
    assert (careful.name, careful.prefetch, careful.delivered, careful.acked) == ("careful", 2, 2, 0)
    assert (greedy.name, greedy.prefetch, greedy.delivered) == ("greedy", 0, 8)
    assert isinstance(greedy.waiting, Unknown), "what is ready is nobody's yet"
    assert settings(broker, "jobs", "greedy")["Prefetch"] == "no limit"
    assert settings(broker, "jobs", "careful")["Acknowledgement"] == "manual"


async def test_consumers_that_share_a_channel_or_a_tag_are_told_apart(
    broker: RabbitBroker, user: RabbitUser, program: pika.BlockingConnection
) -> None:
    user.declare("jobs")
    user.declare("more")
    shared = program.channel()
    for queue in ("jobs", "more"):
        shared.basic_consume(queue, lambda *_: None, consumer_tag=f"one of {queue}")
    consume(program, "more", 1, "same")
    consume(program, "more", 1, "same")

    def seen(queue: QueueState) -> bool:
        held = [each.in_flight for each in known(queue.consumers, ())]
        return len(held) == 3 and sum(isinstance(each, Unknown) for each in held) == 1

    more = await queue_when(broker, "more", seen, LATE)
    names = {each.name: each.in_flight for each in known(more.consumers, ())}
    assert "several consumers" in str(names.pop("one of more"))
    assert all(name.startswith("same (") for name in names)
    assert len(names) == 2


async def test_dead_letter_queues_are_known_through_arguments_and_policies(
    broker: RabbitBroker, user: RabbitUser, rabbit_host: RabbitHost
) -> None:
    user.declare("by argument", {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dlq 1"})
    for name in ("by policy", "dlq 1", "dlq 2", "neither"):
        user.declare(name)
    rabbit_host.manage("PUT", "exchanges/{vhost}/dead", {"type": "topic", "durable": True})
    rabbit_host.manage("POST", "bindings/{vhost}/e/dead/q/dlq%202", {"routing_key": "*.policy"})
    definition = {"dead-letter-exchange": "dead", "dead-letter-routing-key": "by.policy"}
    policy = {"pattern": "^by policy$", "definition": definition, "apply-to": "queues"}
    rabbit_host.manage("PUT", "policies/{vhost}/letters", policy)
    snapshot = await snapshot_when(
        broker, lambda snapshot: bool(known(snapshot.queues, {})["by policy"].dead_letter_queues), LATE
    )
    found = known(snapshot.queues, {})
    assert {name for name, queue in found.items() if queue.dead_letters} == {"dlq 1", "dlq 2"}
    assert found["by argument"].dead_letter_queues == ("dlq 1",)
    assert found["by policy"].dead_letter_queues == ("dlq 2",)
    described = settings(broker, "by policy")
    assert described["Policy"] == "letters"
    assert described["Go to"] == "dlq 2"
    assert "exchange dead (topic), routing key *.policy" in settings(broker, "dlq 2").values()
    assert "dropped" in settings(broker, "neither")["Go to"]


async def test_where_dead_letters_are_lost_although_they_should_be_kept(
    broker: RabbitBroker, user: RabbitUser, rabbit_host: RabbitHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RabbitMQ lets a queue name an exchange, and a key, that lead nowhere. That it lasts is tested elsewhere."""
    monkeypatch.setattr(dead_ends, "SURE_AFTER", 0.0)
    user.declare("absent", {"x-dead-letter-exchange": "gone"})
    user.declare("unbound", {"x-dead-letter-exchange": "letters", "x-dead-letter-routing-key": "k"})
    user.declare("no queue", {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dlq"})
    held = {"x-queue-type": "quorum", "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
    user.declare("held", {"x-dead-letter-exchange": "gone", **held})
    user.declare("fine", {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "unbound"})
    user.declare("plain")
    rabbit_host.manage("PUT", "exchanges/{vhost}/letters", {"type": "direct", "durable": True})
    await queues(broker)
    found = {name: queue.dead_end for name, queue in (await queues(broker)).items()}
    assert {name for name, dead_end in found.items() if not dead_end} == {"fine", "plain"}
    assert found["absent"].startswith("Messages that die here are lost: the exchange gone is not there")
    assert "no queue is bound to the exchange letters for the routing key k" in found["unbound"]
    assert "the queue dlq is not there" in found["no queue"]
    assert found["held"].startswith("Messages that die here are held back: the exchange gone is not there")
    assert "the exchange gone is not there" in settings(broker, "absent")["Go to"]
    user.declare("dlq")
    assert not (await queues(broker))["no queue"].dead_end


NAMES = ["a/b", "with space", "ünï✓", "%2F", "q?a=b&c#d", "..", "x" * 255, "é" * 127]


async def test_names_may_be_anything(broker: RabbitBroker, user: RabbitUser) -> None:
    for name in NAMES:
        user.declare(name)
        user.publish(name, b"task")
    broker.watch(NAMES)
    found = await queues(broker)
    assert {name: queue.waiting for name, queue in found.items()} == dict.fromkeys(NAMES, 1)
    for name in NAMES:
        assert settings(broker, name)["Name"] == name
        if name != "..":  # which HTTP takes for the folder above
            assert isinstance(await broker._arguments(name), dict), name


@pytest.mark.parametrize("name", ["a/b c", "ünï✓", "%2F", "v" * 255])
async def test_virtual_hosts_may_be_called_anything(rabbit_node: RabbitNode, name: str) -> None:
    host = rabbit_node.make_host(name)
    broker = await connect(host.connection)
    assert await broker.ensure(QueueSpec("jobs", ("jobs",)))
    assert set(await queues(broker)) == {"jobs"}
    await broker.close()
    host.remove()


async def test_exclusive_queues_are_shown_and_left_alone(
    broker: RabbitBroker, program: pika.BlockingConnection
) -> None:
    program.channel().queue_declare("mine", exclusive=True)
    broker.watch(["mine"])
    assert (await queues(broker))["mine"].kind == "exclusive classic queue"
    assert (await queues(broker))["mine"].waiting == 0
    program.close()
    await snapshot_when(broker, lambda snapshot: not known(snapshot.queues, {}))


async def test_a_queue_deleted_under_the_monitor_is_gone_and_told(
    broker: RabbitBroker, user: RabbitUser, events: list[Event]
) -> None:
    user.declare("jobs")
    user.declare("stays")
    broker.watch(["jobs"])
    await queues(broker)
    user.delete("jobs")
    assert set(await queues(broker)) == {"stays"}
    assert broker.describe("jobs") == ()
    await until(lambda: any(event.text == "Queue jobs was deleted" for event in events))


async def test_what_changes_is_told_in_sentences(
    broker: RabbitBroker, user: RabbitUser, events: list[Event], rabbit_host: RabbitHost
) -> None:
    user.declare("jobs")
    await queues(broker)
    user.declare("late")
    program = connect_program(rabbit_host, "the shop")
    for number in range(3):
        consume(program, "jobs", 1, f"w{number}")
    rabbit_host.manage("PUT", "policies/{vhost}/short", {"pattern": "jobs", "definition": {"max-length": 5}})

    def listed() -> int:
        return len(rabbit_host.manage("GET", "consumers/{vhost}"))

    async def told(*sentences: str) -> None:
        def missing(_: object = None) -> list[str]:
            return [sentence for sentence in sentences if not any(sentence in event.text for event in events)]

        try:
            await snapshot_when(broker, lambda snapshot: not missing(snapshot), LATE)
        except AssertionError:
            raise AssertionError([missing(), [event.text for event in events]]) from None

    await until(lambda: listed() == 3)  # the node lists them one by one, and whoever comes at once is told of at once
    await told(
        "Queue late (classic queue) was made",
        "3 consumers have come to jobs: w0, w1, w2",
        "Policy short was made",
        "Queue jobs follows policy short now",
        "opened",
        "the shop",  # not only the connections of before it, or its end would be none
    )
    program.close()
    await until(lambda: listed() == 0)
    await told("3 consumers have gone from jobs", "closed")


async def test_what_is_rejected_in_work_with_a_time_to_live_lies_among_dead_letters(
    broker: RabbitBroker, user: RabbitUser
) -> None:
    """While what comes back from a delay does not."""
    rules = {"x-message-ttl": 600_000, "x-dead-letter-exchange": ""}
    user.declare("ttl-work", {**rules, "x-dead-letter-routing-key": "ttl-dead"})
    user.declare("later.5s", {**rules, "x-dead-letter-routing-key": "jobs"})
    for name in ("ttl-dead", "jobs"):
        user.declare(name)
    user.publish("ttl-work", b"task")
    ((method, _, _),) = user.take("ttl-work", 1)
    user.nack(method.delivery_tag, requeue=False)
    dead = await queue_when(broker, "ttl-dead", lambda queue: queue.dead_letters and queue.messages == 1, LATE)
    assert dead.dead_letters
    assert not (await queues(broker))["jobs"].dead_letters


async def test_the_studios_retry_queues_are_their_queues_business(
    broker: RabbitBroker, user: RabbitUser, events: list[Event]
) -> None:
    user.declare("jobs")
    await queues(broker)
    for milliseconds, count in ((250, 1), (60_000, 2)):
        name = marks.retry_queue("jobs", milliseconds)
        user.declare(name, {marks.MARK: marks.RETRY})
        for _ in range(count):
            user.publish(name, b"task")
    user.declare("theirs.wqs-retry-5")
    jobs = await queue_when(broker, "jobs", lambda queue: (queue.retrying, queue.redeliveries) == (3, 3), LATE)
    assert (jobs.messages, jobs.published, jobs.dead_letters) == (0, 0, False)
    found = await queues(broker)
    assert set(found) == {"jobs", "theirs.wqs-retry-5"}
    assert found["theirs.wqs-retry-5"].retrying == 0
    for milliseconds in (250, 60_000):
        user.delete(marks.retry_queue("jobs", milliseconds))
    user.delete("theirs.wqs-retry-5")
    jobs = (await queues(broker))["jobs"]
    assert (jobs.retrying, jobs.redeliveries) == (0, 3)
    await until(lambda: any("theirs.wqs-retry-5 was deleted" in event.text for event in events))
    assert not any("jobs.wqs-retry" in event.text for event in events), events


async def test_own_removals_are_not_told(broker: RabbitBroker, user: RabbitUser, events: list[Event]) -> None:
    await broker.ensure(QueueSpec("ours", ("ours",)))
    user.declare("theirs")
    await queues(broker)
    assert await broker.remove_owned() == ["ours"]
    user.delete("theirs")
    await queues(broker)
    await until(lambda: any("theirs was deleted" in event.text for event in events))
    assert not any("ours" in event.text for event in events)


async def test_four_thousand_consumers_of_one_queue(
    broker: RabbitBroker, user: RabbitUser, program: pika.BlockingConnection
) -> None:
    user.declare("jobs")
    channels = [program.channel() for _ in range(8)]
    for number in range(4_000):
        channels[number % 8].basic_consume("jobs", lambda *_: None, consumer_tag=f"consumer {number}")
    queue = await queue_when(broker, "jobs", lambda queue: len(known(queue.consumers, ())) == 4_000, LATE)
    assert len({consumer.key for consumer in known(queue.consumers, ())}) == 4_000
    assert "3,950 more" in settings(broker, "jobs")["And"]
    longest = await longest_step(broker)
    assert longest < 0.02, longest


async def test_a_wrong_management_password_leaves_the_queues_unknown(rabbit_host: RabbitHost) -> None:
    async with web_server() as web:
        web.answers["/"] = answer(b'{"error":"not_authorized","reason":"Login failed"}', 401)
        broker = await connect(replace(rabbit_host.connection, management_url=f"http://127.0.0.1:{web.port}"))
        snapshot = await broker.snapshot()
        assert isinstance(snapshot.queues, Unknown)
        assert "refused the login" in snapshot.queues.reason
        await broker.close()


async def test_a_management_api_that_falls_ill_makes_the_queues_unknown_until_it_is_well(
    rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    user.declare("jobs")
    async with web_server() as web:
        await _mirror(web, rabbit_host)
        broker = await connect(replace(rabbit_host.connection, management_url=f"http://127.0.0.1:{web.port}"))
        assert set(await queues(broker)) == {"jobs"}
        well, web.answers = web.answers, {"/": answer(b"<html>proxy</html>", 502, "text/html")}
        broker.watch(["jobs"])
        for _ in range(2):
            snapshot = await broker.snapshot()
            assert isinstance(snapshot.queues, Unknown)
            assert "proxy may stand in between" in snapshot.queues.reason
        web.answers = well
        assert set(await queues(broker)) == {"jobs"}
        await broker.close()


async def test_who_leaves_while_a_listing_fails_is_told_of_when_it_is_back(
    rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    user.declare("jobs")
    async with web_server() as web:
        await _mirror(web, rabbit_host)
        web.answers["/api/consumers"] = answer(json_of([{"consumer_tag": "worker", "queue": {"name": "jobs"}}]))
        broker = await connect(replace(rabbit_host.connection, management_url=f"http://127.0.0.1:{web.port}"))
        await queue_when(broker, "jobs", lambda queue: len(known(queue.consumers, ())) == 1)
        web.answers["/api/consumers"] = answer(b"<html>proxy</html>", 502, "text/html")
        await queue_when(broker, "jobs", lambda queue: isinstance(queue.consumers, Unknown))
        web.answers["/api/consumers"] = answer(b"[]")
        await queue_when(broker, "jobs", lambda queue: queue.consumers == ())
        await broker.close()
        assert [event.text async for event in broker.events()] == ["Consumer worker has gone from jobs"]


async def _mirror(web: WebServer, host: RabbitHost) -> None:
    def of(path: str) -> bytes:
        return answer(json_of(host.manage("GET", path)))

    web.answers["/api/queues"] = of("queues/{vhost}?page=1&page_size=500")
    web.answers["/api/overview"] = of("overview")
    for listing in ("consumers", "channels", "connections", "bindings", "exchanges", "policies", "nodes", "vhosts"):
        web.answers[f"/api/{listing}"] = answer(b"[]")


def json_of(value: Any) -> bytes:

    return json.dumps(value).encode()


async def test_without_a_management_api_named_queues_are_known_by_what_is_ready(
    rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    user.declare("theirs")
    user.publish("theirs", b"task")
    broker = await connect(replace(rabbit_host.connection, management_url="http://127.0.0.1:1"))
    nothing = await broker.snapshot()
    assert isinstance(nothing.queues, Unknown)
    assert "enable the plugin rabbitmq_management" in nothing.queues.reason
    assert await broker.ensure(QueueSpec("ours", ("ours",)))
    broker.watch(["theirs", "no such queue"])
    found = await queues(broker)
    assert {name: queue.waiting for name, queue in found.items()} == {"ours": 0, "theirs": 1}
    for reading in (found["theirs"].in_flight, found["theirs"].messages, found["theirs"].consumers):
        assert isinstance(reading, Unknown)
        assert "rabbitmq_management" in reading.reason
    assert not await broker.ensure(QueueSpec("ours", ("ours",)))
    assert await broker.remove_owned() == ["ours"]
    await broker.close()


async def test_one_who_may_see_nothing_of_others_is_told_so(rabbit_host: RabbitHost, rabbit_node: RabbitNode) -> None:
    rabbit_node.manage("PUT", f"users/{rabbit_host.connection.user}", {"password": "secret of the test", "tags": ""})
    broker = await connect(rabbit_host.connection)
    snapshot = await broker.snapshot()
    assert isinstance(snapshot.queues, Unknown)
    assert "give the user the tag management" in snapshot.queues.reason
    await broker.close()


async def test_a_restart_of_the_node_makes_no_rate_absurd(
    broker: RabbitBroker, user: RabbitUser, rabbit_host: RabbitHost
) -> None:
    history = History()
    user.declare("jobs")

    async def recorded() -> Snapshot | None:
        try:
            snapshot = await broker.snapshot()
        except BrokerError:
            history.gap(time.time())
            return None
        history.record(snapshot)
        return snapshot

    async def until_published(count: int) -> None:
        async with asyncio.timeout(60):
            while True:
                snapshot = await recorded()
                queue = known(snapshot.queues, {}).get("jobs") if snapshot is not None else None
                if queue is not None and queue.published == count:
                    return
                await asyncio.sleep(0.2)

    for count in (100, 200):
        for _ in range(100):
            user.publish("jobs", b"task")
        await until_published(count)
    user.close()
    rabbit_host.node.remember()
    rabbit_host.node.kill()
    await recorded()
    rabbit_host.node.start()
    await until_published(0)
    rates = history.queue("jobs", time.time() - 300, time.time()).of(Field.PUBLISHED)
    rates = rates[~np.isnan(rates)]
    assert len(rates)
    assert rates.min() >= 0
    assert 0 < rates.max() <= 110, "a hundred messages within a second, at the most"
