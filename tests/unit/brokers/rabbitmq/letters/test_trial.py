"""What is published to find out whether we may is kept by nobody."""

from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from wqstudio.brokers.rabbitmq.letters.trial import may_publish
from wqstudio.domain.reading import Unknown


async def test_it_goes_to_no_alternate_exchange(rabbit_host: RabbitHost, user: RabbitUser) -> None:
    """A rule for all exchanges that there are is none for the default one."""
    user.declare("strays")
    user.bind("unrouted", "strays")
    rule = {"pattern": ".*", "apply-to": "exchanges", "definition": {"alternate-exchange": "unrouted"}}
    rabbit_host.manage("PUT", "policies/{vhost}/all", rule)
    user.publish("nowhere", b"stray", exchange="amq.direct")
    assert user.ready("strays") == 1
    assert await may_publish(rabbit_host.connection) is True
    assert user.ready("strays") == 1


async def test_where_no_other_connection_can_be_had_it_is_not_known(rabbit_host: RabbitHost) -> None:
    """What is to be told with it does not fail for that."""
    rabbit_host.manage("PUT", f"user-limits/{rabbit_host.connection.user}/max-connections", {"value": 0})
    found = await may_publish(rabbit_host.connection)
    assert isinstance(found, Unknown)
    assert "takes no more connections" in found.reason
