"""The management API is found beside AMQP or where it is named, and tells the virtual hosts before anybody logs in."""

from dataclasses import replace

import pytest

from tests.rabbit_servers import RabbitHost, RabbitNode
from wqstudio.brokers.factory import virtual_hosts
from wqstudio.brokers.port import BrokerError, DeniedError
from wqstudio.domain.connection import RabbitConnection


async def test_virtual_hosts_are_listed_whatever_one_of_them_is_chosen(
    rabbit_node: RabbitNode, rabbit_host: RabbitHost
) -> None:
    others = [rabbit_node.make_host(name) for name in ("a/b c", "ünï✓", "v" * 255)]
    found = await virtual_hosts(replace(rabbit_host.connection, vhost="there is none of that name"))
    assert {"/", rabbit_host.connection.vhost, *(other.connection.vhost for other in others)} <= set(found)
    assert list(found) == sorted(found)
    for other in others:
        other.remove()


async def test_one_who_may_not_see_other_virtual_hosts_is_told_of_the_own(
    rabbit_node: RabbitNode, rabbit_host: RabbitHost
) -> None:
    given = rabbit_host.connection
    rabbit_node.manage("PUT", f"users/{given.user}", {"password": given.password, "tags": "management"})
    assert await virtual_hosts(given) == (given.vhost,)


async def test_why_they_cannot_be_listed_is_said_with_the_remedy(rabbit_host: RabbitHost) -> None:
    given = rabbit_host.connection
    with pytest.raises(BrokerError, match="enable the plugin rabbitmq_management"):
        await virtual_hosts(replace(given, management_url="http://127.0.0.1:1"))
    with pytest.raises(DeniedError, match="check user and password"):
        await virtual_hosts(replace(given, password="wrong"))
    with pytest.raises(BrokerError, match="write it as amqp://"):
        await virtual_hosts(RabbitConnection(urls=("nats://127.0.0.1",)))
