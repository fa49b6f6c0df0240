"""Requests on kept-alive connections, made by the standard library in threads.

In threads: a page of 500 queues would take the window's loop dozens of turns, each of them dear under qasync, while a
thread that waits in a socket holds nobody up. ``http.client`` follows no redirects, reads no proxy settings from the
environment and brings no dependencies.
"""

import asyncio
import contextlib
import socket
import ssl
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import (
    BadStatusLine,
    CannotSendRequest,
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    IncompleteRead,
    RemoteDisconnected,
)

from wqstudio.brokers.endpoint import Endpoint
from wqstudio.brokers.rabbitmq.amqp import errors

CONNECTIONS = 2
"""Requests under way at once: the broker spends one core on each."""
MAX_BODY = 64 * 2**20
"""Bytes, unpacked, above which an answer is not what we asked for."""
_CHUNK = 2**16
_AFTER_WAIT = 1.0
"""Seconds after which a thread ends that nothing wakes, as in a connect; whoever asked has had the answer by then."""


class WebError(Exception):
    """No answer. The text says why, and what to do, with no name of the place in it."""


class SlowAnswerError(WebError):
    pass


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    location: str
    body: bytes = field(repr=False)
    wire: int
    """Bytes of body as they came: packed, where the server packs."""


class HttpClient:
    """Asks one server. ``authorization`` is sent with each request and shown nowhere; empty: none is sent."""

    def __init__(
        self, place: Endpoint, authorization: str, tls: ssl.SSLContext | None, accept: str = "application/json"
    ) -> None:
        """``tls`` is needed where ``place.tls``."""
        self._place = place
        self._headers = {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": "wqstudio"}
        if authorization:
            self._headers["Authorization"] = authorization
        self._tls = tls
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="management")
        self._idle: deque[HTTPConnection] = deque()
        self._busy: set[_Exchange] = set()
        self._closed = False
        self.received = 0
        """Bytes of bodies as they came, since the start."""

    async def get(self, path: str, wait: float) -> Answer:
        """The answer, whatever its status. ``path`` is encoded already; ``wait`` is in seconds, for all of it.

        Raises WebError.
        """
        return await self.ask("GET", path, wait)

    async def ask(self, method: str, path: str, wait: float, body: bytes | None = None) -> Answer:
        """As ``get``, by an idempotent method: it may be sent twice. ``body`` is JSON."""
        if self._closed:
            raise WebError("it is closed.")
        exchange = _Exchange(method, path, wait, body)
        work = self._threads.submit(self._exchange, exchange)
        self._busy.add(exchange)
        try:
            async with asyncio.timeout(wait):
                answer = await asyncio.wrap_future(work)
        except TimeoutError as error:
            raise SlowAnswerError(
                f"it did not answer within {wait:g} s; check that the node is not overloaded."
            ) from error
        finally:
            self._busy.discard(exchange)
            exchange.abandon()
        self.received += answer.wire
        return answer

    def close(self) -> None:
        self._closed = True
        for exchange in self._busy:
            exchange.abandon()
        self._threads.shutdown(wait=False, cancel_futures=True)
        while self._idle:
            self._idle.pop().close()

    def _exchange(self, exchange: "_Exchange") -> Answer:
        """In a thread."""
        connection = self._take()
        kept_alive = connection.sock is not None
        try:
            try:
                answer = self._attempt(exchange, connection)
            except (ConnectionError, BadStatusLine, CannotSendRequest):
                if not kept_alive or exchange.abandoned:
                    raise
                connection.close()  # a server ends a kept-alive connection whenever it likes
                answer = self._attempt(exchange, connection)
        except (OSError, HTTPException) as error:
            connection.close()
            raise WebError(_reason(error, self._place)) from error
        except BaseException:
            connection.close()
            raise
        exchange.done()
        self._give_back(connection)
        return answer

    def _attempt(self, exchange: "_Exchange", connection: HTTPConnection) -> Answer:
        connection.timeout = exchange.wait + _AFTER_WAIT
        if connection.sock is None:
            connection.connect()
        exchange.begin(connection)
        headers = self._headers if exchange.body is None else self._headers | {"Content-Type": "application/json"}
        connection.request(exchange.method, exchange.path, exchange.body, headers)
        with connection.getresponse() as response:
            body, wire = _read(response)
            return Answer(
                response.status, response.getheader("Content-Type", ""), response.getheader("Location", ""), body, wire
            )

    def _take(self) -> HTTPConnection:
        with contextlib.suppress(IndexError):
            return self._idle.pop()
        return self._make()

    def _make(self) -> HTTPConnection:
        if self._place.tls:
            return HTTPSConnection(self._place.host, self._place.port, context=self._tls)
        return HTTPConnection(self._place.host, self._place.port)

    def _give_back(self, connection: HTTPConnection) -> None:
        if self._closed or connection.sock is None:
            connection.close()
        else:
            self._idle.append(connection)


class _Exchange:
    """A request under way in a thread, which another thread can put an end to."""

    def __init__(self, method: str, path: str, wait: float, body: bytes | None) -> None:
        self.method = method
        self.path = path
        self.wait = wait
        self.body = body
        self.abandoned = False
        self._socket: socket.socket | None = None

    def begin(self, connection: HTTPConnection) -> None:
        self._socket = connection.sock
        if self.abandoned:
            raise ConnectionAbortedError

    def done(self) -> None:
        self._socket = None

    def abandon(self) -> None:
        """Wake the thread out of the socket. Does nothing when the answer is there."""
        self.abandoned = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Not the SSL socket's own shutdown, which takes the session away from under the reading thread.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _read(response: HTTPResponse) -> tuple[bytes, int]:
    """The body, unpacked, and its length as it came. HTTPException when it is cut off, broken or without end."""
    packed = response.getheader("Content-Encoding", "").lower() == "gzip"
    unpacker = zlib.decompressobj(wbits=31) if packed else None
    parts: list[bytes] = []
    wire = size = 0
    while chunk := response.read(_CHUNK):
        wire += len(chunk)
        part = _unpack(unpacker, chunk, MAX_BODY - size) if unpacker else chunk
        size += len(part)
        if size >= MAX_BODY:
            raise _TooLongError
        parts.append(part)
    if response.length or (unpacker is not None and not unpacker.eof):
        raise IncompleteRead(b"", response.length)
    return b"".join(parts), wire


def _unpack(unpacker: "zlib._Decompress", chunk: bytes, room: int) -> bytes:
    try:
        return unpacker.decompress(chunk, max(1, room))
    except zlib.error as error:
        raise HTTPException(f"a body that does not unpack ({error})") from error


class _TooLongError(HTTPException):
    pass


def _reason(error: Exception, place: Endpoint) -> str:  # noqa: PLR0911 - an arm for each kind of error
    match error:
        case _TooLongError():
            return f"its answer is longer than {MAX_BODY >> 20} MiB, which no listing is; check the address."
        case IncompleteRead():
            return "its answer broke off in the middle; check the node's log, and any proxy in between."
        case RemoteDisconnected() | ConnectionResetError():
            return "it closed the connection without an answer; check the port, and whether it wants https://."
        case HTTPException():
            return f"what answers there does not speak HTTP ({error or type(error).__name__}); check the port."
        case ssl.SSLError():
            return errors.of_tls(error).replace("amqp", "http")
        case socket.gaierror():
            return f"the name {place.host} is not known; check the spelling, the network and the VPN."
        case ConnectionRefusedError():
            return "it refused the connection; enable the plugin rabbitmq_management there, or name another address."
        case TimeoutError():
            return "it did not answer in time; check address, port and firewall."
        case OSError():
            return f"it cannot be reached ({errors.system(error)})."
        case _:
            return f"{error}"
