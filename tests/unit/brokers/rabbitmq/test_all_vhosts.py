"""All virtual hosts that a user may see, watched on one connection that works in one of them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from tests.jetstream import queue_when, queues
from tests.listings import listed
from tests.rabbit_servers import RabbitHost, RabbitNode
from tests.rabbit_user import RabbitUser
from wqstudio.brokers.port import Broker, RefusedError
from wqstudio.brokers.rabbitmq.broker import RabbitBroker, connect
from wqstudio.domain.commands import StartProducer, StartWorker
from wqstudio.domain.queue import QueueSpec, Source
from wqstudio.domain.reading import known
from wqstudio.domain.worker import ProducerSpec, WorkerSpec
from wqstudio.engine.studio import Studio

LATE = 50.0
RIGHTS = ("configure", "write", "read")
ODD = "ünï a/b › c"


@pytest.fixture
def other(rabbit_node: RabbitNode, rabbit_host: RabbitHost) -> Iterator[RabbitHost]:
    """Another virtual host, with a name that is none to take apart, which our user may enter and do nothing in."""
    host = rabbit_node.make_host(ODD)
    host.manage("PUT", f"permissions/{{vhost}}/{rabbit_host.connection.user}", dict.fromkeys(RIGHTS, ""))
    yield host
    host.remove()


@pytest.fixture
def neighbour(other: RabbitHost) -> Iterator[RabbitUser]:
    """Somebody who works there."""
    user = RabbitUser(other)
    yield user
    user.close()


@pytest.fixture
async def broker(rabbit_host: RabbitHost, other: RabbitHost) -> AsyncIterator[RabbitBroker]:
    del other  # it is there before
    broker = await connect(replace(rabbit_host.connection, all_vhosts=True))
    yield broker
    await broker.close()


def shown(name: str) -> str:
    return f"{ODD} › {name}"


def settings(broker: Broker, queue: str) -> dict[str, str]:
    return {each.name: each.value for group in broker.describe(queue) for each in group.settings}


async def test_queues_of_all_are_seen_each_with_its_own_numbers(
    broker: RabbitBroker, user: RabbitUser, neighbour: RabbitUser
) -> None:
    for somebody, count in ((user, 1), (neighbour, 3)):
        somebody.declare("jobs")
        for _ in range(count):
            somebody.publish("jobs", b"task")
    neighbour.take("jobs", 1)
    found = await queues(broker)
    assert (found["jobs"].waiting, found["jobs"].in_flight) == (1, 0)
    assert (found[shown("jobs")].waiting, found[shown("jobs")].in_flight) == (2, 1)
    assert settings(broker, "jobs")["Name"] == settings(broker, shown("jobs"))["Name"] == "jobs"
    assert settings(broker, shown("jobs"))["Virtual host"] == ODD
    published = await queue_when(broker, shown("jobs"), lambda queue: queue.published == 3, LATE)
    assert published.name == shown("jobs")
    assert (await queues(broker))["jobs"].published == 1


async def test_dead_letters_bindings_and_policies_stay_in_their_virtual_host(
    broker: RabbitBroker, user: RabbitUser, neighbour: RabbitUser, other: RabbitHost
) -> None:
    letters = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dlq"}
    user.declare("jobs", letters)
    user.declare("dlq")
    neighbour.declare("jobs", {"x-dead-letter-exchange": "dead"})
    neighbour.declare("dlq")
    other.manage("PUT", "exchanges/{vhost}/dead", {"type": "fanout"})
    other.manage("POST", "bindings/{vhost}/e/dead/q/dlq", {})
    other.manage("PUT", "policies/{vhost}/short", {"pattern": "", "definition": {"max-length": 7}})
    found = await queues(broker)
    assert found["jobs"].dead_letter_queues == ("dlq",)
    assert found[shown("jobs")].dead_letter_queues == (shown("dlq"),)
    assert {name for name, queue in found.items() if queue.dead_letters} == {"dlq", shown("dlq")}
    binding = listed(broker, "Bindings")["dead"]
    assert [binding[column] for column in ("Virtual host", "Destination", "leads to", "Dead letters of")] == [
        *(ODD, "dlq", shown("dlq"), shown("jobs"))
    ]
    assert "exchange dead (fanout)" in settings(broker, shown("dlq"))["Binding 2"]
    assert "Binding 2" not in settings(broker, "dlq")
    policy = listed(broker, "Policies")["short"]
    assert (policy["Virtual host"], policy["Priority"]) == (ODD, 0)
    exchanges = broker.listing("Exchanges").rows
    assert len(known(exchanges, {})) > len({row.cells[0] for row in known(exchanges, {}).values()})


async def test_work_is_done_at_home_only(broker: RabbitBroker, neighbour: RabbitUser) -> None:
    neighbour.declare("jobs")
    await queues(broker)
    remedy = f"Queue jobs is in virtual host {ODD}.*connect to virtual host {ODD} to work there"
    with pytest.raises(RefusedError, match=remedy):
        await broker.ensure(QueueSpec(shown("jobs"), ()))
    with pytest.raises(RefusedError, match=remedy):
        await broker.remaining_tasks(shown("jobs"), "run")
    with pytest.raises(RefusedError, match=remedy):
        await broker.remove_owned([shown("jobs")])
    broker.watch([shown("jobs")])
    await queues(broker)
    assert await broker.ensure(QueueSpec("jobs", ("jobs",)))
    assert (await queues(broker))["jobs"].owned
    assert not (await queues(broker))[shown("jobs")].owned
    assert await broker.remove_owned() == ["jobs"]
    assert set(await queues(broker)) >= {shown("jobs")}


async def test_a_queue_that_is_called_like_another_is_shown_is_not_worked_on_by_mistake(
    broker: RabbitBroker, user: RabbitUser, neighbour: RabbitUser
) -> None:
    neighbour.declare("jobs")
    neighbour.publish("jobs", b"task")
    assert (await queues(broker))[shown("jobs")].waiting == 1
    user.declare(shown("jobs"))
    found = await queues(broker)
    assert found[shown("jobs")].waiting == 0, "the plain name is the own queue's"
    assert found[f"{shown('jobs')} (in {ODD})"].waiting == 1
    for name in (shown("jobs"), f"{shown('jobs')} (in {ODD})"):
        with pytest.raises(RefusedError, match=ODD):
            broker.check_work(name)


async def test_those_who_may_not_see_the_others_see_their_own(rabbit_host: RabbitHost, other: RabbitHost) -> None:
    given = rabbit_host.connection
    other.manage("DELETE", f"permissions/{{vhost}}/{given.user}")
    for host in (rabbit_host, other):
        user = RabbitUser(host)
        user.declare("jobs")
        user.close()
    broker = await connect(replace(given, all_vhosts=True))
    assert set(await queues(broker)) == {"jobs"}
    await broker.close()


async def test_nobody_is_started_on_a_queue_elsewhere(rabbit_host: RabbitHost, neighbour: RabbitUser) -> None:
    neighbour.declare("jobs")
    studio = await Studio.open(replace(rabbit_host.connection, all_vhosts=True))
    try:
        await studio.broker.snapshot()
        worker = WorkerSpec("worker", Source(shown("jobs")))
        producer = ProducerSpec("producer", shown("jobs"), shown("jobs"))
        for command in (StartWorker(worker, confirmed=True), StartProducer(producer, confirmed=True)):
            with pytest.raises(RefusedError, match=f"connect to virtual host {ODD}"):
                await studio.executor.run(command)
        assert not studio.fleet.workers
        assert not studio.fleet.producers
    finally:
        await studio.close()
