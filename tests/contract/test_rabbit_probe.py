"""The stepwise connection test against real nodes, good and bad."""

import json
from dataclasses import replace

from tests.rabbit_servers import RabbitHost, RabbitNode
from tests.web_server import answer, web_server
from wqstudio.brokers.checks import Check, CheckState
from wqstudio.brokers.factory import probe_connection
from wqstudio.domain.connection import RabbitConnection

PASSED, WARNING, FAILED, SKIPPED = CheckState.PASSED, CheckState.WARNING, CheckState.FAILED, CheckState.SKIPPED


async def probe(connection: RabbitConnection) -> dict[str, Check]:
    """Checks by the first word of their step, in order; each is told as it ends."""
    told: list[Check] = []
    checks = await probe_connection(connection, told.append)
    assert tuple(told) == checks
    assert all(connection.password not in check.detail for check in checks if connection.password)
    return {check.step.split(" ")[0]: check for check in checks}


def states(checks: dict[str, Check]) -> dict[str, CheckState]:
    return {step: check.state for step, check in checks.items()}


async def test_a_good_connection_passes_every_step(rabbit_node: RabbitNode) -> None:
    checks = await probe(rabbit_node.connection)
    assert set(states(checks).values()) == {PASSED}, checks
    assert list(checks) == [
        *("Settings", "Name", "Reach", "TLS", "Login", "Virtual"),
        *("Management", "User", "Permissions", "Prometheus"),
    ]
    assert "RabbitMQ" in checks["Login"].detail
    assert "version" in checks["Management"].detail
    assert "administrator" in checks["User"].detail
    assert checks["Permissions"].detail == "configure everything; write everything; read everything."


async def test_one_who_is_no_administrator_is_told_what_cannot_be_asked(rabbit_host: RabbitHost) -> None:
    checks = await probe(rabbit_host.connection)
    assert "monitoring" in checks["User"].detail
    assert checks["Permissions"].state is SKIPPED
    assert "Only an administrator" in checks["Permissions"].detail
    assert {FAILED, WARNING}.isdisjoint(states(checks).values())


async def test_a_node_that_is_away_matters_only_where_there_is_no_other(rabbit_host: RabbitHost) -> None:
    away = ("amqp://127.0.0.1:1", "amqp://127.0.0.1:2")
    with_one_that_is_there = replace(rabbit_host.connection, urls=(*away, *rabbit_host.connection.urls))
    other_too = await probe_connection(with_one_that_is_there, lambda _: None)
    assert [check.state for check in other_too if check.step.startswith("Reach")] == [WARNING, WARNING, PASSED]
    assert FAILED not in {check.state for check in other_too}
    checks = await probe(replace(rabbit_host.connection, urls=away))
    assert [step for step, check in checks.items() if check.state is FAILED] == ["Nodes"]


async def test_rights_that_are_missing_are_named(rabbit_node: RabbitNode, rabbit_host: RabbitHost) -> None:
    user = rabbit_node.connection.user
    rights = {"configure": "", "write": "jobs.*", "read": ".*"}
    rabbit_host.manage("PUT", f"permissions/{{vhost}}/{user}", rights)
    checks = await probe(replace(rabbit_node.connection, vhost=rabbit_host.connection.vhost))
    assert checks["Permissions"].state is WARNING
    assert "configure nothing; write what matches jobs.*; read everything" in checks["Permissions"].detail
    assert "Without configure" in checks["Permissions"].detail


async def test_a_wrong_password_fails_the_login(rabbit_host: RabbitHost) -> None:
    checks = await probe(replace(rabbit_host.connection, password="wrong and secret"))
    assert (checks["Login"].state, checks["Virtual"].state) == (FAILED, SKIPPED)
    assert "check user and password" in checks["Login"].detail
    assert checks["Management"].state is WARNING
    assert "refused the login" in checks["Management"].detail


async def test_a_virtual_host_that_is_not_there_is_told_from_a_wrong_password(rabbit_host: RabbitHost) -> None:
    checks = await probe(replace(rabbit_host.connection, vhost="no such host"))
    assert (checks["Login"].state, checks["Virtual"].state) == (PASSED, FAILED)
    assert "no such host" in checks["Virtual"].detail


async def test_without_a_management_api_it_says_what_is_missing(rabbit_host: RabbitHost) -> None:
    checks = await probe(replace(rabbit_host.connection, management_url="http://127.0.0.1:1"))
    assert states(checks) | {"Management": WARNING, "User": SKIPPED} == states(checks)
    assert "rabbitmq_management" in checks["Management"].detail
    assert "The studio works without it" in checks["Management"].detail


async def test_what_is_no_broker_is_said_step_by_step() -> None:
    async with web_server() as web:
        web.answers["/"] = answer(b"<html></html>", 200, "text/html")
        urls = (f"amqp://127.0.0.1:{web.port}", "amqp://127.0.0.1:1", "amqp://name.invalid")
        connection = RabbitConnection(urls=urls, management_url=f"http://127.0.0.1:{web.port}")
        told: list[Check] = []
        checks = {check.step: check for check in await probe_connection(connection, told.append)}
    assert checks[f"Reach 127.0.0.1:{web.port}"].state is PASSED
    assert "refused the connection" in checks["Reach 127.0.0.1:1"].detail
    assert "name.invalid is not known" in checks["Name name.invalid:5672"].detail
    assert checks["Login"].state is FAILED
    assert "web page" in checks["Management API"].detail


async def test_settings_that_cannot_work_end_it_at_once() -> None:
    for connection in (
        RabbitConnection(urls=("nats://127.0.0.1",)),
        RabbitConnection(urls=()),
        RabbitConnection(management_url="ftp://somebody:secret@127.0.0.1"),
    ):
        checks = await probe(connection)
        assert checks.pop("Settings").state is FAILED
        assert set(states(checks).values()) == {SKIPPED}


async def test_what_a_users_tags_allow_is_told(rabbit_host: RabbitHost) -> None:
    given = rabbit_host.connection
    for tags, state, says in (
        ("monitoring", PASSED, "tags: monitoring"),
        ("management", WARNING, "the tag monitoring shows them"),
        ("", WARNING, "give the user the tag management or monitoring"),
    ):
        rabbit_host.manage("PUT", f"users/{given.user}", {"password": given.password, "tags": tags})
        checks = await probe(given)
        told = checks["User"] if tags else checks["Management"]
        assert told.state is state
        assert says in told.detail


async def test_an_administrator_without_rights_in_a_virtual_host_is_told(
    rabbit_node: RabbitNode, rabbit_host: RabbitHost
) -> None:
    rabbit_host.manage("DELETE", f"permissions/{{vhost}}/{rabbit_node.connection.user}")
    checks = await probe(replace(rabbit_node.connection, vhost=rabbit_host.connection.vhost))
    assert (checks["Virtual"].state, checks["Permissions"].state) == (FAILED, FAILED)
    assert f"has none in virtual host {rabbit_host.connection.vhost}" in checks["Permissions"].detail


async def test_a_prometheus_endpoint_that_does_not_answer_is_told_and_not_needed(rabbit_host: RabbitHost) -> None:
    async with web_server() as web:
        listener = {"protocol": "http/prometheus", "port": 1, "node": "n"}
        web.answers["/api/overview"] = answer(json.dumps({"listeners": [listener], "disable_stats": True}).encode())
        checks = await probe(replace(rabbit_host.connection, management_url=f"http://127.0.0.1:{web.port}"))
    assert checks["Management"].state is WARNING
    assert "gathers no statistics" in checks["Management"].detail
    assert checks["Prometheus"].state is WARNING
    assert "Not found at http://127.0.0.1:1" in checks["Prometheus"].detail
    assert "does not need it" in checks["Prometheus"].detail
