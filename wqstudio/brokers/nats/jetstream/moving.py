"""A connection that messages are moved over.

It does not reconnect: what was under way when it went is in doubt, and nothing that was buffered must reach the server
after somebody has begun to look what did.
"""

import contextlib
import re
from dataclasses import dataclass

import nats.errors

from wqstudio.brokers.nats.jetstream.api import JetStreamApi
from wqstudio.brokers.nats.jetstream.exchange import Exchange
from wqstudio.brokers.nats.jetstream.requests import Requests
from wqstudio.brokers.nats.link import errors
from wqstudio.brokers.nats.link.client import StudioClient
from wqstudio.brokers.nats.link.connecting import connect_client
from wqstudio.brokers.port import Link
from wqstudio.domain.connection import NatsConnection


@dataclass(frozen=True, slots=True)
class MovingLink:
    client: StudioClient
    api: JetStreamApi
    exchange: Exchange

    @property
    def server(self) -> tuple[int, ...]:
        """Version, major and minor."""
        return tuple(int(number) for number in re.findall(r"\d+", self.client.server_version)[:2])

    async def close(self) -> None:
        with contextlib.suppress(nats.errors.Error, OSError):
            await self.client.close()


async def open_link(connection: NatsConnection, name: str) -> MovingLink:
    """Raises UnreachableError or DeniedError with the remedy."""
    hearers: list[Requests | Exchange] = []

    def on_link(link: Link) -> None:
        for hearer in hearers:
            hearer.link(link)

    def on_denial(violation: str) -> None:
        for hearer in hearers:
            hearer.denied(violation)

    client = await connect_client(connection, name=name, on_link=on_link, reconnect=False)
    requests, exchange = Requests(client), Exchange(client)
    hearers += (requests, exchange)
    client.on_denial = on_denial
    try:
        await _listen(client, requests, exchange)
    except BaseException:
        await client.close()
        raise
    return MovingLink(client, JetStreamApi(requests), exchange)


async def _listen(client: StudioClient, requests: Requests, exchange: Exchange) -> None:
    doing = "Listening for answers"
    try:
        await requests.open()
        await exchange.open()
        await client.settle()
    except (nats.errors.Error, OSError) as error:
        raise errors.of_call(error, doing) from error
    if exchange.deaf:
        raise errors.denied(doing, errors.LISTENING)
