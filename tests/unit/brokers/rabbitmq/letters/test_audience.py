"""Who takes from the queue that a copy goes to, and which rules would act on it, on a real node."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser, connect_program
from wqstudio.brokers.rabbitmq.letters.outlet import RabbitOutlet, open_outlet
from wqstudio.domain.letter import Destination, Load, Ways

HOME = Destination("home", "home")


@pytest.fixture
async def outlet(rabbit_host: RabbitHost) -> AsyncIterator[RabbitOutlet]:
    outlet = await open_outlet(rabbit_host.connection)
    yield outlet
    await outlet.close()


async def _said(outlet: RabbitOutlet, to: Destination = HOME) -> str:
    return "\n".join(await outlet.audience(to))


async def test_consumers_and_rules_of_the_queue_are_told(
    rabbit_host: RabbitHost, user: RabbitUser, outlet: RabbitOutlet
) -> None:
    user.declare("home", {"x-message-ttl": 90_000, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"})
    user.publish("home", b"waits")
    limit = {"pattern": "^home$", "apply-to": "queues", "definition": {"max-length": 5}}
    rabbit_host.manage("PUT", f"policies/{rabbit_host.path}/short", limit)
    said = await _said(outlet)
    assert "Nobody takes from home at the moment" in said
    assert "longer than 1 min 30 s expires and goes to dead." in said
    assert "takes 5 messages at most (1 wait there now): beyond that the oldest give way and go to dead, so" in said


async def test_a_quorum_queue_tells_its_delivery_limit_and_a_full_one_what_it_refuses(
    user: RabbitUser, outlet: RabbitOutlet
) -> None:
    full = {"x-max-length": 5, "x-overflow": "reject-publish"}
    user.declare("home", {"x-queue-type": "quorum", "x-delivery-limit": 3, **full})
    said = await _said(outlet)
    assert "given back there more than 3 times dies again and is gone." in said
    assert "beyond that it refuses new ones" in said


async def test_a_stream_gives_nothing_back_which_is_said_before_something_goes_there(
    user: RabbitUser, outlet: RabbitOutlet
) -> None:
    user.declare("home", {"x-queue-type": "stream"})
    said = await _said(outlet)
    assert "home is a stream: nothing can be taken out of it again, so this cannot be undone." in said
    assert "Nobody reads home at the moment; whoever does gets every message." in said


async def test_a_queue_that_does_not_last_tells_how_it_ends(rabbit_host: RabbitHost, outlet: RabbitOutlet) -> None:
    rabbit_host.manage("PUT", "queues/{vhost}/home", {"durable": False})
    rabbit_host.manage("PUT", "queues/{vhost}/passing", {"durable": True, "auto_delete": True})
    assert "home is not durable: what waits there is gone once the broker restarts." in await _said(outlet)
    passing = await _said(outlet, Destination("passing", "passing"))
    assert "passing is deleted, with what waits there, once its last consumer has gone." in passing
    assert "durable" not in passing


async def test_a_queue_of_one_connection_is_said_to_go_with_it(rabbit_host: RabbitHost, outlet: RabbitOutlet) -> None:
    with connect_program(rabbit_host) as program:
        program.channel().queue_declare("home", exclusive=True)
        said = await _said(outlet)
    assert "home belongs to one connection, and is deleted with it." in said
    assert "durable" not in said
    assert ".." not in said


async def test_who_receives_from_an_exchange_is_told_by_its_bindings(user: RabbitUser, outlet: RabbitOutlet) -> None:
    user.declare("home", {"x-message-ttl": 90_000})
    user.declare("archive")
    user.bind("all", "home")
    user.bind("all", "archive")
    said = await _said(outlet, Destination("all/any", "any", "all"))
    first = said.splitlines()[0]
    assert first.startswith("The exchange all leads what has the key any to ")
    assert first.endswith(", and each of them has a copy.")
    assert {"home,", "archive,"} <= set(first.split())
    assert "Nobody takes from home at the moment" in said
    assert "longer than 1 min 30 s expires" in said


async def test_an_exchange_that_leads_to_no_queue_stores_nothing(user: RabbitUser, outlet: RabbitOutlet) -> None:
    user.declare("archive")
    user.bind("all", "archive")
    nowhere = [Destination("amq.direct/any", "any", "amq.direct"), Destination("none/any", "any", "none")]
    found = await outlet.refusals([*nowhere, Destination("all/any", "any", "all")])
    assert {to: way.certain for to, way in found.items()} == dict.fromkeys(nowhere, True)
    assert "no queue is bound to the exchange amq.direct for the routing key any" in found[nowhere[0]].sentence
    assert "the exchange none is not there" in found[nowhere[1]].sentence


async def test_of_a_queue_that_is_not_there_no_maximum_length_is_warned_of(
    rabbit_host: RabbitHost, user: RabbitUser, outlet: RabbitOutlet
) -> None:
    """A management API that lists a new queue late does not list a missing one either."""
    user.declare("home")
    away = replace(rabbit_host.connection, management_url="http://127.0.0.1:9")
    blind = await open_outlet(away)
    (warned,) = await blind.shortage({HOME: Load([1])})
    await blind.close()
    assert "Whether home has a maximum length cannot be told" in warned.sentence
    assert not await outlet.shortage({Destination("nowhere", "nowhere"): Load([1])})


async def test_without_a_management_api_the_rules_are_said_to_be_unknown(
    rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    user.declare("home")
    outlet = await open_outlet(replace(rabbit_host.connection, management_url="http://127.0.0.1:9"))
    said = await _said(outlet)
    await outlet.close()
    assert "Nobody takes from home" in said
    assert "Whether a time to live or a maximum length of home would act on them is not known: " in said


async def test_only_the_name_of_a_queue_leads_into_it(user: RabbitUser, outlet: RabbitOutlet) -> None:
    user.declare("home")
    assert await outlet.ways("home", ["home", "other"]) == Ways(("home",), ("home",))
    assert "There is no queue nowhere" in (await outlet.ways("nowhere", ())).refusal
    assert "There is no queue nowhere" in await _said(outlet, Destination("nowhere", "nowhere"))
