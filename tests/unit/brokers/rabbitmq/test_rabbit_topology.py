"""The studio's queues: what they are made of, and that no other is touched; and what is counted in them."""

import asyncio

import pytest

from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.waiting import until
from wqstudio.brokers.port import DeniedError, RefusedError
from wqstudio.brokers.rabbitmq import census, topology
from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.topology import Arguments
from wqstudio.domain.queue import ConsumerSpec, QueueSpec
from wqstudio.domain.reading import Unknown
from wqstudio.domain.task import TASK_HEADER, TaskId

JOBS = QueueSpec("jobs", ("jobs", "jobs.>"), max_messages=100, max_age=60.0)
DEAD = QueueSpec("jobs_dlq", (), dead_letters_of="jobs")


def _all(host: RabbitHost) -> dict[str, Arguments]:
    return {queue["name"]: queue["arguments"] for queue in host.manage("GET", "queues/{vhost}")}


async def test_a_queue_is_durable_marked_and_reached_by_its_routes(
    client: RabbitClient, rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    assert await topology.ensure(client, JOBS, None)
    (found,) = rabbit_host.manage("GET", "queues/{vhost}")
    assert found["durable"]
    assert found["arguments"] == topology.queue_arguments(JOBS)
    assert marks.owned(found["arguments"])
    user.publish("jobs", b"")
    user.publish("jobs.a.b", b"", exchange=marks.EXCHANGE)
    assert user.ready("jobs") == 2


async def test_dead_letters_find_their_queue_whichever_was_made_first(client: RabbitClient, user: RabbitUser) -> None:
    await topology.ensure(client, JOBS, None)
    await topology.ensure(client, DEAD, None)
    user.publish("jobs", b"bad")
    ((method, _, _),) = user.take("jobs", 1)
    user.nack(method.delivery_tag, requeue=False)
    await until(lambda: user.ready("jobs_dlq") == 1)


async def test_a_limit_on_deliveries_makes_a_quorum_queue() -> None:
    spec = QueueSpec("jobs", (), consumers=(ConsumerSpec("a", max_deliver=4), ConsumerSpec("b")))
    arguments = topology.queue_arguments(spec)
    assert (arguments["x-queue-type"], arguments["x-delivery-limit"]) == ("quorum", 3)


async def test_what_is_there_is_left_alone_or_refused(
    client: RabbitClient, rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    await topology.ensure(client, JOBS, None)
    assert not await topology.ensure(client, JOBS, _all(rabbit_host)["jobs"])
    with pytest.raises(RefusedError, match="x-max-length is 100, wanted 7"):
        await topology.ensure(client, QueueSpec("jobs", (), max_messages=7), _all(rabbit_host)["jobs"])
    user.declare("theirs")
    with pytest.raises(RefusedError, match="did not make it"):
        await topology.ensure(client, QueueSpec("theirs", ()), {})
    with pytest.raises(RefusedError, match=r"cannot be known \(no management\)"):
        await topology.ensure(client, JOBS, Unknown("no management"))


@pytest.mark.parametrize("name", ["", "amq.x", "x" * 256])
async def test_an_impossible_name_is_refused(client: RabbitClient, name: str) -> None:
    with pytest.raises(RefusedError, match="cannot be a name"):
        await topology.ensure(client, QueueSpec(name, ()), None)


@pytest.mark.parametrize("name", ["a b/c", "grüße ✓", "x" * 255])
async def test_an_odd_name_is_a_name(client: RabbitClient, rabbit_host: RabbitHost, name: str) -> None:
    assert await topology.ensure(client, QueueSpec(name, (name,)), None)
    assert await topology.exists(client, name)
    assert await topology.remove_owned(client, _all(rabbit_host), lambda _: None) == [name]


async def test_only_own_queues_are_removed_and_their_retry_queues_with_them(
    client: RabbitClient, rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    await topology.ensure(client, JOBS, None)
    await topology.ensure(client, DEAD, None)
    user.declare("theirs")
    user.declare(marks.retry_queue("jobs", 50), {marks.MARK: marks.RETRY})
    told: list[str] = []
    assert await topology.remove_owned(client, _all(rabbit_host), told.append, ["jobs", "theirs"]) == ["jobs"]
    assert told == ["jobs"]
    assert set(_all(rabbit_host)) == {"theirs", "jobs_dlq"}


def _own_exchanges(host: RabbitHost) -> dict[str, bool]:
    """Names, and whether they go with their last binding."""
    listed = host.manage("GET", "exchanges/{vhost}")
    return {each["name"]: each["auto_delete"] for each in listed if each["name"].startswith("wqstudio")}


async def test_the_studios_exchanges_go_with_its_queues(client: RabbitClient, rabbit_host: RabbitHost) -> None:
    for _ in range(2):
        await topology.ensure(client, JOBS, None)
        await topology.ensure(client, DEAD, None)
        assert _own_exchanges(rabbit_host) == {marks.EXCHANGE: True, marks.DEAD_LETTER_EXCHANGE: True}
        await topology.remove_owned(client, _all(rabbit_host), lambda _: None)
        assert _own_exchanges(rabbit_host) == {}


async def test_a_queue_nobody_routes_to_needs_no_exchange(client: RabbitClient, rabbit_host: RabbitHost) -> None:
    await topology.ensure(client, QueueSpec("jobs", ("jobs",)), None)
    assert _own_exchanges(rabbit_host) == {}


async def test_an_exchange_that_an_older_studio_left_serves(
    client: RabbitClient, rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    rabbit_host.manage("PUT", f"exchanges/{{vhost}}/{marks.EXCHANGE}", {"type": "topic", "durable": True})
    await topology.ensure(client, JOBS, None)
    user.publish("jobs.a", b"", exchange=marks.EXCHANGE)
    assert user.ready("jobs") == 1


async def test_an_exchange_of_another_kind_under_the_studios_name_is_refused(
    client: RabbitClient, rabbit_host: RabbitHost
) -> None:
    rabbit_host.manage("PUT", f"exchanges/{{vhost}}/{marks.EXCHANGE}", {"type": "fanout", "durable": True})
    with pytest.raises(RefusedError, match="Making the exchange wqstudio failed"):
        await topology.ensure(client, JOBS, None)


async def test_an_exchange_that_goes_before_it_is_bound_is_made_again(
    client: RabbitClient, rabbit_host: RabbitHost
) -> None:
    """Two studios on one broker: what one removes takes the exchange along that the other has just found there."""
    other = await connect_client(rabbit_host.connection, name="another studio")
    spec = QueueSpec("theirs", ("theirs.>",))

    async def come_and_go() -> None:
        while True:
            await topology.ensure(other, spec, None)
            await topology.remove_owned(other, {spec.name: topology.queue_arguments(spec)}, lambda _: None)

    coming_and_going = asyncio.ensure_future(come_and_go())
    for number in range(100):
        mine = QueueSpec(f"mine-{number}", (f"mine.{number}.>",))
        await topology.ensure(client, mine, None)
        await topology.remove_owned(client, {mine.name: topology.queue_arguments(mine)}, lambda _: None)
    assert not coming_and_going.done()
    coming_and_going.cancel()
    await other.close()


async def test_an_exchange_that_cannot_be_bound_goes_again(client: RabbitClient, rabbit_host: RabbitHost) -> None:
    rights = {"configure": ".*", "write": ".*", "read": "^jobs$"}  # a binding reads from the exchange
    await asyncio.to_thread(rabbit_host.manage, "PUT", f"permissions/{{vhost}}/{rabbit_host.connection.user}", rights)
    with pytest.raises(DeniedError, match="Binding jobs"):
        await topology.ensure(client, JOBS, None)
    assert _own_exchanges(rabbit_host) == {}


async def test_what_waits_is_counted_and_given_back_in_order(client: RabbitClient, user: RabbitUser) -> None:
    user.declare("jobs")
    for number in range(300):
        user.publish("jobs", b"%d" % number, {TASK_HEADER: str(TaskId("run", 1, number))})
    user.publish("jobs", b"other", {TASK_HEADER: "other.1.1"})
    user.publish("jobs", b"odd", {TASK_HEADER: 5})
    ((held, _, _),) = user.take("jobs", 1)
    expected = [TaskId("run", 1, number).number for number in range(1, 300)]
    assert await census.remaining_tasks(client, "jobs", "run") == expected
    await until(lambda: user.ready("jobs") == 301)
    user.nack(held.delivery_tag)
    bodies = [body for _, _, body in user.take("jobs", 302)]
    assert bodies == [*(b"%d" % number for number in range(300)), b"other", b"odd"]


async def test_an_empty_queue_is_counted_at_once(client: RabbitClient, user: RabbitUser) -> None:
    user.declare("jobs")
    assert await census.remaining_tasks(client, "jobs", "run") == []
    with pytest.raises(RefusedError, match="no queue 'gone'"):
        await census.remaining_tasks(client, "gone", "run")


async def test_what_waits_for_its_next_try_and_what_is_dead_is_counted_once(
    client: RabbitClient, user: RabbitUser
) -> None:
    retries = marks.retry_queue("jobs", 60_000)
    places = (retries, "jobs", "jobs_dlq")
    for number, queue in enumerate(places):
        user.declare(queue)
        user.publish(queue, b"", {TASK_HEADER: str(TaskId("run", 1, number))})
    counted = await census.remaining_tasks(client, "jobs", "run", before=[retries, "gone"], after=["jobs_dlq"])
    assert counted == [TaskId("run", 1, number).number for number in range(3)]
    await until(lambda: [user.ready(queue) for queue in places] == [1, 1, 1])
