"""A slow link to a server, there or back."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

_PIECE = 8_192
_BUFFER = 16_384
"""Bytes that wait on this side: else the system would take megabytes at once, and the link would not seem slow."""


@contextlib.asynccontextmanager
async def slow_front(port: int, *, there: float = 0.0, back: float = 0.0, late: float = 0.0) -> AsyncIterator[int]:
    """The port of a server that passes on to ``port`` what it is sent, and what it answers, so many bytes a second; 0:
    at once. ``late``: seconds after which an answer comes, however many are on their way.
    """
    passing: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        both = [
            asyncio.ensure_future(_pass(reader, inner_writer, there, 0.0)),
            asyncio.ensure_future(_pass(inner_reader, writer, back, late)),
        ]
        passing.update(both)
        await asyncio.wait(both)

    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)  # of those that it accepts, too
    listening.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(serve, sock=listening, limit=_BUFFER)
    async with server:
        yield listening.getsockname()[1]
    for task in passing:
        task.cancel()
    await asyncio.gather(*passing, return_exceptions=True)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rate: float, late: float) -> None:
    with contextlib.closing(writer), contextlib.suppress(OSError):
        while data := await reader.read(_PIECE):
            if late:
                asyncio.get_running_loop().call_later(late, writer.write, data)
                continue
            writer.write(data)
            await writer.drain()
            if rate:
                await asyncio.sleep(len(data) / rate)
