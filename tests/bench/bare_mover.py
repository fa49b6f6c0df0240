"""What a mover outside of the node takes at the very least: ``python -m tests.bench.bare_mover PORT VHOST USER SOURCE
TARGET COUNT PREFETCH SIZE BURDEN``; the password comes on stdin, at whose end it ends.

Consume, publish, confirm, acknowledge, as the shovel does it on-confirm, on two sockets. It reads no message: it counts
them, publishes as many frames that were made beforehand, and acknowledges as far as they are confirmed. BURDEN:
seconds of processor time that it spends on a message beside that, to no purpose.
"""

import select
import socket
import sys
import time

from pika import spec

from wqstudio.brokers.rabbitmq.amqp import framing
from wqstudio.brokers.rabbitmq.amqp.codec import encode_table
from wqstudio.fleet.childhood import give_way

_CHANNEL, _FRAME_MAX, _AT_ONCE = 1, 131_072, 1 << 18
_DELIVERY = b"\x00\x3c\x00\x3c"
"""In a delivery's first frame, and nowhere else in what is moved here."""
_PROPERTIES = b"\x30\x00" + encode_table({"Wqs-Requeued": "0123456789ab.12345"}) + b"\x02"
"""As a copy has them: a mark, and persistent."""


class Line:
    """A connection with one channel on it."""

    def __init__(self, port: int, vhost: str, user: str, password: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(b"AMQP\x00\x00\x09\x01")
        self._next()
        login = f"\0{user}\0{password}"
        self.call(spec.Connection.StartOk({}, "PLAIN", login, "en_US"), channel=0)
        self._send(spec.Connection.TuneOk(channel_max=2, frame_max=_FRAME_MAX, heartbeat=0), 0)
        self.call(spec.Connection.Open(vhost), channel=0)
        self.call(spec.Channel.Open())

    def call(self, method: spec.amqp_object.Method, channel: int = _CHANNEL) -> None:
        """Return once it is answered."""
        self._send(method, channel)
        self._next()

    def _send(self, method: spec.amqp_object.Method, channel: int) -> None:
        self.socket.sendall(framing.method(channel, method))

    def _next(self) -> None:
        size = int.from_bytes(self._exactly(7)[3:])
        self._exactly(size + 1)

    def _exactly(self, size: int) -> bytes:
        return self.socket.recv(size, socket.MSG_WAITALL)


class Confirms:
    """Up to which tag all are confirmed."""

    def __init__(self) -> None:
        self.upto = 0
        self._reader = framing.Reader()
        self._after = set[int]()

    def feed(self, data: bytes) -> None:
        for _, item in self._reader.feed(data):
            assert isinstance(item, framing.Confirmed), item
            assert item.stored
            if item.multiple:
                self.upto = item.tag
            else:
                self._after.add(item.tag)
        while self.upto + 1 in self._after:
            self.upto += 1
            self._after.remove(self.upto)


def spend(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def move(consuming: Line, publishing: Line, copy: bytes, count: int, burden: float) -> None:
    confirms, rest = Confirms(), b""
    while confirms.upto < count:
        ready, _, _ = select.select([consuming.socket, publishing.socket], [], [])
        if consuming.socket in ready:
            data = rest + consuming.socket.recv(_AT_ONCE)
            messages = data.count(_DELIVERY)
            spend(messages * burden)
            publishing.socket.sendall(copy * messages)
            rest = data[1 - len(_DELIVERY) :]
        if publishing.socket in ready:
            before = confirms.upto
            confirms.feed(publishing.socket.recv(_AT_ONCE))
            if confirms.upto > before:
                consuming.socket.sendall(framing.ack(_CHANNEL, confirms.upto, multiple=True))


def main(*arguments: str) -> None:
    port, vhost, user, source, target, count, prefetch, size, burden = arguments
    content = framing.content(_CHANNEL, _PROPERTIES, b"." * int(size), _FRAME_MAX)
    password = sys.stdin.readline().strip()
    consuming, publishing = (Line(int(port), vhost, user, password) for _ in range(2))
    publishing.call(spec.Confirm.Select())
    consuming.call(spec.Basic.Qos(prefetch_count=int(prefetch)))
    consuming.call(spec.Basic.Consume(queue=source))
    copy = framing.publishing(_CHANNEL, (b"", target.encode())) + content
    move(consuming, publishing, copy, int(count), float(burden))
    consuming.call(spec.Channel.Close(200, "", 0, 0))  # answered after the acknowledgements were read
    sys.stdin.read()  # whoever started this asks first how much processor time it took


if __name__ == "__main__":
    give_way()
    main(*sys.argv[1:])
