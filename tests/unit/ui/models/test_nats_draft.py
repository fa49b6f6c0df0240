from pathlib import Path

import pytest

from wqstudio.domain.connection import NatsConnection
from wqstudio.ui.models.nats_draft import Login, NatsDraft


@pytest.mark.parametrize(
    "servers", ["nats://a:4222", "a", "a:4222 tls://b:4333", "nats://a,nats://b\nc", "nats://[::1]:1"]
)
def test_addresses_as_people_write_them_are_fine(servers: str) -> None:
    assert NatsDraft(servers=servers).problems() == {}


@pytest.mark.parametrize(
    ("servers", "said"),
    [
        ("", "Where is the server?"),
        ("  \n ", "Where is the server?"),
        ("ws://a", "nats:// or tls://"),
        ("nats://", "names no host"),
        ("nats://a:x", "no valid host and port"),
        ("nats://a:70000", "no valid host and port"),
        ("nats://a:0", "no valid port"),
        ("nats://[::1", "no valid host and port"),
    ],
)
def test_other_texts_are_explained(servers: str, said: str) -> None:
    assert said in NatsDraft(servers=servers).problems()["servers"]


def test_no_message_and_no_repr_shows_a_secret() -> None:
    draft = NatsDraft(
        servers="http://sam:s3cret@a", login=Login.PASSWORD, user="sam", password="hunter2", token="tok3n"
    )
    assert "s3cret" not in draft.problems()["servers"]
    assert "hunter2" not in repr(draft)
    assert "tok3n" not in repr(draft)


@pytest.mark.parametrize(
    ("login", "field"),
    [
        (Login.PASSWORD, "user"),
        (Login.TOKEN, "token"),
        (Login.CREDENTIALS, "credentials_file"),
        (Login.NKEY, "nkey_seed_file"),
    ],
)
def test_each_login_needs_its_own_field(login: Login, field: str) -> None:
    assert list(NatsDraft(login=login).problems()) == [field]


def test_files_must_be_there_and_a_certificate_and_its_key_go_together(tmp_path: Path) -> None:
    there = tmp_path / "file.pem"
    there.touch()
    assert NatsDraft(tls_ca=str(there)).problems() == {}
    assert NatsDraft(tls_ca=str(tmp_path)).problems() == {"tls_ca": "There is no such file."}
    assert list(NatsDraft(tls_certificate=str(there)).problems()) == ["tls_key"]
    assert list(NatsDraft(tls_key=str(there)).problems()) == ["tls_certificate"]


def test_only_the_login_chosen_reaches_the_connection() -> None:
    draft = NatsDraft(login=Login.TOKEN, user="sam", password="p", token="t", credentials_file="/f")
    connection = draft.connection()
    assert (connection.user, connection.password, connection.token) == ("", "", "t")
    assert connection.credentials_file is None


@pytest.mark.parametrize(
    "connection",
    [
        NatsConnection(),
        NatsConnection(urls=("nats://a:1", "nats://b:2"), name="two", read_only=True),
        NatsConnection(user="sam", password="p"),
        NatsConnection(token="t"),
        NatsConnection(credentials_file=Path("/a.creds"), tls_ca=Path("/ca.pem")),
        NatsConnection(nkey_seed_file=Path("/a.nk"), tls_certificate=Path("/c.pem"), tls_key=Path("/k.pem")),
    ],
)
def test_a_connection_comes_back_from_its_draft(connection: NatsConnection) -> None:
    assert NatsDraft.of(connection).connection() == connection
