"""Thousands of requests under way at once, as raw bytes: what it takes to move messages as fast as the server can.

Requests go out as one buffer, their answers come to one inbox past nats-py's message objects, and header blocks stay
as they are on the wire.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import nats.errors

from wqstudio.brokers.nats.jetstream.requests import WAIT, TimedOutError
from wqstudio.brokers.nats.link import errors
from wqstudio.brokers.nats.link.client import StudioClient
from wqstudio.brokers.port import BrokerError, DeniedError, Link, LinkState, UnreachableError

_BUFFER = 262_144
"""Bytes handed to the connection at once."""


_UNHEARD = f"The answers are not heard any more: {errors.no_permission(errors.LISTENING)}."


# Structs, which take half of what tuples with names take to make: there are some for each letter.


class Request(msgspec.Struct, frozen=True, gc=False):
    subject: bytes
    body: bytes
    headers: bytes = b""
    """A whole header block, or empty."""


class Answer(msgspec.Struct, frozen=True, gc=False):
    headers: bytes
    body: bytes

    @property
    def status(self) -> bytes:
        """Three digits where the server says something about the request; empty: it is an answer proper."""
        return self.headers[9:12] if self.headers.startswith(b"NATS/1.0 ") else b""


def is_status(answer: Answer) -> bool:
    return bool(answer.status)


class _Flight(Protocol):
    done: asyncio.Future[None]

    def take(self, index: int, answer: Answer) -> None: ...
    def deny(self, violation: str) -> None: ...
    def fail(self, error: BrokerError) -> None: ...


class _Each:
    """An answer for each request."""

    def __init__(self, requests: Sequence[Request], doing: str) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answers: list[Answer | BrokerError | None] = [None] * len(requests)
        self._requests = requests
        self._doing = doing
        self._left = len(requests)
        self._by_subject: dict[str, list[int]] | None = None

    def take(self, index: int, answer: Answer | BrokerError) -> None:
        if self.answers[index] is None:
            self.answers[index] = answer
            self._left -= 1
            if not self._left and not self.done.done():
                self.done.set_result(None)

    def deny(self, violation: str) -> None:
        for index in self._indexes().pop(_quoted(violation), ()):
            self.take(index, _denied(self._requests[index], self._doing))

    def fail(self, error: BrokerError) -> None:
        for index, answer in enumerate(self.answers):
            if answer is None:
                self.take(index, error)

    def _indexes(self) -> dict[str, list[int]]:
        """The server names denied subjects, in lower case, and not the request."""
        if self._by_subject is None:
            self._by_subject = defaultdict(list)
            for index, request in enumerate(self._requests):
                self._by_subject[request.subject.decode(errors="replace").lower()].append(index)
        return self._by_subject


class _Run:
    """Answers to one request, until one of them is the last."""

    def __init__(self, request: Request, is_last: Callable[[Answer], bool], doing: str) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answers: list[Answer] = []
        self._request = request
        self._doing = doing
        self._is_last = is_last

    def take(self, index: int, answer: Answer) -> None:
        del index
        self.answers.append(answer)
        if self._is_last(answer) and not self.done.done():
            self.done.set_result(None)

    def deny(self, violation: str) -> None:
        if _quoted(violation) == self._request.subject.decode().lower():
            self.fail(_denied(self._request, self._doing))

    def fail(self, error: BrokerError) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Exchange:
    """``open`` comes first. After the link was lost once, every request fails."""

    def __init__(self, client: StudioClient) -> None:
        self._client = client
        self._inbox = client.new_inbox().encode() + b"."
        self._flights: dict[bytes, _Flight] = {}
        """By what the subjects of their answers begin with."""
        self._sending = asyncio.Lock()
        """What is asked together goes out together, so that what is stored has sequences that follow each other."""
        self._tokens = itertools.count()
        self._heard = 0
        """Answers so far."""
        self.deaf = False
        """This account may not receive answers."""

    async def open(self) -> None:
        await self._client.tap(self._inbox.decode() + ">", self._take)

    async def ask_all(self, requests: Sequence[Request], doing: str) -> list[Answer | BrokerError]:
        """An answer for each, or why there is none: DeniedError, or UnreachableError (it may have been carried out).

        Raises UnreachableError only when nothing was sent.
        """
        self._check_heard(doing)
        if not requests:
            return []
        flight = _Each(requests, doing)
        await self._fly(flight, requests, doing)
        return [answer for answer in flight.answers if answer is not None]

    async def ask_many(self, request: Request, is_last: Callable[[Answer], bool], doing: str) -> list[Answer]:
        """Answers to one request, up to and with the last. Raises what of ``ask_all`` stands for an answer."""
        self._check_heard(doing)
        flight = _Run(request, is_last, doing)
        await self._fly(flight, [request], doing)
        flight.done.result()
        return flight.answers

    def denied(self, violation: str) -> None:
        """As ``Requests.denied``."""
        if f'"{self._inbox.decode().lower()}' in violation:
            self.deaf = True
            self._fail_all(UnreachableError(_UNHEARD))  # and no DeniedError: what was asked for may be done
            return
        for flight in self._flights.values():
            flight.deny(violation)

    def link(self, link: Link) -> None:
        if link.state is not LinkState.CONNECTED:
            self._fail_all(UnreachableError(f"The connection was lost: {link.reason or 'the reason is not known'}."))

    def _check_heard(self, doing: str) -> None:
        if self.deaf:
            raise UnreachableError(f"{doing} failed: {_UNHEARD}")
        if not self._client.is_connected:
            raise UnreachableError(f"{doing} failed: there is no connection at the moment.")

    async def _fly(self, flight: _Flight, requests: Sequence[Request], doing: str) -> None:
        inbox = b"%b%x" % (self._inbox, next(self._tokens))
        self._flights[inbox] = flight
        try:
            async with self._sending:
                await self._send(requests, inbox + b".")
            while not flight.done.done():
                await self._wait(flight, doing)
        except (nats.errors.Error, OSError) as error:
            flight.fail(UnreachableError(str(errors.of_call(error, doing))))
        finally:
            del self._flights[inbox]

    async def _wait(self, flight: _Flight, doing: str) -> None:
        """Patience ends when nothing at all has come for a while: a server that is busy still answers."""
        heard = self._heard
        done, _ = await asyncio.wait([flight.done], timeout=WAIT)
        if not done and heard == self._heard:
            flight.fail(TimedOutError(f"{doing} failed: the server did not answer in time."))

    async def _send(self, requests: Sequence[Request], inbox: bytes) -> None:
        parts: list[bytes] = []
        size = 0
        for index, request in enumerate(requests):
            subject, body, headers = request.subject, request.body, request.headers
            if headers:
                sizes = (len(headers), len(headers) + len(body))
                parts.append(b"HPUB %b %b%d %d %d\r\n%b" % (subject, inbox, index, *sizes, headers))
            else:
                parts.append(b"PUB %b %b%d %d\r\n" % (subject, inbox, index, len(body)))
            parts += (body, b"\r\n")
            size += len(body) + len(headers)
            if size > _BUFFER:
                await self._client.write(b"".join(parts))
                parts, size = [], 0
        await self._client.write(b"".join(parts))

    def _take(self, subject: bytes, reply: bytes, headers: bytes, body: bytes) -> None:
        del reply
        self._heard += 1
        inbox, _, index = subject.rpartition(b".")
        flight = self._flights.get(inbox)
        if flight is not None:
            flight.take(int(index), Answer(headers, body))

    def _fail_all(self, error: BrokerError) -> None:
        for flight in self._flights.values():
            flight.fail(error)


def _denied(request: Request, doing: str) -> DeniedError:
    return errors.denied(doing, f'publish to "{request.subject.decode(errors="replace")}"')


def _quoted(violation: str) -> str:
    """The subject in: publish to "some.subject"."""
    return violation.partition('"')[2].rpartition('"')[0]
