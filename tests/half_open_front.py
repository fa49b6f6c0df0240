"""A link to a server that breaks without a word: who is on this side is told, the server is not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class HalfOpenFront:
    """Passes on to ``port`` what comes to its own; ``half_open_front`` makes one."""

    def __init__(self, port: int) -> None:
        self._inner = port
        self._passing: list[asyncio.Task[None]] = []
        self._here: list[asyncio.StreamWriter] = []
        self._there: list[asyncio.StreamWriter] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._inner)
        self._here.append(writer)
        self._there.append(inner_writer)
        both = [
            asyncio.ensure_future(_pass(reader, inner_writer)),
            asyncio.ensure_future(_pass(inner_reader, writer)),
        ]
        self._passing += both
        await asyncio.wait(both)

    async def cut(self) -> None:
        """All connections that there are. The server goes on holding its ends, and whatever it gave out on them."""
        await self._stop_passing()
        for writer in self._here:
            writer.transport.abort()
        self._here.clear()

    async def close(self) -> None:
        await self._stop_passing()
        for writer in (*self._here, *self._there):
            writer.transport.abort()

    async def _stop_passing(self) -> None:
        passing, self._passing = self._passing, []
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)


@contextlib.asynccontextmanager
async def half_open_front(port: int) -> AsyncIterator[HalfOpenFront]:
    front = HalfOpenFront(port)
    async with await asyncio.start_server(front.serve, "127.0.0.1", 0) as server:
        front.port = server.sockets[0].getsockname()[1]
        yield front
        await front.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
