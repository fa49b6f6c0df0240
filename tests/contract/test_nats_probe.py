"""The stepwise connection test against real servers, good and bad."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.nkey_files import Key, Operator
from tests.servers import NatsServer, StartNatsServer
from wqstudio.brokers.checks import Check, CheckState
from wqstudio.brokers.nats import probe
from wqstudio.brokers.nats.link.connecting import connect_client
from wqstudio.domain.connection import NatsConnection

PASSED, WARNING, FAILED, SKIPPED = CheckState.PASSED, CheckState.WARNING, CheckState.FAILED, CheckState.SKIPPED


class Result:
    def __init__(self, checks: tuple[Check, ...]) -> None:
        self._checks = {check.step.partition(" 127.")[0]: check for check in checks}
        self.states = [check.state for check in checks]

    def __getitem__(self, step: str) -> Check:
        return self._checks[step]

    @property
    def failure(self) -> tuple[str, str]:
        """Step and detail of the one that failed; those after it were skipped."""
        failed = self.states.index(FAILED)
        assert set(self.states[failed + 1 :]) == {SKIPPED}
        step, check = list(self._checks.items())[failed]
        return step, check.detail


async def run(connection: NatsConnection) -> Result:
    told: list[Check] = []
    checks = await probe.run(connection, told.append)
    assert tuple(told) == checks
    return Result(checks)


def tls_url(server: NatsServer) -> str:
    return f"tls://127.0.0.1:{server.port}"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture
def tls(authority: Authority) -> str:
    """Configuration of a server with a certificate of ``authority``."""
    return tls_config(authority)


def tls_config(authority: Authority, *, days: int = 30, extra: str = "") -> str:
    pair = authority.sign("server", days=days)
    return f'tls {{ cert_file: "{pair.certificate}", key_file: "{pair.key}", {extra} }}'


async def test_plain_server_passes_every_step(nats_server: NatsServer) -> None:
    result = await run(nats_server.connection)
    assert set(result.states) == {PASSED}
    assert result["Reach"].detail.endswith(" ms.")
    assert "2." in result["NATS"].detail
    assert "0 streams" in result["JetStream"].detail


async def test_nothing_is_changed(nats_server: NatsServer) -> None:
    client = await connect_client(nats_server.connection, name="test")
    stream = client.jetstream()
    await stream.add_stream(name="jobs", subjects=["jobs.>"])
    await stream.publish("jobs.a", b"task")
    await stream.add_consumer("jobs", durable_name="work")
    before = await stream.stream_info("jobs"), await stream.consumer_info("jobs", "work")
    assert set((await run(nats_server.connection)).states) == {PASSED}
    assert (await stream.stream_info("jobs")).state == before[0].state
    after = await stream.consumer_info("jobs", "work")
    assert (after.delivered, after.num_waiting) == (before[1].delivered, 0)
    assert (await stream.account_info()).streams == 1
    await client.close()


async def test_without_a_user_the_account_is_named(nats_server: NatsServer) -> None:
    assert (await run(nats_server.connection))["Login"].detail == "Logged in without a user, in account $G."


async def test_user_and_password(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server("accounts { WORK { jetstream: enabled, users: [{user: ana, password: right}] } }")
    right = replace(server.connection, user="ana", password="right")
    assert (await run(right))["Login"].detail == "Logged in as ana in account WORK."
    in_url = NatsConnection(urls=(f"nats://ana:right@127.0.0.1:{server.port}",))
    assert (await run(in_url))["Login"].state is PASSED
    step, detail = (await run(replace(right, password="wrong"))).failure
    assert step == "Login"
    assert "denied the login as user ana" in detail
    assert "wrong" not in detail


async def test_password_with_special_characters_in_a_url(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server('authorization { user: ana, password: "p@ss/w:rd" }')
    connection = NatsConnection(urls=(f"nats://ana:p%40ss%2Fw%3Ard@127.0.0.1:{server.port}",))
    assert (await run(connection))["Login"].state is PASSED


async def test_token(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server("authorization { token: secret }")
    assert (await run(replace(server.connection, token="secret")))["Login"].state is PASSED
    step, detail = (await run(server.connection)).failure
    assert step == "Login"
    assert "denied the login without a user" in detail


async def test_nkey(start_nats_server: StartNatsServer, tmp_path: Path) -> None:
    key = Key.user()
    (tmp_path / "user.nk").write_text(f"{key.seed}\n")
    (tmp_path / "other.nk").write_text(Key.user().seed)
    server = start_nats_server(f"authorization {{ users: [{{nkey: {key.public}}}] }}")
    right = replace(server.connection, nkey_seed_file=tmp_path / "user.nk")
    assert (await run(right))["Login"].state is PASSED
    step, detail = (await run(replace(right, nkey_seed_file=tmp_path / "other.nk"))).failure
    assert step == "Login"
    assert "denied the login with the nkey seed file" in detail


async def test_credentials_file(start_nats_server: StartNatsServer, tmp_path: Path) -> None:
    operator = Operator()
    operator.write_credentials(tmp_path / "ana.creds", "ana")
    operator.write_credentials(tmp_path / "old.creds", "old", expires=1_700_000_000)
    server = start_nats_server(operator.config)
    right = replace(server.connection, credentials_file=tmp_path / "ana.creds")
    result = await run(right)
    assert result["Login"].state is PASSED
    assert result["JetStream"].state is PASSED
    step, detail = (await run(replace(right, credentials_file=tmp_path / "old.creds"))).failure
    assert step == "Login"
    assert "old.creds" in detail


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "does not exist"),
        ("", "is not a NATS credentials file: it has no NATS USER JWT section"),
        ("-----BEGIN NATS USER JWT-----\nx.y.z\n", "is not a NATS credentials file: it has no USER NKEY SEED section"),
        (
            "-----BEGIN NATS USER JWT-----\nx.y.z\n-----BEGIN USER NKEY SEED-----\nSUNOSEED\n",
            "does not hold a usable nkey seed",
        ),
    ],
)
async def test_bad_credentials_file(tmp_path: Path, text: str | None, problem: str) -> None:
    path = tmp_path / "ana.creds"
    if text is not None:
        path.write_text(text)
    step, detail = (await run(NatsConnection(credentials_file=path))).failure
    assert step == "Settings"
    assert f"{path} {problem}" in detail


async def test_tls_with_own_authority(start_nats_server: StartNatsServer, tls: str, authority: Authority) -> None:
    server = start_nats_server(tls)
    connection = NatsConnection(urls=(tls_url(server),), tls_ca=authority.certificate)
    result = await run(connection)
    assert set(result.states) == {PASSED}
    assert "TLSv1.3, certificate of server by authority, valid until 20" in result["TLS"].detail


async def test_tls_first(start_nats_server: StartNatsServer, authority: Authority) -> None:
    server = start_nats_server(tls_config(authority, extra="handshake_first: true"))
    connection = NatsConnection(urls=(tls_url(server),), tls_ca=authority.certificate)
    assert set((await run(connection)).states) == {PASSED}


async def test_client_certificate(start_nats_server: StartNatsServer, authority: Authority) -> None:
    server = start_nats_server(tls_config(authority, extra=f'verify: true, ca_file: "{authority.certificate}"'))
    ours = authority.sign("ana")
    without = NatsConnection(urls=(tls_url(server),), tls_ca=authority.certificate)
    right = replace(without, tls_certificate=ours.certificate, tls_key=ours.key)
    assert set((await run(right)).states) == {PASSED}
    step, detail = (await run(without)).failure
    assert step == "TLS"
    assert "the server wants a client certificate" in detail


async def test_unknown_authority(start_nats_server: StartNatsServer, tls: str) -> None:
    step, detail = (await run(NatsConnection(urls=(tls_url(start_nats_server(tls)),)))).failure
    assert step == "TLS"
    assert "the server's certificate is not trusted" in detail
    assert "choose the certificate file of the authority" in detail


async def test_expired_certificate(start_nats_server: StartNatsServer, authority: Authority) -> None:
    server = start_nats_server(tls_config(authority, days=-1))
    step, detail = (await run(NatsConnection(urls=(tls_url(server),), tls_ca=authority.certificate))).failure
    assert step == "TLS"
    assert "has expired" in detail


async def test_certificate_about_to_expire(start_nats_server: StartNatsServer, authority: Authority) -> None:
    server = start_nats_server(tls_config(authority, days=3))
    result = await run(NatsConnection(urls=(tls_url(server),), tls_ca=authority.certificate))
    assert result["TLS"].state is WARNING
    assert "renewed" in result["TLS"].detail


async def test_certificate_for_another_name(start_nats_server: StartNatsServer, authority: Authority) -> None:
    pair = authority.sign("server", host="192.0.2.1")
    server = start_nats_server(f'tls {{ cert_file: "{pair.certificate}", key_file: "{pair.key}" }}')
    step, detail = (await run(NatsConnection(urls=(tls_url(server),), tls_ca=authority.certificate))).failure
    assert step == "TLS"
    assert "is for another name" in detail


async def test_tls_asked_of_a_server_without(nats_server: NatsServer, authority: Authority) -> None:
    step, detail = (await run(NatsConnection(urls=(tls_url(nats_server),), tls_ca=authority.certificate))).failure
    assert step == "TLS"
    assert "does not offer TLS, so nothing was sent" in detail


async def test_key_of_another_certificate(authority: Authority) -> None:
    connection = NatsConnection(tls_certificate=authority.sign("a").certificate, tls_key=authority.sign("b").key)
    step, detail = (await run(connection)).failure
    assert step == "Settings"
    assert "does not belong to" in detail


async def test_jetstream_disabled(start_nats_server: StartNatsServer) -> None:
    step, detail = (await run(start_nats_server(jetstream=False).connection)).failure
    assert step == "JetStream"
    assert "JetStream is not enabled" in detail


async def test_account_without_jetstream(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(
        "accounts { A { jetstream: enabled, users: [{user: a, password: a}] }, B { users: [{user: b, password: b}] } }"
    )
    step, detail = (await run(replace(server.connection, user="b", password="b"))).failure
    assert step == "JetStream"
    assert "JetStream is not enabled for this account" in detail


async def test_restricted_account(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(
        """accounts { A { jetstream: enabled, users: [{user: a, password: a, permissions: {
            publish: {allow: ["$SYS.REQ.USER.INFO", "$JS.API.INFO", "$JS.API.STREAM.LIST", "jobs.>"]}
            subscribe: {allow: ["_INBOX.>"]} }}] } }"""
    )
    result = await run(replace(server.connection, user="a", password="a"))
    assert result["List streams"].state is PASSED
    for step in ("Read consumers", "Read messages", "Take messages", "Create streams"):
        assert result[step].state is WARNING
        assert "Denied: " in result[step].detail
    assert "$JS.API.STREAM.CREATE." in result["Create streams"].detail
    assert "jobs.>" in result["Publish"].detail
    assert result["Receive advisories"].state is WARNING


async def test_account_that_may_not_even_ask(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(
        'accounts { A { jetstream: enabled, users: [{user: a, password: a, permissions: {publish: {deny: [">"]}}}] } }'
    )
    result = await run(replace(server.connection, user="a", password="a"))
    assert result["Login"].state is PASSED
    assert result["JetStream"].state is WARNING
    assert result["List streams"].state is WARNING
    assert "Unknown" in result["Publish"].detail


async def test_account_that_may_receive_no_answers(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(
        'accounts { A { jetstream: on, users: [{user: a, password: a, permissions: {subscribe: {deny: [">"]}}}] } }'
    )
    result = await run(replace(server.connection, user="a", password="a"))
    assert "_INBOX" in result["JetStream"].detail


async def test_unresolvable_name() -> None:
    checks = await probe.run(NatsConnection(urls=("nats://no-such-host.invalid:4222",)), lambda _: None)
    states = {check.step: check.state for check in checks}
    assert states["Name no-such-host.invalid:4222"] is FAILED
    assert states["Reach no-such-host.invalid:4222"] is SKIPPED
    assert states["Login"] is SKIPPED


async def test_closed_port() -> None:
    step, detail = (await run(NatsConnection(urls=("nats://127.0.0.1:1",)))).failure
    assert step == "Reach"
    assert "127.0.0.1:1 refused the connection; check that the server runs" in detail


@pytest.fixture
def http_port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("scheme", ["nats", "tls"])
async def test_port_of_another_protocol(http_port: int, scheme: str) -> None:
    step, detail = (await run(NatsConnection(urls=(f"{scheme}://127.0.0.1:{http_port}",)))).failure
    assert step == "NATS"
    assert f"127.0.0.1:{http_port}" in detail


async def test_one_of_several_servers_is_enough(nats_server: NatsServer) -> None:
    checks = await probe.run(NatsConnection(urls=("nats://127.0.0.1:1", nats_server.url)), lambda _: None)
    states = {check.step: check.state for check in checks}
    assert states["Reach 127.0.0.1:1"] is WARNING
    assert states["Login"] is PASSED
    assert FAILED not in states.values()
    none = await probe.run(NatsConnection(urls=("nats://127.0.0.1:1", "nats://127.0.0.1:2")), lambda _: None)
    assert [check.step for check in none if check.state is FAILED] == ["Servers"]


async def test_text_that_is_no_address() -> None:
    step, detail = (await run(NatsConnection(urls=("http://ana:secret@example.org",)))).failure
    assert step == "Settings"
    assert detail == "http://example.org is not a server address; write it as nats://host:4222 or tls://host:4222."
