from dataclasses import replace
from pathlib import Path

from wqstudio.domain.connection import NatsConnection, RabbitConnection
from wqstudio.ui.memory import Memory
from wqstudio.ui.theme import Scheme


def test_what_was_chosen_comes_back(tmp_path: Path) -> None:
    first = Memory(tmp_path / "window.ini")
    first.keep_scheme(Scheme.DARK)
    first.keep_span(900.0)
    again = Memory(tmp_path / "window.ini")
    assert (again.scheme, again.span) == (Scheme.DARK, 900.0)


def test_a_first_start_has_nothing_to_recall(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "window.ini")
    assert (memory.scheme, memory.span, memory.recent) == (Scheme.SYSTEM, None, [])
    assert memory.layout.isEmpty()


def test_recent_connections_come_newest_first_once_each_and_five_at_most(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "window.ini")
    for port in (1, 2, 3, 4, 5, 6, 3):
        memory.keep_recent(NatsConnection(urls=(f"nats://h:{port}",), read_only=port == 3))
    assert [connection.urls[0][-1] for connection in memory.recent] == ["3", "6", "5", "4", "2"]
    assert [connection.read_only for connection in memory.recent] == [True, False, False, False, False]


def test_no_secret_reaches_the_file(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "window.ini")
    memory.keep_recent(NatsConnection(urls=("nats://ann:s3cret@h:4222",)))
    memory.keep_recent(NatsConnection(urls=("nats://h:1",), user="bob", password="s3cret", token="t0ken"))
    memory.keep_recent(NatsConnection(urls=("nats://h:2",), credentials_file=Path("/keys/a.creds")))
    del memory
    kept = (tmp_path / "window.ini").read_text()
    assert "s3cret" not in kept
    assert "t0ken" not in kept
    creds, bob, ann = Memory(tmp_path / "window.ini").recent
    assert (ann.user, ann.urls) == ("ann", ("nats://h:4222",))
    assert bob.user == "bob"
    assert isinstance(creds, NatsConnection)
    assert creds.credentials_file == Path("/keys/a.creds")


def test_each_kind_of_broker_comes_back_as_it_was_but_for_its_secrets(tmp_path: Path) -> None:
    rabbit = RabbitConnection(
        urls=("amqps://h:5671", "amqps://i:5671"),
        name="shop",
        user="ann",
        vhost="orders",
        all_vhosts=True,
        management_url="https://h:15671",
        tls_ca=Path("/keys/ca.pem"),
        read_only=True,
    )
    other_host = replace(rabbit, vhost="mail", user="", read_only=False)
    memory = Memory(tmp_path / "window.ini")
    memory.keep_recent(other_host)
    memory.keep_recent(replace(rabbit, password="s3cret", management_url="https://ann:s3cret@h:15671"))
    memory.keep_recent(NatsConnection())
    del memory
    assert "s3cret" not in (tmp_path / "window.ini").read_text()
    assert Memory(tmp_path / "window.ini").recent == [NatsConnection(), rabbit, other_host]
