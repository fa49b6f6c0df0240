"""TLS in front of a server that speaks none, as a proxy or load balancer would put it there."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from tests.certificates import Pair


@contextlib.asynccontextmanager
async def tls_front(port: int, own: Pair, *, wants_clients_of: Path | None = None) -> AsyncIterator[int]:
    """The port of a TLS server that passes everything on to ``port``; clients show a certificate where wanted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    if wants_clients_of is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(wants_clients_of)
    passing: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        both = [
            asyncio.ensure_future(_pass(reader, inner_writer)),
            asyncio.ensure_future(_pass(inner_reader, writer)),
        ]
        passing.update(both)
        await asyncio.wait(both)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]
    for task in passing:
        task.cancel()
    await asyncio.gather(*passing, return_exceptions=True)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
