import pytest

from wqstudio.brokers.nats.link.address import parse
from wqstudio.brokers.port import UnreachableError


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("nats://queue.example:4222", "nats://queue.example:4222"),
        ("queue.example", "nats://queue.example:4222"),
        (" queue.example:4333 ", "nats://queue.example:4333"),
        ("tls://queue.example", "tls://queue.example:4222"),
        ("nats://[::1]:4222", "nats://[::1]:4222"),
        ("nats://ana:secret@queue.example", "nats://queue.example:4222"),
    ],
)
def test_reads_what_people_write_and_shows_no_credentials(text: str, url: str) -> None:
    assert parse(text).url == url
    assert "secret" not in repr(parse(text))


def test_user_information_is_decoded() -> None:
    address = parse("nats://ana:p%40ss%2Fw%3Ard@queue.example")
    assert (address.user, address.password) == ("ana", "p@ss/w:rd")


@pytest.mark.parametrize("text", ["", "nats://", "http://queue.example", "nats://queue.example:port", "nats://:4222"])
def test_text_that_is_no_address(text: str) -> None:
    with pytest.raises(UnreachableError, match=r"is not a server address; write it as nats://host:4222"):
        parse(text)


def test_websocket_names_the_alternative() -> None:
    with pytest.raises(UnreachableError, match=r"queue\.example: WebSocket .* use the server's nats:// or tls:// port"):
        parse("wss://queue.example")


@pytest.mark.parametrize(
    ("host", "loopback"), [("localhost", True), ("127.0.0.1", True), ("[::1]", True), ("queue.example", False)]
)
def test_loopback(host: str, loopback: bool) -> None:
    assert parse(host).is_loopback is loopback
