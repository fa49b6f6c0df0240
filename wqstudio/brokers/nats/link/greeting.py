"""The first words with a server, step by step as nats-py takes them at once: name, TCP, INFO line, TLS."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import msgspec
import nats.errors

from wqstudio.brokers.nats.link.address import Address

PATIENCE = 3.0
"""Seconds for each step."""
FIRST_WORD = 1.5
"""Seconds after which a server that says nothing is taken to want TLS before all else, or to be no NATS server."""


class Info(msgspec.Struct):
    """What a server says of itself before anyone logs in."""

    version: str = ""
    server_name: str = ""
    tls_required: bool = False
    tls_available: bool = False
    tls_verify: bool = False

    @property
    def offers_tls(self) -> bool:
        return self.tls_required or self.tls_available


@dataclass(frozen=True, slots=True)
class Secured:
    """What a TLS handshake agreed on, and the server's certificate."""

    protocol: str
    """"TLSv1.3" and the like."""
    subject: str
    issuer: str
    expires: float
    """Unix time in seconds."""


async def resolve(address: Address) -> tuple[str, ...]:
    """The host's addresses; socket.gaierror when the name is not known."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE):
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class Conversation:
    """A connection on which nothing has been sent yet."""

    def __init__(
        self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, round_trip: float
    ) -> None:
        self.round_trip = round_trip
        """Seconds that the TCP handshake took."""
        self._host = host
        self._reader = reader
        self._writer = writer

    async def greet(self, context: ssl.SSLContext, *, require_tls: bool) -> tuple[Info, Secured | None]:
        """What the server says, and TLS already where it wants that first. nats.errors.Error when it is not NATS."""
        info = await self._info()
        if info is not None:
            return info, None
        if not require_tls:
            raise _not_nats()
        secured = await self.secure(context)
        info = await self._info()
        if info is None:
            raise _not_nats()
        return info, secured

    async def _info(self) -> Info | None:
        """None when the server says nothing."""
        try:
            async with asyncio.timeout(FIRST_WORD):
                line = await self._reader.readline()
        except TimeoutError:
            return None
        except ValueError as error:  # a line without end
            raise _not_nats() from error
        word, _, rest = line.partition(b" ")
        if word != b"INFO":
            raise _not_nats()
        return msgspec.json.decode(rest, type=Info)

    async def secure(self, context: ssl.SSLContext) -> Secured:
        """Shake hands. ssl.SSLError says why not."""
        await self._writer.start_tls(context, server_hostname=self._host, ssl_handshake_timeout=PATIENCE)
        tls = self._writer.get_extra_info("ssl_object")
        peer = tls.getpeercert()
        return Secured(
            protocol=tls.version(),
            subject=_common_name(peer["subject"]),
            issuer=_common_name(peer["issuer"]),
            expires=float(ssl.cert_time_to_seconds(peer["notAfter"])),
        )


@asynccontextmanager
async def conversation(address: Address) -> AsyncIterator[Conversation]:
    """Connect by TCP; OSError or TimeoutError when that cannot be done."""
    begun = time.perf_counter()
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        yield Conversation(address.host, reader, writer, time.perf_counter() - begun)
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


def _not_nats() -> nats.errors.Error:
    return nats.errors.Error("nats: no NATS server, expecting INFO")


def _common_name(name: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    parts = {key: value for group in name for key, value in group}
    return parts.get("commonName") or parts.get("organizationName") or "unnamed"
