"""A producer's session: many publishes to JetStream under way at once, each ended by its acknowledgement."""

import asyncio
import time
from collections import deque
from typing import NamedTuple

import nats.errors
from nats.aio.msg import Msg

from wqstudio.brokers.nats.link import errors
from wqstudio.brokers.nats.link.client import StudioClient
from wqstudio.brokers.nats.link.severing import sever
from wqstudio.brokers.nats.sessions.confirms import refusal
from wqstudio.brokers.port import BrokerError, Link, LinkState, UnreachableError
from wqstudio.domain.task import DUE_HEADER, TASK_HEADER, due_text

CONFIRM_WITHIN = 5.0
"""Seconds."""
_SWEEP = 1.0
"""Seconds between looks for overdue confirms; one timer instead of one for each message."""


class _Pending(NamedTuple):
    route: str
    confirmed: asyncio.Future[None]


class PublishingSession:
    """``PublisherSession`` on JetStream. ``start`` comes first."""

    _client: StudioClient

    def __init__(self) -> None:
        self._link = Link(LinkState.RECONNECTING, time.time())
        self._inbox = ""
        self._count = 0
        self._pending: dict[str, _Pending] = {}
        self._deaf = False
        """No confirm can be received."""
        self._sent: deque[tuple[float, str]] = deque()
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False
        self._publishing: set[asyncio.Task[None]] = set()
        """asyncio itself keeps weak references only."""

    @property
    def trouble(self) -> str:
        """A stream that is full says so message by message."""
        return ""

    async def start(self, client: StudioClient) -> None:
        """Takes the client over: ``close`` or ``abort`` ends it, also after this has failed."""
        self._client = client
        self._inbox = client.new_inbox()
        client.on_denial = self._on_denial
        await client.subscribe(f"{self._inbox}.*", cb=self._on_answer, pending_msgs_limit=0, pending_bytes_limit=0)
        self._sweep()

    @property
    def link(self) -> Link:
        return self._link

    def publish(self, route: str, body: bytes, task: str, due: float = 0.0) -> asyncio.Future[None]:
        """A task for each message, since nats-py may have it wait for room."""
        publishing = asyncio.get_running_loop().create_task(self._publish(route, body, _headers(task, due)))
        self._publishing.add(publishing)
        publishing.add_done_callback(self._publishing.discard)
        return publishing

    async def _publish(self, route: str, body: bytes, headers: dict[str, str] | None) -> None:
        if self._closed or self._link.state is not LinkState.CONNECTED:
            raise UnreachableError("Publishing has to wait: there is no connection at the moment.")
        if self._deaf:
            raise _no_confirms()
        self._count += 1
        inbox = f"{self._inbox}.{self._count}"
        loop = asyncio.get_running_loop()
        confirmed: asyncio.Future[None] = loop.create_future()
        self._pending[inbox] = _Pending(route, confirmed)
        self._sent.append((loop.time(), inbox))
        try:
            await self._client.publish(route, body, inbox, headers)
            await confirmed
        except (nats.errors.Error, OSError) as error:
            raise errors.of_call(error, f"publishing to {route}") from error
        finally:
            self._pending.pop(inbox, None)

    async def close(self) -> None:
        if self._closed:
            return
        self._end()
        await self._client.close()

    def abort(self) -> None:
        """Also ends a ``close`` that has not come through."""
        if not self._closed:
            self._end()
        sever(self._client)

    def _end(self) -> None:
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        self._fail_all("the session was closed")

    def on_link(self, link: Link) -> None:
        """Confirms do not survive the connection they were asked for on."""
        self._link = link
        self._deaf = False
        if link.state is not LinkState.CONNECTED:
            self._fail_all(link.reason or "the connection was lost")

    def _on_denial(self, what: str) -> None:
        self._deaf = self._deaf or f'"{self._inbox}'.lower() in what
        for inbox, pending in tuple(self._pending.items()):
            if self._deaf:
                self._fail(inbox, _no_confirms())
            elif f'"{pending.route}"'.lower() in what:
                self._fail(inbox, errors.denied("Publishing", f'publish to "{pending.route}"'))

    async def _on_answer(self, message: Msg) -> None:
        pending = self._pending.get(message.subject)
        if pending is None or pending.confirmed.done():
            return
        error = refusal(message.data)
        if error is None:
            pending.confirmed.set_result(None)
        else:
            pending.confirmed.set_exception(error)

    def _fail_all(self, reason: str) -> None:
        for inbox in tuple(self._pending):
            self._fail(inbox, UnreachableError(f"Not confirmed: {reason}."))

    def _fail(self, inbox: str, error: BrokerError) -> None:
        pending = self._pending.get(inbox)
        if pending is not None and not pending.confirmed.done():
            pending.confirmed.set_exception(error)

    def _sweep(self) -> None:
        """Fail what has waited too long, oldest first."""
        loop = asyncio.get_running_loop()
        while self._sent and self._sent[0][0] < loop.time() - CONFIRM_WITHIN:
            _, inbox = self._sent.popleft()
            self._fail(
                inbox, UnreachableError(f"Not confirmed: the server did not answer within {CONFIRM_WITHIN:.0f} s.")
            )
        self._sweeper = loop.call_later(_SWEEP, self._sweep)


def _headers(task: str, due: float) -> dict[str, str] | None:
    headers = {TASK_HEADER: task, "Nats-Msg-Id": task} if task else {}
    if due:
        headers[DUE_HEADER] = due_text(due)
    return headers or None


def _no_confirms() -> BrokerError:
    return errors.denied("Publishing", errors.LISTENING)
