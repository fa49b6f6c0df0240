"""Confirms and returns of a real node."""

import asyncio

import pytest

from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.waiting import until
from wqstudio.brokers.port import BrokerError, RefusedError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.amqp.codec import encode_table
from wqstudio.brokers.rabbitmq.amqp.confirming import ConfirmingChannel
from wqstudio.brokers.rabbitmq.amqp.properties import Properties
from wqstudio.brokers.rabbitmq.sessions.sessions import RabbitSessions
from wqstudio.domain.task import TASK_HEADER

PLAIN = Properties().encode()


async def test_each_message_ends_as_it_fared(client: RabbitClient, user: RabbitUser) -> None:
    """Routed and unroutable ones, mixed and at once: returns and confirms find the right message."""
    user.declare("q")
    channel = await ConfirmingChannel.open(client)
    ways = ["q" if number % 3 else "nowhere" for number in range(600)]
    results = await asyncio.gather(
        *(channel.publish("", way, PLAIN, b"%d" % number) for number, way in enumerate(ways)), return_exceptions=True
    )
    assert [isinstance(result, RefusedError) for result in results] == [way == "nowhere" for way in ways]
    assert channel.unconfirmed == 0
    assert user.ready("q") == 400


async def test_a_mistake_in_one_message_refuses_no_other(client: RabbitClient, user: RabbitUser) -> None:
    """It closes the channel for all, some of which may be stored."""
    user.declare("q")
    channel = await ConfirmingChannel.open(client)
    under_way = [channel.publish("", "q", PLAIN, b"%d" % number) for number in range(200)]
    under_way.append(channel.publish("nothing", "q", PLAIN, b""))
    results = await asyncio.gather(*under_way, return_exceptions=True)
    assert not [result for result in results if isinstance(result, RefusedError)]
    assert isinstance(results[-1], UnreachableError)
    assert "closed before the broker said" in str(results[-1])
    with pytest.raises(RefusedError, match="no exchange 'nothing'"):
        await channel.publish("", "q", PLAIN, b"")


async def test_a_full_queue_refuses_by_message(client: RabbitClient, user: RabbitUser) -> None:
    user.declare("q", {"x-max-length": 10, "x-overflow": "reject-publish"})
    channel = await ConfirmingChannel.open(client)
    for number in range(10):
        await channel.publish("", "q", PLAIN, b"%d" % number)
    with pytest.raises(RefusedError, match="refused a message to q: the queue is full"):
        await channel.publish("", "q", PLAIN, b"")


async def test_what_is_under_way_when_the_connection_goes_is_known_not_to_be_confirmed(
    rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    user.declare("q")
    client = await connect_client(rabbit_host.connection, name="test", reconnect=False)
    channel = await ConfirmingChannel.open(client)
    not_a_number = encode_table({"x": float("nan")})  # on which the broker ends the connection
    with pytest.raises(UnreachableError, match="The connection is gone: the broker closed it"):
        await asyncio.wait_for(channel.publish("", "q", Properties(headers=not_a_number).encode(), b""), 5)
    with pytest.raises(UnreachableError, match="The connection is gone"):
        await channel.publish("", "q", PLAIN, b"")


async def test_a_task_is_persistent_and_carries_its_identity(rabbit_host: RabbitHost, user: RabbitUser) -> None:
    user.declare("q")
    session = await RabbitSessions(rabbit_host.connection).open_publisher()
    await session.publish("q", b"body", "run.1.2")
    ((method, properties, body),) = user.take("q", 1)
    assert (method.exchange, method.routing_key, body) == ("", "q", b"body")
    assert (properties.delivery_mode, properties.headers) == (2, {TASK_HEADER: "run.1.2"})
    await session.close()


async def test_no_queue_is_a_refusal_with_the_remedy(rabbit_host: RabbitHost) -> None:
    session = await RabbitSessions(rabbit_host.connection).open_publisher()
    with pytest.raises(RefusedError, match=r"No queue takes messages to nowhere \(NO_ROUTE\); check the name"):
        await session.publish("nowhere", b"", "")
    await session.close()


async def test_a_channel_that_the_broker_closes_is_opened_again(rabbit_host: RabbitHost, user: RabbitUser) -> None:
    user.declare("q")
    session = await RabbitSessions(rabbit_host.connection).open_publisher()
    with pytest.raises(BrokerError, match="no exchange 'nothing'"):
        await session.publish("nothing/q", b"", "")
    with pytest.raises(UnreachableError, match="a new one is opened"):
        await session.publish("q", b"", "")

    async def published() -> bool:
        try:
            await session.publish("q", b"", "")
        except UnreachableError:
            return False
        return True

    async with asyncio.timeout(5):
        while not await published():  # noqa: ASYNC110 - the channel tells nobody outside that it is open
            await asyncio.sleep(0)
    await until(lambda: user.ready("q") == 1)
    await session.close()
    with pytest.raises(UnreachableError):
        await session.publish("q", b"", "")
