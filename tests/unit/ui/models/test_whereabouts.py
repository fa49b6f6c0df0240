from wqstudio.brokers.port import Link, LinkState
from wqstudio.domain.connection import NatsConnection, RabbitConnection
from wqstudio.ui.models.whereabouts import whereabouts

LINK = Link(LinkState.CONNECTED, 1.0, "amqp://h:5672")


def test_the_address_stands_in_for_a_name() -> None:
    assert whereabouts(NatsConnection(), LINK, "NATS 2.15") == ["h:5672", "NATS 2.15"]
    assert whereabouts(NatsConnection(name="shop"), LINK, "NATS 2.15") == ["shop", "NATS 2.15"]


def test_a_name_that_says_what_is_there_says_it_once() -> None:
    for server, said in (("RabbitMQ 4.0.5", "local RabbitMQ 4.0.5"), ("RabbitMQ", "local RabbitMQ")):
        assert whereabouts(RabbitConnection(name="local RabbitMQ"), LINK, server) == [said]


def test_the_virtual_host_is_named_unless_it_goes_without_saying() -> None:
    hosts = [RabbitConnection(), RabbitConnection(vhost="/"), RabbitConnection(vhost="orders")]
    assert [whereabouts(each, LINK, "RabbitMQ")[2:] for each in hosts] == [[], [], ["orders"]]
    everywhere = RabbitConnection(vhost="orders", all_vhosts=True)
    assert whereabouts(everywhere, LINK, "RabbitMQ")[2:] == ["all virtual hosts"]


def test_what_is_to_be_kept_in_mind_comes_last() -> None:
    broken = Link(LinkState.RECONNECTING, 1.0, "amqp://h:5672")
    assert whereabouts(RabbitConnection(read_only=True), broken, "RabbitMQ")[2:] == ["reconnecting", "read-only"]
