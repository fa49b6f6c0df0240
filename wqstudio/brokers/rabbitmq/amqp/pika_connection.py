"""pika's connection with channels taken out of its hands; login, tuning and heartbeats are its own; see ``Wire``."""

import fcntl
import socket
import struct
import termios
import time
from collections.abc import Callable

import pika
from pika import frame, spec
from pika.adapters.select_connection import IOLoop
from pika.exceptions import AMQPHeartbeatTimeout

from wqstudio.brokers.rabbitmq.amqp.framing import Item, Reader

RECEIVE = 1 << 16
"""Bytes read at once; pika's 4,096 would be a dozen messages."""

HEARTBEAT = 10
"""Seconds; either side sends something twice as often."""
_SILENCE = 1.5
"""Heartbeats without a byte after which the broker counts as gone. pika itself takes up to two and 10 s more."""

OnItems = Callable[[list[tuple[int, Item]]], None]


class PikaConnection(pika.SelectConnection):  # type: ignore[misc] # pika ships no types
    """Made and used in the thread of its loop, but for ``gone_out``; ``on_items`` and ``on_end`` are called there."""

    def __init__(
        self,
        parameters: pika.ConnectionParameters,
        io: IOLoop,
        on_items: OnItems,
        on_end: Callable[[BaseException], None],
    ) -> None:
        self._frame_buffer: bytes  # pika's
        self._reader: Reader | None = None
        self._heard = 0.0
        self._on_items = on_items
        super().__init__(
            parameters,
            on_open_callback=self._take_over,
            on_open_error_callback=lambda _, error: on_end(error),
            on_close_callback=lambda _, error: on_end(error),
            custom_ioloop=io,
        )

    @property
    def gone_out(self) -> int:
        """Asked from any thread. A heartbeat that waits behind other bytes makes it less, and never more."""
        transport = self._transport
        if transport is None:
            return 0
        waiting: int = transport._tx_buffered_byte_count  # noqa: SLF001 - pika tells it nowhere
        return int(self.bytes_sent) - waiting - _in_kernel(transport._sock)  # noqa: SLF001 - as above

    def emit(self, data: bytes) -> None:
        self._output_marshaled_frames([data])

    def drop(self, why: Exception) -> None:
        self._terminate_stream(why)

    def _take_over(self, _: pika.SelectConnection) -> None:
        self._transport._MAX_RECV_BYTES = RECEIVE  # noqa: SLF001 - pika has no setting for it
        self._reader = Reader()
        self._heard = time.monotonic()
        if self.params.heartbeat:
            self._watch()

    def _watch(self) -> None:
        """Looks four times a heartbeat, as long as the connection stands."""
        if not self.is_open:
            return
        if time.monotonic() - self._heard > _SILENCE * self.params.heartbeat:
            self._terminate_stream(AMQPHeartbeatTimeout("silence"))
        else:
            self._adapter_call_later(self.params.heartbeat / 4, self._watch)

    def _on_data_available(self, data: bytes) -> None:
        """Overrides pika's: until the connection stands, and for channel 0, that one does the work."""
        if self._reader is None:
            super()._on_data_available(data)
            return
        if self._frame_buffer:  # what came with the end of the login
            data, self._frame_buffer = self._frame_buffer + data, b""
        self.bytes_received += len(data)  # pika's heartbeat checker looks at it
        self._heard = time.monotonic()
        try:
            self._dispatch(self._reader, data)
        except (ValueError, LookupError, struct.error) as error:
            self._terminate_stream(error)

    def _dispatch(self, reader: Reader, data: bytes) -> None:
        items: list[tuple[int, Item]] = []
        for channel, item in reader.feed(data):
            if isinstance(item, bytes):
                self._process_frame(frame.decode_frame(item)[1])
            else:
                items.append((channel, item))
        if items:
            self._on_items(items)


def _in_kernel(sock: socket.socket) -> int:
    """Bytes that the other side has not acknowledged; 0: none, or the system does not tell."""
    try:
        (waiting,) = struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)))
    except (OSError, ValueError):  # it is closed by now
        return 0
    return int(waiting)


def parameters(
    host: str,
    port: int,
    *,
    vhost: str,
    credentials: pika.PlainCredentials,
    tls: pika.SSLOptions | None,
    name: str,
    within: float,
) -> pika.ConnectionParameters:
    """``name`` is what the management shows for the connection; ``within`` are seconds for each of its steps."""
    return pika.ConnectionParameters(
        host,
        port,
        vhost,
        credentials,
        ssl_options=tls,
        client_properties={"connection_name": name, "product": "wqstudio"},
        heartbeat=HEARTBEAT,
        socket_timeout=within,
        stack_timeout=within,
        connection_attempts=1,
        frame_max=spec.FRAME_MAX_SIZE,
    )
