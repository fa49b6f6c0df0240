"""What is said of TLS files that are no good."""

from pathlib import Path

import pytest

from tests.certificates import Authority
from wqstudio.brokers.port import DeniedError
from wqstudio.brokers.tls import tls_context
from wqstudio.domain.connection import Connection, NatsConnection, RabbitConnection


@pytest.mark.parametrize("kind", [NatsConnection, RabbitConnection])
def test_files_that_are_no_good_are_named(kind: type[Connection], tmp_path: Path) -> None:
    missing, nonsense = tmp_path / "missing.pem", tmp_path / "no.pem"
    nonsense.write_text("nonsense")
    ours, theirs = Authority(tmp_path, "ours").sign("client"), Authority(tmp_path, "theirs").sign("other")
    for connection, text in (
        (kind(tls_ca=missing), r"missing\.pem does not exist"),
        (kind(tls_ca=tmp_path), "cannot be read"),
        (kind(tls_ca=nonsense), r"no\.pem holds no PEM certificates"),
        (kind(tls_certificate=missing), r"missing\.pem does not exist"),
        (kind(tls_certificate=ours.certificate, tls_key=missing), r"missing\.pem does not exist"),
        (kind(tls_certificate=nonsense), "are not a certificate and its key"),
        (kind(tls_certificate=ours.certificate, tls_key=theirs.key), "does not belong to the certificate"),
    ):
        with pytest.raises(DeniedError, match=text):
            tls_context(connection)


def test_a_good_pair_is_taken(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ours")
    pair = authority.sign("client")
    context = tls_context(
        NatsConnection(tls_ca=authority.certificate, tls_certificate=pair.certificate, tls_key=pair.key)
    )
    assert [each["subject"] for each in context.get_ca_certs()]
