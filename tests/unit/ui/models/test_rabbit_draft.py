from pathlib import Path

import pytest

from wqstudio.domain.connection import RabbitConnection
from wqstudio.ui.models.rabbit_draft import RabbitDraft


@pytest.mark.parametrize(
    ("draft", "field", "said"),
    [
        (RabbitDraft(servers=""), "servers", "For example amqp://127.0.0.1:5672"),
        (RabbitDraft(servers="nats://a"), "servers", "amqp:// or amqps://"),
        (RabbitDraft(password="p"), "user", "Whose password is it?"),
        (RabbitDraft(management_url="amqp://a"), "management_url", "http:// or https://"),
        (RabbitDraft(tls_key="/nowhere/key.pem"), "tls_certificate", "needs its certificate"),
    ],
)
def test_what_does_not_fit_is_explained(draft: RabbitDraft, field: str, said: str) -> None:
    assert said in draft.problems()[field]


def test_the_offered_draft_is_fine_and_hides_its_password() -> None:
    draft = RabbitDraft(user="sam", password="hunter2")
    assert draft.problems() == {}
    assert "hunter2" not in repr(draft)


@pytest.mark.parametrize(
    "connection",
    [
        RabbitConnection(),
        RabbitConnection(urls=("amqp://a:1", "amqps://b:2"), name="two", user="sam", password="p", read_only=True),
        RabbitConnection(vhost="a/b", all_vhosts=True, management_url="https://a:15671", tls_ca=Path("/ca.pem")),
    ],
)
def test_a_connection_comes_back_from_its_draft(connection: RabbitConnection) -> None:
    assert RabbitDraft.of(connection).connection() == connection
