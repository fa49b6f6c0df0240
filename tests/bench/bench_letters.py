"""A million dead letters on JetStream in the window: their first page, and what scrolling through them leaves."""

import asyncio
import json
import socket
from dataclasses import dataclass

import msgspec
import nats

from tests.bench.ratio import Ratio
from tests.bench.screen import screen
from tests.bench.servers import nats_server
from tests.servers import NatsServer
from wqstudio.fleet.wire import Hello

COUNT = 1_000_000
PAGE_LIMIT = 3.0
MEMORY_LIMIT = 1.2
STREAM = "dead"
BODY = b'{"order":4000,"customer":{"name":"Ada Lovelace"},"total":12.5}'
HEADERS = b"NATS/1.0\r\nOriginal-Subject: jobs.any\r\nReason: rejected\r\nDelivery-Count: 3\r\n\r\n"
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Scrolled:
    """What ``letters_window`` prints. Times in seconds, memory in bytes."""

    opened: float
    """From the tab that is clicked to its first letters on the screen: a process starts, and connects."""
    ratio: float
    """Median over pairs."""
    page: float
    bare: float
    pairs: int
    before: int
    after: int
    stops: int
    kept: int
    """Rows in memory at the end."""


def run() -> list[Ratio]:
    with nats_server() as server, screen() as shown:
        asyncio.run(_fill(server))
        told = msgspec.json.encode(Hello.to(server.connection, "bench")).decode()
        found = msgspec.convert(shown.run("tests.bench.letters_window", told=told), Scrolled)
    page = (
        f"page of 100 {found.page * 1000:.1f} ms, bare direct get of the same {found.bare * 1000:.1f} ms (medians of "
        f"{found.pairs} pairs in the window's loop); on the screen {found.opened * 1000:.0f} ms after the click"
    )
    memory = (
        f"{found.after / 1e6:.1f} MB after {found.stops} stops from end to end, {found.before / 1e6:.1f} MB before "
        f"(resident, the window's process; {found.kept:,} of {COUNT:,} rows in memory)"
    )
    return [
        Ratio("first page of 1,000,000 / bare", found.ratio, PAGE_LIMIT, at_least=False, detail=page),
        Ratio(
            "memory after scrolling / before", found.after / found.before, MEMORY_LIMIT, at_least=False, detail=memory
        ),
    ]


async def _fill(server: NatsServer) -> None:
    client = await nats.connect(server.url)
    config = {
        "name": STREAM,
        "subjects": [f"{STREAM}.>"],
        "allow_direct": True,
        "metadata": {"dead_letter_queue": "true"},
    }
    await client.request(f"$JS.API.STREAM.CREATE.{STREAM}", json.dumps(config).encode(), timeout=10)
    await asyncio.to_thread(_publish, server.port)
    answer = await client.request(f"$JS.API.STREAM.INFO.{STREAM}", timeout=30)
    stored = json.loads(answer.data)["state"]["messages"]
    assert stored == COUNT, f"{stored} of {COUNT} are stored"
    await client.close()


def _publish(port: int) -> None:
    """Past any client, which would take minutes. The last of each block is confirmed, so that none is dropped."""
    sizes = b"%d %d" % (len(HEADERS), len(HEADERS) + len(BODY))
    message = b"HPUB %b.any %%b%b\r\n%b%b\r\n" % (STREAM.encode(), sizes, HEADERS, BODY)
    block = message % b"" * (_AT_ONCE - 1) + message % b"confirmed "
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
        connection.sendall(b'CONNECT {"verbose":false,"headers":true}\r\nSUB confirmed 1\r\n')
        for _ in range(COUNT // _AT_ONCE):
            connection.sendall(block)
            while not answers.readline().startswith(b"MSG confirmed"):
                pass
