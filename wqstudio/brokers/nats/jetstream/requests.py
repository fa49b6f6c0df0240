"""Requests over one inbox, answered at once when the server denies them or the link goes away.

nats-py's own request costs a task, a timer task and a NUID each, and waits out its timeout on a denial;
a poll of a thousand streams makes a thousand of them.
"""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from typing import Protocol

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from wqstudio.brokers.nats.link import errors
from wqstudio.brokers.port import BrokerError, DeniedError, Link, LinkState, RefusedError, UnreachableError

WAIT = 5.0
"""Seconds for an answer."""
SWEEP = 0.2
"""Seconds between looks for requests whose time is up."""
DENIAL_REMEMBERED = 30.0
"""Seconds for which a denied subject is not asked again: each denial is a line in the server's log."""


class TimedOutError(UnreachableError):
    """The server did not answer in time."""


class _Pending(Protocol):
    @property
    def subject(self) -> str: ...
    @property
    def deadline(self) -> float: ...
    def message(self, msg: Msg) -> None: ...
    def fail(self, error: BrokerError) -> None: ...


class _One:
    __slots__ = ("_future", "deadline", "subject")

    def __init__(self, subject: str, future: asyncio.Future[Msg], deadline: float) -> None:
        self.subject = subject
        self.deadline = deadline
        self._future = future

    def message(self, msg: Msg) -> None:
        if not self._future.done():
            self._future.set_result(msg)

    def fail(self, error: BrokerError) -> None:
        if not self._future.done():
            self._future.set_exception(error)


class _Many:
    __slots__ = ("_wait", "arrived", "deadline", "subject")

    def __init__(self, subject: str, wait: float) -> None:
        self.subject = subject
        self._wait = wait
        self.deadline = time.monotonic() + wait
        self.arrived: asyncio.Queue[Msg | BrokerError] = asyncio.Queue()

    def message(self, msg: Msg) -> None:
        self.deadline = time.monotonic() + self._wait
        self.arrived.put_nowait(msg)

    def fail(self, error: BrokerError) -> None:
        self.arrived.put_nowait(error)


class Requests:
    """``doing``, below, completes "… failed" in errors: "listing the streams"."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.new_inbox() + "."
        self._tokens = itertools.count()
        self._pending: dict[str, _Pending] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self._denied: dict[str, float] = {}
        self._inbox_denied = False

    async def open(self) -> None:
        await self._client.subscribe(self._inbox + "*", cb=self._receive)

    async def ask(self, subject: str, payload: bytes = b"", *, doing: str, wait: float = WAIT) -> Msg:
        """The answer. Raises UnreachableError, TimedOutError, DeniedError, or RefusedError when nobody listens."""
        self._check(subject, doing)
        future: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()
        token = self._register(_One(subject, future, time.monotonic() + wait))
        try:
            await self._client.publish(subject, payload, reply=self._inbox + token)
            answer = await future
        except (nats.errors.Error, OSError) as error:
            raise errors.of_call(error, doing) from error
        except BrokerError as error:
            raise type(error)(f"{doing} failed: {error}.") from None
        finally:
            self._pending.pop(token, None)
        if not answer.data and answer.headers and answer.headers.get("Status") == "503":
            raise RefusedError(f"{doing} failed: nothing answers there; {errors.JETSTREAM_DISABLED}")
        return answer

    async def ask_many(self, subject: str, payload: bytes, *, doing: str, wait: float = WAIT) -> AsyncIterator[Msg]:
        """Answers until the caller stops; ``wait`` bounds the time between two. Raises as ``ask`` does."""
        self._check(subject, doing)
        pending = _Many(subject, wait)
        token = self._register(pending)
        try:
            await self._client.publish(subject, payload, reply=self._inbox + token)
            while True:
                arrived = await pending.arrived.get()
                if isinstance(arrived, BrokerError):
                    raise type(arrived)(f"{doing} failed: {arrived}.")
                yield arrived
        except (nats.errors.Error, OSError) as error:
            raise errors.of_call(error, doing) from error
        finally:
            self._pending.pop(token, None)

    def denied(self, violation: str) -> None:
        """What the server said of a denial, in lower case: publish to "some.subject"."""
        if violation.startswith("subscription") and self._inbox[:-1].lower() in violation:
            self._inbox_denied = True
        now = time.monotonic()
        for token, pending in list(self._pending.items()):
            if self._inbox_denied:
                self._fail(token, DeniedError(errors.no_permission(errors.LISTENING)))
            elif f'"{pending.subject.lower()}"' in violation:
                self._denied[pending.subject] = now
                self._fail(token, DeniedError(errors.no_permission(f'publish to "{pending.subject}"')))

    def link(self, link: Link) -> None:
        """What was asked before a loss of the link stays unanswered; after it the permissions may be others."""
        self._denied.clear()
        self._inbox_denied = False
        if link.state is not LinkState.CONNECTED:
            for token in list(self._pending):
                self._fail(token, UnreachableError("the connection was lost"))

    def _check(self, subject: str, doing: str) -> None:
        if not self._client.is_connected:
            raise UnreachableError(f"{doing} failed: there is no connection at the moment.")
        if self._inbox_denied:
            raise errors.denied(doing, errors.LISTENING)
        since = self._denied.get(subject)
        if since is None:
            return
        if time.monotonic() - since < DENIAL_REMEMBERED:
            raise errors.denied(doing, f'publish to "{subject}"')
        del self._denied[subject]

    def _register(self, pending: _Pending) -> str:
        token = f"{next(self._tokens):x}"
        self._pending[token] = pending
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(SWEEP, self._sweep)
        return token

    def _sweep(self) -> None:
        """One timer for all: a thousand would cost a poll more than its decoding."""
        now = time.monotonic()
        for token, pending in list(self._pending.items()):
            if pending.deadline <= now:
                self._fail(token, TimedOutError("the server did not answer in time"))
        self._sweeping = asyncio.get_running_loop().call_later(SWEEP, self._sweep) if self._pending else None

    def _fail(self, token: str, error: BrokerError) -> None:
        with contextlib.suppress(KeyError):
            self._pending[token].fail(error)

    async def _receive(self, msg: Msg) -> None:
        pending = self._pending.get(msg.subject[len(self._inbox) :])
        if pending is not None:
            pending.message(msg)
