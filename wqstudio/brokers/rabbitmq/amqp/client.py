"""Connections: a bounded, explained first connect, and then for ever reconnecting."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import pika
from pika import spec

from wqstudio.background import cancel, spawn
from wqstudio.brokers.port import BrokerError, DeniedError, Link, LinkState, UnreachableError
from wqstudio.brokers.rabbitmq.amqp import address, errors
from wqstudio.brokers.rabbitmq.amqp.address import Address
from wqstudio.brokers.rabbitmq.amqp.channel import Channel, Listener
from wqstudio.brokers.rabbitmq.amqp.framing import Item, Method
from wqstudio.brokers.rabbitmq.amqp.pika_connection import parameters
from wqstudio.brokers.rabbitmq.amqp.selector import SelectorThread
from wqstudio.brokers.rabbitmq.amqp.wire import Wire
from wqstudio.brokers.tls import tls_context
from wqstudio.domain.connection import RabbitConnection

FIRST_CONNECT = 6.0
"""Seconds, over all nodes."""
RECONNECT_PAUSE = 0.5
CLOSE_WITHIN = 3.0

OnLink = Callable[[Link], None]
SetUp = Callable[["RabbitClient"], Awaitable[None]]


async def connect_client(
    connection: RabbitConnection,
    *,
    name: str,
    on_link: OnLink | None = None,
    set_up: SetUp | None = None,
    reconnect: bool = True,
    thread: SelectorThread | None = None,
) -> "RabbitClient":
    """Connect to the first node that answers, with ``name`` shown in the management.

    ``set_up`` makes channels and what is on them; it runs anew after each reconnect, before the link is told to be
    there. Raises UnreachableError or DeniedError within ``FIRST_CONNECT`` seconds, with a line for each node, and
    what the first ``set_up`` raises. ``thread`` is one to be shared with others; None: its own.
    """
    client = RabbitClient(
        connection, name=name, on_link=on_link, set_up=set_up, reconnect=reconnect, thread=thread or SelectorThread()
    )
    try:
        await client.connect()
    except BaseException:
        client.abort()
        raise
    return client


class RabbitClient:
    """One connection to whichever of the nodes answers."""

    def __init__(
        self,
        connection: RabbitConnection,
        *,
        name: str,
        on_link: OnLink | None,
        set_up: SetUp | None,
        reconnect: bool,
        thread: SelectorThread,
    ) -> None:
        self._connection = connection
        self._addresses = address.parse_all(connection)
        self._name = name
        self._on_link = on_link
        self._set_up = set_up
        self._wants_reconnect = reconnect
        self._thread = thread
        self._tls = self._make_tls()
        self._link = Link(LinkState.RECONNECTING, time.time())
        self._wire: Wire | None = None
        self._url = ""
        self._channels: dict[int, Channel] = {}
        self._blocked = ""
        self._closed = False
        self._reconnecting: asyncio.Task[None] | None = None

    @property
    def link(self) -> Link:
        return self._link

    @property
    def vhost(self) -> str:
        return address.account(self._connection, self._addresses[0]).vhost

    @property
    def server(self) -> Mapping[str, Any]:
        """What the broker says of itself: product, version, cluster_name; empty while there is no connection."""
        return self._wire.server if self._wire is not None else {}

    @property
    def blocked(self) -> str:
        """Why the broker takes no messages for now (low on memory, disk alarm); empty: it does."""
        return self._blocked

    @property
    def gone_out(self) -> int:
        """See ``Wire.gone_out``."""
        return self._wire.gone_out if self._wire is not None else 0

    async def connect(self) -> None:
        await self._connect(FIRST_CONNECT / len(self._addresses))
        self._tell(LinkState.CONNECTED, "")

    async def open_channel(self, listener: Listener | None = None) -> Channel:
        """UnreachableError while there is no connection, or when the broker allows no more channels."""
        if self._wire is None:
            raise UnreachableError("There is no connection at the moment.")
        number = next(n for n in range(1, len(self._channels) + 2) if n not in self._channels)
        channel = Channel(number, self._wire.send, self._wire.frame_max, listener or Listener())
        self._channels[number] = channel
        try:
            await channel.call(spec.Channel.Open(), "opening a channel")
        except BaseException:
            channel.abandon(UnreachableError("The channel was not opened in time."))
            raise
        return channel

    @contextlib.asynccontextmanager
    async def channel(self, listener: Listener | None = None) -> AsyncIterator[Channel]:
        """One for a single errand: an error ends a channel, so nothing shares one with what may fail."""
        channel = await self.open_channel(listener)
        try:
            yield channel
        finally:
            with contextlib.suppress(BrokerError):
                await channel.close()

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await cancel(self._reconnecting)
        wire = self._wire
        if wire is not None:
            try:
                async with asyncio.timeout(CLOSE_WITHIN):
                    await wire.close()
            except TimeoutError:
                wire.abort()
        self._lose("the connection was closed")
        self._tell(LinkState.CLOSED, "")

    def abort(self) -> None:
        """Drop the connection as a crash would, with what was not yet sent. Also ends a ``close`` under way."""
        self._closed = True
        if self._reconnecting is not None:
            self._reconnecting.cancel()
        if self._wire is not None:
            self._wire.abort()
        self._lose("the connection was dropped")

    # --- connecting

    def _make_tls(self) -> ssl.SSLContext | None:
        given = self._connection
        wanted = any(node.tls for node in self._addresses)
        if not wanted and (given.tls_ca or given.tls_certificate):
            raise DeniedError("The connection names certificates, but no amqps:// address to use them with.")
        return tls_context(given) if wanted else None

    async def _connect(self, within: float) -> None:
        failures: list[BrokerError] = []
        for node in self._addresses:
            try:
                await self._connect_to(node, within)
            except BrokerError as error:
                failures.append(error)
            else:
                return
        raise _combined(failures)

    async def _connect_to(self, node: Address, within: float) -> None:
        wire = Wire(self._parameters(node, within), self._thread, self._on_items, self._on_blocked, self._on_end)
        try:
            async with asyncio.timeout(within):
                await wire.open()
        except BaseException as error:
            wire.abort()
            if not isinstance(error, Exception):
                raise
            raise errors.of_connect(error, node, address.account(self._connection, node)) from error
        _check_stands(wire)
        self._wire, self._url = wire, node.url
        try:
            if self._set_up is not None:
                await self._set_up(self)
            _check_stands(wire)
        except BaseException as error:
            wire.abort()
            self._lose(str(error))
            raise

    def _parameters(self, node: Address, within: float) -> pika.ConnectionParameters:
        account = address.account(self._connection, node)
        tls = pika.SSLOptions(self._tls, node.host) if node.tls and self._tls is not None else None
        credentials = pika.PlainCredentials(account.user, account.password)
        return parameters(
            node.host, node.port, vhost=account.vhost, credentials=credentials, tls=tls, name=self._name, within=within
        )

    async def _reconnect(self) -> None:
        while self._link.state is not LinkState.CONNECTED:
            await asyncio.sleep(RECONNECT_PAUSE)
            try:
                await self._connect(FIRST_CONNECT)
            except BrokerError as error:
                self._tell(LinkState.RECONNECTING, str(error))
            else:
                self._tell(LinkState.CONNECTED, "")

    # --- what comes from the wire

    def _on_items(self, items: Sequence[tuple[int, Item]]) -> None:
        for number, item in items:
            channel = self._channels.get(number)
            if channel is not None:
                channel.handle(item)
                if isinstance(item, Method) and channel.is_over:  # nothing else ends one
                    self._channels.pop(number, None)

    def _on_blocked(self, reason: str) -> None:
        self._blocked = reason
        if self._link.state is LinkState.CONNECTED:
            self._tell(LinkState.CONNECTED, errors.of_block(reason) if reason else "")

    def _on_end(self, error: BaseException | None) -> None:
        if self._closed or error is None:
            return
        reason = errors.of_loss(error)
        self._lose(reason)
        if self._link.state is not LinkState.CONNECTED:
            return  # whoever is connecting finds the wire ended
        if not self._wants_reconnect:
            self._tell(LinkState.CLOSED, reason)
            return
        self._tell(LinkState.RECONNECTING, reason)
        if self._reconnecting is None or self._reconnecting.done():
            self._reconnecting = spawn(self._reconnect(), f"reconnect {self._name}")

    def _lose(self, reason: str) -> None:
        """No channel outlives the connection."""
        self._wire = None
        self._blocked = ""
        channels, self._channels = self._channels, {}
        for channel in channels.values():
            channel.end(UnreachableError(f"The connection is gone: {reason}."), told=False)

    def _tell(self, state: LinkState, reason: str) -> None:
        since = self._link.since if state is self._link.state else time.time()
        self._link = Link(state, since, self._url, reason)
        if self._on_link is not None:
            self._on_link(self._link)


def _check_stands(wire: Wire) -> None:
    """The loop hears of a connection's end before whoever waits on it goes on: nobody is told of that end again."""
    if wire.ended:
        raise UnreachableError("The connection was lost while it was being set up.")


def _combined(failures: Sequence[BrokerError]) -> BrokerError:
    if len(failures) == 1:
        return failures[0]
    kind = DeniedError if all(isinstance(failure, DeniedError) for failure in failures) else UnreachableError
    return kind("\n".join(str(failure) for failure in failures))
