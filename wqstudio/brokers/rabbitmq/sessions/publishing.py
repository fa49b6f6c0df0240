"""A producer's session: many messages under way at once, each ended by its confirm."""

import asyncio
import contextlib
import time

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError, Link, LinkState, UnreachableError
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.confirming import ConfirmingChannel
from wqstudio.brokers.rabbitmq.amqp.envelope import text_entry
from wqstudio.brokers.rabbitmq.amqp.properties import PERSISTENT, TRANSIENT, Properties
from wqstudio.domain.task import DUE_HEADER, TASK_HEADER, due_text

_HEADER, _DUE = TASK_HEADER.encode(), DUE_HEADER.encode()
_IDENTIFIED = Properties(headers=b"", delivery_mode=PERSISTENT, message_id="").encode()[:2]
"""The flags that say which properties there are."""


class PublishingSession:
    """``PublisherSession`` on RabbitMQ. The client calls ``set_up`` when it is connected, again and again.

    RabbitMQ knows no deduplication: trying again after UnreachableError may store a message twice. For that reason
    there is no time limit on a confirm, either: while the connection stands, it comes.
    """

    _client: RabbitClient

    def __init__(self, *, persistent: bool = True) -> None:
        self._mode = PERSISTENT if persistent else TRANSIENT
        self._link = Link(LinkState.RECONNECTING, time.time())
        self._channel: ConfirmingChannel | None = None
        self._reopening: asyncio.Task[None] | None = None
        self._closed = False

    async def set_up(self, client: RabbitClient) -> None:
        self._client = client
        self._channel = await ConfirmingChannel.open(client)

    @property
    def link(self) -> Link:
        return self._link

    @property
    def trouble(self) -> str:
        return self._link.reason if self._link.state is LinkState.CONNECTED else ""

    def on_link(self, link: Link) -> None:
        """Confirms do not survive the connection they were asked for on."""
        self._link = link
        if link.state is not LinkState.CONNECTED:
            self._fail_all(link.reason or "the connection was lost")

    def publish(self, route: str, body: bytes, task: str, due: float = 0.0) -> asyncio.Future[None]:
        """``route`` is the name of a queue, or ``exchange/routing key``."""
        channel = self._channel
        if self._closed or channel is None or self._link.state is not LinkState.CONNECTED:
            return _has_to_wait("there is no connection at the moment")
        if not channel.is_open:
            self._reopen()
            return _has_to_wait("the broker closed the channel, and a new one is opened")
        return channel.publish(*destination(route), _properties(task, due, self._mode), body)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._fail_all("the session was closed")
        await self._client.close()

    def abort(self) -> None:
        """Also ends a ``close`` that has not come through."""
        self._closed = True
        self._fail_all("the session was closed")
        self._client.abort()

    def _fail_all(self, reason: str) -> None:
        if self._channel is not None:
            self._channel.fail(UnreachableError(f"The message was not confirmed: {reason}."))

    def _reopen(self) -> None:
        if self._reopening is None or self._reopening.done():
            self._reopening = spawn(self._open_again(), "open channel again")

    async def _open_again(self) -> None:
        with contextlib.suppress(BrokerError):  # the next message tries again
            self._channel = await ConfirmingChannel.open(self._client)


def destination(route: str) -> tuple[str, str]:
    """Exchange and routing key."""
    exchange, slash, routing_key = route.partition("/")
    return (exchange, routing_key) if slash else ("", route)


def _has_to_wait(why: str) -> asyncio.Future[None]:
    failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    failed.set_exception(UnreachableError(f"Publishing has to wait: {why}."))
    return failed


def _properties(task: str, due: float, mode: int) -> bytes:
    """With the identity as header and as message id. By hand, since it is done for every message."""
    if not task:
        return Properties(delivery_mode=mode).encode()
    text = task.encode()
    entry = text_entry(_HEADER, text)
    if due:
        entry += text_entry(_DUE, due_text(due).encode())
    return b"%b%b%b%c%c%b" % (_IDENTIFIED, len(entry).to_bytes(4), entry, mode, len(text), text)
