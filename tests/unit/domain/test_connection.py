import pytest

from wqstudio.domain.connection import NatsConnection


def test_a_password_in_a_url_is_taken_out_of_it() -> None:
    connection = NatsConnection(urls=("nats://bob:p%40ss@one:4222", "tls://bob:p%40ss@two"))
    assert connection.urls == ("nats://one:4222", "tls://two")
    assert (connection.user, connection.password, connection.token) == ("bob", "p@ss", "")


def test_a_token_in_a_url_is_taken_out_of_it() -> None:
    connection = NatsConnection(urls=("nats://s3cret@host:4222",))
    assert connection.urls == ("nats://host:4222",)
    assert (connection.user, connection.token) == ("", "s3cret")


def test_what_is_said_beside_the_url_counts_more() -> None:
    connection = NatsConnection(urls=("nats://bob:one@host",), user="ann", password="two")
    assert (connection.urls, connection.user, connection.password) == (("nats://host",), "ann", "two")


@pytest.mark.parametrize("url", ["nats://host:4222", "host:4222", "nats://[::1]:4222", "nats://[::1", "", "a@b:c://"])
def test_other_addresses_stay_as_they_are_or_lose_what_may_be_secret(url: str) -> None:
    (kept,) = NatsConnection(urls=(url,)).urls
    assert kept == url.rpartition("@")[2] or kept == url


def test_no_secret_is_in_the_text_of_a_connection() -> None:
    for connection in (
        NatsConnection(urls=("nats://bob:s3cret@host",)),
        NatsConnection(urls=("nats://s3cret@host",)),
        NatsConnection(password="s3cret", token="s3cret"),
    ):
        assert "s3cret" not in repr(connection)
