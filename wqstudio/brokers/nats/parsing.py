"""Messages of tapped subscriptions, read past nats-py's parser: that one spends 5 µs and a coroutine on each."""

from collections.abc import Callable, Mapping
from typing import Any

from nats.errors import ProtocolError
from nats.protocol.parser import Parser

Taker = Callable[[bytes, bytes, bytes], None]
"""Takes subject, header block and body as they are on the wire."""
_PLAIN, _WITH_HEADERS = b"MSG ", b"HMSG"


class TappingParser(Parser):
    """What is no message of a tapped subscription goes to nats-py's parser, one whole line or message at a time."""

    def __init__(self, client: Any, takers: Mapping[int, Taker]) -> None:
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
            kind, stop = data[at : at + 4], line + 2
            if kind not in {_PLAIN, _WITH_HEADERS}:
                return stop, data[at:stop]
            words, sid, body, stop = _message(data, at, line)
            if stop > end:
                self._lacking = stop - end
                break
            take = takers.get(sid)
            if take is None:
                return stop, data[at:stop]
            take(words[1], data[line + 2 : body], data[body : stop - 2])
            at = stop
        if at < end:
            self._waiting.append(data[at:])
        return end, b""


def _message(data: bytes, at: int, line: int) -> tuple[list[bytes], int, int, int]:
    """The words of its first line, its subscription, and where its body begins and what follows it."""
    words = data[at:line].split()
    try:
        head = int(words[-2]) if data[at] == _WITH_HEADERS[0] else 0
        return words, int(words[2]), line + 2 + head, line + 4 + int(words[-1])
    except (ValueError, IndexError) as error:
        raise ProtocolError("nats: malformed MSG") from error
