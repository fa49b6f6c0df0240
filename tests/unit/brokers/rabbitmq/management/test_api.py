"""The management API as it should not answer, from an HTTP server of the test's own."""

import asyncio
import gzip
import json
import logging
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.waiting import until
from tests.web_server import WebServer, answer, web_server
from wqstudio.brokers.port import DeniedError
from wqstudio.brokers.rabbitmq.amqp.address import Account
from wqstudio.brokers.rabbitmq.management.api import ManagementApi
from wqstudio.brokers.rabbitmq.management.http import HttpClient, SlowAnswerError, WebError
from wqstudio.brokers.rabbitmq.management.naming import Place
from wqstudio.brokers.rabbitmq.management.refusals import ManagementError
from wqstudio.brokers.rabbitmq.management.web_address import WebAddress
from wqstudio.brokers.tls import tls_context
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.reading import Unknown

QUEUES = "/api/queues/a%2Fb"
SECRET = "the secret word"


@pytest.fixture
async def web() -> AsyncIterator[WebServer]:
    async with web_server() as server:
        yield server


@pytest.fixture
async def api(web: WebServer) -> AsyncIterator[ManagementApi]:
    api = ManagementApi(WebAddress("127.0.0.1", web.port, tls=False), Account("worker", SECRET, "a/b"), None)
    yield api
    api.close()


def page(*items: object, number: int = 1, of: int = 1) -> bytes:
    return answer(json.dumps({"items": items, "page": number, "page_count": of}).encode())


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (answer(b'{"error":"not_authorized","reason":"Login failed"}', 401), "refused the login as user worker"),
        (
            answer(b'{"error":"not_authorized","reason":"Not management user"}', 401),
            "tag management.*set_user_tags worker",
        ),
        (answer(b"<h1>Login</h1>", 401, "text/html"), "check user and password"),
        (answer(b'{"error":"x","reason":"Access refused."}', 403), "Access refused.*tag monitoring"),
        (answer(b'{"error":"Object Not Found","reason":"Not Found"}', 404), "check that virtual host a/b exists"),
        (answer(b'{"error":"internal","reason":"{timeout,x}"}', 500), "trouble of its own.*500.*timeout"),
        (answer(b"", 503, "application/json"), "503, no reason given"),
        (answer(b"<html>Bad gateway</html>", 502, "text/html"), "web page.*502.*proxy"),
        (answer(b"<html>Welcome to the Wi-Fi</html>", 200, "text/html"), "web page.*proxy"),
        (answer(b"", 302, headers={"Location": "https://u:p@sso.example/login?token=x"}), "https://sso.example/login;"),
        (answer(b"", 302), "leads elsewhere"),
        (answer(b'{"error":"strange"}', 418), "strange.*418"),
        (answer(b'{"items":[{"name":"jobs"'), "makes no sense"),
        (answer(b"[]"), "makes no sense"),
        (answer(b"null"), "makes no sense"),
        (answer(b""), "makes no sense"),
        (answer(b"\xff\xfe"), "makes no sense"),
        (answer(b"[" * 100_000), "makes no sense"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{", "broke off"),
        (
            b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a',
            "broke off",
        ),
        (answer(gzip.compress(b"{}" * 999)[:-9], headers={"Content-Encoding": "gzip"}), "broke off"),
        (answer(b"not packed", headers={"Content-Encoding": "gzip"}), "does not unpack"),
        (answer(gzip.compress(b" " * 70_000_000), headers={"Content-Encoding": "gzip"}), "longer than 64 MiB"),
        (b"SSH-2.0-OpenSSH_9\r\n", "does not speak HTTP"),
        (b"AMQP\x00\x00\x09\x01", "does not speak HTTP"),
        (b"", "closed the connection without an answer"),
    ],
)
async def test_trouble_is_said_plainly_and_never_as_an_empty_list(
    web: WebServer, api: ManagementApi, raw: bytes, says: str
) -> None:
    web.answers[QUEUES] = raw
    with pytest.raises(ManagementError, match=f"(?s)^Listing the queues failed: .*{says}") as raised:
        await api.queues()
    assert SECRET not in str(raised.value)
    assert "u:p" not in str(raised.value)
    assert "token" not in str(raised.value)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_denial_is_a_denial(web: WebServer, api: ManagementApi, status: int) -> None:
    web.answers[QUEUES] = answer(b"{}", status)
    with pytest.raises(DeniedError):
        await api.queues()


async def test_a_redirect_is_not_followed(web: WebServer, api: ManagementApi) -> None:
    web.answers[QUEUES] = answer(b"", 301, headers={"Location": f"http://127.0.0.1:{web.port}/elsewhere"})
    with pytest.raises(ManagementError):
        await api.queues()
    assert len(web.requests) == 1


async def test_an_answer_that_does_not_come_ends_in_time_and_frees_its_thread(web: WebServer) -> None:
    client = HttpClient(WebAddress("127.0.0.1", web.port, tls=False), "", None)
    web.hang = True
    async with asyncio.timeout(3):
        for _ in range(3):  # more than there are threads
            with pytest.raises(SlowAnswerError, match=r"within 0\.2 s"):
                await client.get("/", 0.2)
    web.hang = False
    web.answers["/"] = answer(b"{}")
    assert (await client.get("/", 5)).status == 200
    client.close()


async def test_closing_ends_what_is_under_way(web: WebServer) -> None:
    client = HttpClient(WebAddress("127.0.0.1", web.port, tls=False), "", None)
    web.hang = True
    asking = asyncio.ensure_future(client.get("/", 30))
    await until(lambda: web.requests)
    client.close()
    async with asyncio.timeout(3):
        with pytest.raises(WebError):
            await asking


async def test_a_connection_is_kept_and_replaced_when_the_server_ends_it(web: WebServer, api: ManagementApi) -> None:
    web.answers[QUEUES] = page({"name": "jobs"})
    for _ in range(5):
        await api.queues()
    assert web.connections == 1
    web.hang_up = True
    for _ in range(5):
        assert len((await api.queues()).items) == 1
    assert web.connections > 1


async def test_all_pages_are_read_and_a_queue_that_moved_between_them_is_there_once(
    web: WebServer, api: ManagementApi
) -> None:
    web.answers[f"{QUEUES}?page=1&"] = page({"name": "a"}, {"name": "b"}, number=1, of=3)
    web.answers[f"{QUEUES}?page=2&"] = page({"name": "b"}, {"name": "c"}, number=2, of=3)
    web.answers[f"{QUEUES}?page=3&"] = answer(b'{"error":"page_out_of_range","reason":"x"}', 400)
    assert [queue.name for queue in (await api.queues()).items] == ["a", "b", "c"]
    assert all("page_size=500&" in head for head in web.requests)


async def test_one_broken_queue_does_not_spoil_the_others(web: WebServer, api: ManagementApi) -> None:
    web.answers[QUEUES] = page(
        {"name": "good", "messages": 3}, {"name": "bad", "messages": -1}, {"name": "odd", "messages": "many"}, 7
    )
    listing = await api.queues()
    assert [(queue.name, queue.messages) for queue in listing.items] == [("good", 3)]
    assert {place.name for place in listing.unread} == {"bad", "odd", "?"}
    assert isinstance(listing.unread[Place("", "bad")], Unknown)


async def test_nothing_but_a_name_is_enough(web: WebServer, api: ManagementApi) -> None:
    web.answers[QUEUES] = page({"name": "new", "exclusive": None, "effective_policy_definition": [], "unheard": {}})
    (queue,) = (await api.queues()).items
    assert (queue.messages, queue.message_stats, queue.policy_definition) == (None, None, {})


async def test_the_password_is_sent_and_shown_nowhere(
    web: WebServer, api: ManagementApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    web.answers[QUEUES] = answer(b"{}", 401)
    with pytest.raises(ManagementError) as raised:
        await api.queues()
    assert "Authorization: Basic " in web.requests[0]
    for shown in (caplog.text, repr(vars(api)), str(raised.value), web.requests[0].splitlines()[0]):
        assert SECRET not in shown


async def test_tls_is_used_with_the_connections_own_authority_only(tmp_path: Path) -> None:
    good, other = Authority(tmp_path, "good"), Authority(tmp_path, "other")
    pair = good.sign("server")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    async with web_server(context) as web:
        web.answers[QUEUES] = page({"name": "jobs"})
        place, account = WebAddress("127.0.0.1", web.port, tls=True), Account("worker", SECRET, "a/b")
        trusting = ManagementApi(place, account, tls_context(RabbitConnection(tls_ca=good.certificate)))
        assert len((await trusting.queues()).items) == 1
        trusting.close()
        distrusting = ManagementApi(place, account, tls_context(RabbitConnection(tls_ca=other.certificate)))
        with pytest.raises(ManagementError, match="certificate is not trusted"):
            await distrusting.queues()
        distrusting.close()
        assert len(web.requests) == 1, "the password went to somebody who is not trusted"
