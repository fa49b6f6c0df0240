"""The window on servers that are not as one would wish: nothing breaks it, and what cannot be shown is said."""

import asyncio
import json
from pathlib import Path

from nats.aio.msg import Msg
from PySide6.QtWidgets import QLabel, QTreeView, QWidget

from tests.jetstream import JetStream
from tests.servers import NatsServer, StartNatsServer
from tests.ui.windows import window_on
from tests.waiting import until
from wqstudio.domain.connection import NatsConnection
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Theme


def _shown(window: QWidget) -> dict[str, list[str]]:
    """Streams in the Explorer, each with its consumers."""
    for view in window.findChildren(QTreeView):
        model = view.model()
        return {
            str(model.index(row, 0).data()): [
                str(model.index(child, 0, model.index(row, 0)).data())
                for child in range(model.rowCount(model.index(row, 0)))
            ]
            for row in range(model.rowCount())
        }
    return {}


async def test_large_bodies_long_subjects_and_headers_in_no_known_encoding(
    start_nats_server: StartNatsServer, theme: Theme, tmp_path: Path
) -> None:
    server = start_nats_server("max_payload: 16MB")
    js = await JetStream.connect(server)
    await js.stream("odd", retention="workqueue")
    await js.consumer("odd", "workers", max_deliver=1, ack_wait=100_000_000)
    await js.publish("odd." + "x" * 1_000, b"long subject")
    await js.publish("odd.large", bytes(8 * 1024 * 1024))
    await _publish_raw(server, b"odd.raw", b"Name\xff: \xfe\x00value", b"\xff\xfe")
    await js.exhaust("odd", "workers", 3, deliveries=1)
    async with window_on(server.connection, theme, tmp_path) as window:
        await until(lambda: _shown(window))
        ((stream, below),) = _shown(window).items()
        assert stream.startswith("odd")
        assert [each for each in below if each.startswith("workers")], below
        assert window._workspace is not None
        window._workspace._explorer.select(Scope("odd", "workers"))
        studio = window._workspace._studio
        await until(lambda: studio.monitor.snapshot and studio.monitor.snapshot.queues["odd"].stuck == 3)  # type: ignore[index]  # known here
    await js.close()


async def test_an_account_that_may_list_nothing_is_told_so(
    start_nats_server: StartNatsServer, theme: Theme, tmp_path: Path
) -> None:
    server = start_nats_server("""
        authorization { users: [{ user: u, password: p, permissions: { publish: { deny: ["$JS.API.>"] } } }] }
    """)
    connection = NatsConnection(urls=(server.url,), user="u", password="p", read_only=True)
    async with window_on(connection, theme, tmp_path) as window:
        strip = window.findChild(QLabel, "gap")
        assert strip is not None
        await until(strip.isVisible)
        assert "permission" in strip.text().lower() or "denied" in strip.text().lower()
        assert _shown(window) == {}


async def test_answers_that_are_no_answers_are_said_and_survived(
    start_nats_server: StartNatsServer, theme: Theme, tmp_path: Path
) -> None:
    server = start_nats_server(jetstream=False)
    js = await JetStream.connect(server)

    async def answer(msg: Msg) -> None:
        await msg.respond(b'{"total": 1, "streams": [{"config": 7')

    await js.client.subscribe("$JS.API.>", cb=answer)
    async with window_on(server.connection, theme, tmp_path) as window:
        explorer = window.findChild(QWidget, "explorerPanel")
        assert explorer is not None
        await until(lambda: len(_said(explorer)) > 20)
        assert _shown(window) == {}
    await js.close()


def _said(panel: QWidget) -> str:
    return " ".join(state.said for state in panel.findChildren(EmptyState) if state.isVisible())


async def _publish_raw(server: NatsServer, subject: bytes, header: bytes, body: bytes) -> None:
    """What nats-py would not encode, byte for byte."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    await reader.readline()
    headers = b"NATS/1.0\r\n" + header + b"\r\n\r\n"
    writer.write(b"CONNECT " + json.dumps({"headers": True, "verbose": False}).encode() + b"\r\n")
    writer.write(
        b"HPUB %b %d %d\r\n%b%b\r\nPING\r\n" % (subject, len(headers), len(headers) + len(body), headers, body)
    )
    await writer.drain()
    while await reader.readline() != b"PONG\r\n":
        pass
    writer.close()
    await writer.wait_closed()
