"""One AMQP connection, run by pika's selector loop in a thread that it may share with others.

pika does what a connection needs (TLS, login, tuning, heartbeats, its end); channels are ours, see ``channel.py``.
Between the threads, bytes go one way and items the other, each time many with one wake-up: only
``add_callback_threadsafe`` and ``call_soon_threadsafe`` cross.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop

from wqstudio.brokers.rabbitmq.amqp.framing import Item
from wqstudio.brokers.rabbitmq.amqp.pika_connection import OnItems, PikaConnection
from wqstudio.brokers.rabbitmq.amqp.selector import SelectorThread

# Without a handler of its own, logging would print pika's messages on stderr.
logging.getLogger("pika").addHandler(logging.NullHandler())


class Wire:
    """Made on the event loop, which hears of everything: ``on_items``, ``on_blocked`` and ``on_end`` run there.

    ``on_end`` is called once a connection that stood is gone, with the reason; None: we closed it.
    """

    def __init__(
        self,
        parameters: pika.ConnectionParameters,
        thread: SelectorThread,
        on_items: OnItems,
        on_blocked: Callable[[str], None],
        on_end: Callable[[BaseException | None], None],
    ) -> None:
        self._parameters = parameters
        self._thread = thread
        self._loop = asyncio.get_running_loop()
        self._on_items = on_items
        self._on_blocked = on_blocked
        self._on_end = on_end
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._ours = False
        self._outgoing: list[bytes] = []
        self._incoming: deque[list[tuple[int, Item]]] = deque()
        self._announced = False
        self._stopped = False
        """In the thread: nothing is to be done any more."""
        self._io: IOLoop | None = None
        self._connection: PikaConnection | None = None

    async def open(self) -> None:
        """Connect and log in. Raises what pika raises; ``errors.of_connect`` says what it means."""
        self._io = self._thread.enter(self._crashed)
        self._post(self._start)
        await self._opened

    @property
    def ended(self) -> bool:
        return self._ended.done()

    @property
    def frame_max(self) -> int:
        return int(self._connected.params.frame_max)

    @property
    def server(self) -> Mapping[str, Any]:
        """What the broker says of itself: product, version, cluster_name."""
        return self._connected.server_properties or {}

    @property
    def _connected(self) -> PikaConnection:
        assert self._connection is not None, "known once it is open"
        return self._connection

    @property
    def gone_out(self) -> int:
        """Bytes that have left this computer since it was opened: they go on to do so while the link takes any."""
        return self._connection.gone_out if self._connection is not None else 0

    def send(self, data: bytes) -> None:
        """Goes out, with all else that is sent in this turn of the loop, at its end."""
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(data)

    async def close(self) -> None:
        """In good order: what was sent before has left when this returns."""
        self._ours = True
        self._flush()
        self._post(self._close)
        await asyncio.shield(self._ended)

    def abort(self) -> None:
        """Drop the connection; what was not yet sent never is."""
        self._ours = True
        self._outgoing.clear()
        self._post(self._abort)

    def _flush(self) -> None:
        if self._outgoing:
            data = b"".join(self._outgoing)
            self._outgoing.clear()
            self._post(partial(self._emit, data))

    def _post(self, call: Callable[[], None]) -> None:
        if self._io is not None and not self._ended.done():
            self._io.add_callback_threadsafe(partial(self._do, call))

    def _drain(self) -> None:
        self._announced = False
        while self._incoming:
            self._on_items(self._incoming.popleft())

    def _over(self, error: BaseException | None) -> None:
        """It is gone; called once."""
        self._drain()
        self._ended.set_result(None)
        if not self._opened.done():
            self._opened.set_exception(error or ConnectionAbortedError("the attempt was given up"))
            self._opened.exception()  # looked at, for the case that nobody waits any more
        elif not self._opened.cancelled() and self._opened.exception() is None:
            self._on_end(None if self._ours else error)

    # --- in the thread

    def _do(self, call: Callable[[], None]) -> None:
        """A mistake in it ends this connection, and none of the others of the thread."""
        if self._stopped:
            return
        try:
            call()
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            self._crashed(error)

    def _start(self) -> None:
        connection = self._connection = PikaConnection(self._parameters, self._io, self._receive, self._stop)
        connection.add_on_open_callback(lambda _: self._tell(self._is_open))
        connection.add_on_connection_blocked_callback(
            lambda _, blocked: self._tell(self._on_blocked, blocked.method.reason or "it says no reason")
        )
        connection.add_on_connection_unblocked_callback(lambda *_: self._tell(self._on_blocked, ""))

    def _is_open(self) -> None:
        if not self._opened.done():
            self._opened.set_result(None)

    def _receive(self, items: list[tuple[int, Item]]) -> None:
        self._incoming.append(items)
        if not self._announced:
            self._announced = True
            self._tell(self._drain)

    def _stop(self, error: BaseException) -> None:
        if self._stopped:
            return
        self._stopped = True
        self._thread.leave(self._crashed)
        self._tell(self._over, error)

    def _crashed(self, error: Exception) -> None:
        if self._connection is not None:
            with contextlib.suppress(Exception):  # it is broken already: what counts is what broke it
                self._connection.drop(error)
                return
        self._stop(error)

    def _tell(self, call: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody is there to be told
            self._loop.call_soon_threadsafe(call, *arguments)

    def _emit(self, data: bytes) -> None:
        if self._connected.is_open:
            self._connected.emit(data)

    def _close(self) -> None:
        if self._connected.is_open:
            self._connected.close()
        else:
            self._abort()

    def _abort(self) -> None:
        if not self._connected.is_closed:
            self._connected.drop(ConnectionAbortedError("the connection was dropped"))
