"""A small HTTP server of the test's own, which answers as badly as it is told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Raw = bytes


def answer(
    body: bytes, status: int = 200, kind: str = "application/json", headers: Mapping[str, str] | None = None
) -> Raw:
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class WebServer:
    """Answers a request with the bytes given for the beginning of its path: the longest that matches."""

    port: int = 0
    answers: dict[str, Raw] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    """Heads, as they came."""
    connections: int = 0
    hang: bool = False
    """Answer nothing."""
    hang_up: bool = False
    """Close each connection after its answer, though it might be kept."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await _head(reader):
                self.requests.append(head)
                if self.hang:
                    await reader.read()
                    break
                path = head.split(" ")[1]
                matching = [known for known in self.answers if path.startswith(known)]
                raw = self.answers[max(matching, key=len)] if matching else answer(b"{}", 404)
                writer.write(raw)
                await writer.drain()
                if self.hang_up or not _is_whole(raw):
                    break
        finally:
            writer.close()


async def _head(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return ""


def _is_whole(raw: Raw) -> bool:
    head, _, body = raw.partition(b"\r\n\r\n")
    return f"content-length: {len(body)}\r\n".encode() in head.lower() + b"\r\n"


@asynccontextmanager
async def web_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[WebServer]:
    web = WebServer()
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0, ssl=tls)
    web.port = server.sockets[0].getsockname()[1]
    yield web
    server.close()
