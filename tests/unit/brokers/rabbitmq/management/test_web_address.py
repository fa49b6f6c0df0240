"""Where the management API is looked for."""

import pytest

from wqstudio.brokers.port import UnreachableError
from wqstudio.brokers.rabbitmq.amqp import address
from wqstudio.brokers.rabbitmq.management import web_address
from wqstudio.domain.connection import RabbitConnection


def places(*urls: str, management: str = "") -> list[str]:
    connection = RabbitConnection(urls=urls, management_url=management)
    return [place.url for place in web_address.management(connection, address.parse_all(connection))]


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        (("amqp://h",), ["http://h:15672"]),
        (("amqp://h:5673",), ["http://h:15673", "http://h:15672"]),
        (("amqps://h",), ["https://h:15671"]),
        (("amqp://h:60000",), ["http://h:15672"]),
        (("amqp://[::1]",), ["http://[::1]:15672"]),
        (("amqp://a", "amqp://b", "amqp://a"), ["http://a:15672", "http://b:15672"]),
    ],
)
def test_it_is_looked_for_beside_amqp(urls: tuple[str, ...], expected: list[str]) -> None:
    assert places(*urls) == expected


def test_a_password_is_not_sent_in_clear_beside_tls() -> None:
    assert all(url.startswith("https://") for url in places("amqps://a", "amqps://b:7000"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://m:1234", "http://m:1234"),
        ("m:1234", "http://m:1234"),
        ("https://m", "https://m:443"),
        ("https://m/rabbit/", "https://m:443/rabbit"),
        ("https://m/rabbit/api", "https://m:443/rabbit"),
    ],
)
def test_a_named_one_is_taken_as_named(given: str, expected: str) -> None:
    assert places("amqp://h", management=given) == [expected]


@pytest.mark.parametrize("given", ["ftp://m", "http://", "http://u:secret@m:port"])
def test_what_is_no_address_is_refused_without_its_password(given: str) -> None:
    with pytest.raises(UnreachableError, match="is not a management address") as raised:
        places("amqp://h", management=given)
    assert "secret" not in str(raised.value)
