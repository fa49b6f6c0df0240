"""The first connect, bounded and explained: an error has a line for each URL."""

import asyncio
from collections.abc import Sequence
from typing import Any

import nats.errors

from wqstudio.brokers.nats.link import address, errors, login
from wqstudio.brokers.nats.link.client import OnLink, StudioClient
from wqstudio.brokers.port import BrokerError, DeniedError, UnreachableError
from wqstudio.brokers.tls import tls_context
from wqstudio.domain.connection import NatsConnection

FIRST_CONNECT = 5.0
"""Seconds, over all URLs."""
ATTEMPT = 2
"""Seconds nats-py waits in each step of one connection attempt."""
RECONNECT_PAUSE = 0.5
PING_INTERVAL = 10
"""Seconds; two unanswered pings count as a lost connection."""


async def connect_client(
    connection: NatsConnection, *, name: str, on_link: OnLink | None = None, reconnect: bool = True
) -> StudioClient:
    """Connect to the first URL that answers.

    Raises UnreachableError or DeniedError within ``FIRST_CONNECT`` seconds; the text has a line for each URL.
    With ``reconnect``, the client returned reconnects for ever, to any of the URLs.
    """
    addresses = [address.parse(url) for url in connection.urls]
    if not addresses:
        raise UnreachableError("The connection has no server address; write one as nats://host:4222.")
    requirements = login.requirements(connection, addresses)
    client_options = _client_options(connection, addresses, name, reconnect=reconnect)
    if requirements.tls:  # otherwise nats-py makes a context should the server want one; it takes a while to make
        client_options["tls"] = tls_context(connection)
    how = login.describe(connection, addresses)
    failures: list[BrokerError] = []
    for candidate in addresses:
        try:
            async with asyncio.timeout(share := FIRST_CONNECT / len(addresses)):
                client = await _connect(candidate.url, client_options, requirements, on_link, share / 2)
        except (nats.errors.Error, OSError, BrokerError) as error:
            failures.append(errors.of_connect(error, candidate.netloc, how))
            continue
        client.set_server_pool([each.url for each in addresses])
        return client
    raise _combined(failures)


async def _connect(
    url: str, options: dict[str, Any], requirements: login.Requirements, on_link: OnLink | None, patience: float
) -> StudioClient:
    """Some servers say nothing until TLS is up (``handshake_first``); nats-py has to be told.

    A server that could be one of them has ``patience`` seconds to speak first.
    """
    client = StudioClient(requirements, on_link)
    try:
        async with asyncio.timeout(patience if requirements.tls else None) as silence:
            client.on_greeting = lambda: None if silence.expired() else silence.reschedule(None)
            await client.connect_once(url, options)
    except (TimeoutError, nats.errors.Error):
        if client.greeted or not requirements.tls:
            raise
        client = StudioClient(requirements, on_link)
        await client.connect_once(url, {**options, "tls_handshake_first": True})
    return client


def _client_options(
    connection: NatsConnection, addresses: Sequence[address.Address], name: str, *, reconnect: bool
) -> dict[str, Any]:
    return {
        **login.options(connection, addresses),
        "name": name,
        "allow_reconnect": reconnect,
        "max_reconnect_attempts": -1,
        "connect_timeout": ATTEMPT,
        "reconnect_time_wait": RECONNECT_PAUSE,
        "ping_interval": PING_INTERVAL,
    }


def _combined(failures: Sequence[BrokerError]) -> BrokerError:
    """One error that says all; a denial outweighs the rest, for it will not go away by waiting."""
    kind = DeniedError if any(isinstance(failure, DeniedError) for failure in failures) else UnreachableError
    return kind("\n".join(str(failure) for failure in failures))
