"""Messages of tapped subscriptions, read past nats-py's parser: that one spends 5 µs and a coroutine on each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nats.errors import ProtocolError
from nats.protocol.parser import Parser

from wqstudio.background import report

Taker = Callable[[bytes, bytes, bytes, bytes], None]
"""Takes subject, reply subject, header block and body as they are on the wire."""
_PLAIN, _WITH_HEADERS = b"MSG", b"HMSG"


class TappingParser(Parser):
    """What is no message of a tapped subscription goes to nats-py's parser, one whole line or message at a time."""

    def __init__(self, client: Any, takers: Mapping[bytes, Taker]) -> None:
        """``takers`` by the numbers of their subscriptions, as they are on the wire."""
        self._takers = takers
        self._connections = 0
        super().__init__(client)

    def reset(self) -> None:
        """A new connection begins."""
        super().reset()
        self._connections += 1
        self._waiting: list[bytes] = []
        self._lacking = 0
        """Bytes that have to come before what waits can be whole."""

    async def parse(self, data: bytes = b"") -> None:
        if self._lacking > len(data):
            self._lacking -= len(data)
            self._waiting.append(data)
            return
        if self._waiting:
            data = b"".join([*self._waiting, data])
            self._waiting = []
        self._lacking = 0
        connection, at = self._connections, 0
        while at < len(data):
            at, left = self._take(data, at)
            if not left:
                return
            await super().parse(left)
            if self._connections != connection:
                return

    def _take(self, data: bytes, at: int) -> tuple[int, bytes]:
        """Give out tapped messages, and return what comes next and is for nats-py, with the place after it.

        Empty: there is no more that is whole; the rest waits.
        """
        takers, end = self._takers, len(data)
        while at < end:
            line = data.find(b"\r\n", at)
            if line < 0:
                self._lacking = 1
                break
            words, begin = data[at:line].split(), line + 2
            message = _message(words)
            if message is None:
                return begin, data[at:begin]
            sid, reply, head, size = message
            stop = begin + size + 2
            if stop > end:
                self._lacking = stop - end
                break
            take = takers.get(sid)
            if take is None:
                return stop, data[at:stop]
            body = begin + head
            try:
                take(words[1], reply, data[begin:body], data[body : stop - 2])
            except Exception as error:  # noqa: BLE001 - nats-py's read loop would end, and nobody be told
                report(error, f"what takes messages of {words[1]!r} failed")
            at = stop
        if at < end:
            self._waiting.append(data[at:])
        return end, b""


def _message(words: Sequence[bytes]) -> tuple[bytes, bytes, int, int] | None:
    """Its subscription, where to reply, and how many bytes its header block has, and that with its body.

    None: they are of something else.
    """
    kind = words[0] if words else b""
    try:
        if kind == _PLAIN:
            return words[2], words[3] if len(words) > 4 else b"", 0, int(words[-1])
        if kind == _WITH_HEADERS:
            return words[2], words[3] if len(words) > 5 else b"", int(words[-2]), int(words[-1])
    except (ValueError, IndexError) as error:
        raise ProtocolError("nats: malformed MSG") from error
    return None
