"""Messages of tapped subscriptions find their takers, whatever pieces they come in, and the rest finds nats-py."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st
from nats.errors import ProtocolError

from wqstudio.brokers.nats.link.parsing import TappingParser

_BLOCK = b"NATS/1.0\r\nA: b\r\n\r\n"
_SENT = (
    b"PING\r\n"
    b"MSG tapped.a 7 3\r\none\r\n"
    b"MSG tapped.b 7 reply.to 0\r\n\r\n"
    b"HMSG tapped.c 7 %d %d\r\n%btwo\r\nlines\r\n"
    b"MSG other 8 5\r\nPING\n\r\n"
    b"-ERR 'a complaint'\r\n"
    b"HMSG other 8 reply.to %d %d\r\n%b\r\n"
    b"HMSG tapped.d 7 reply.to %d %d\r\n%bMSG \r\n\r\n"
    b"PONG\r\n"
) % (len(_BLOCK), len(_BLOCK) + 10, _BLOCK, len(_BLOCK), len(_BLOCK), _BLOCK, len(_BLOCK), len(_BLOCK) + 6, _BLOCK)


class Heard:
    """What nats-py's client is told by its parser, and the taker by ours, in order."""

    def __init__(self) -> None:
        self.all: list[tuple[Any, ...]] = []

    def take(self, subject: bytes, reply: bytes, headers: bytes, body: bytes) -> None:
        self.all.append(("tapped", subject, reply, headers, body))

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes | None) -> None:
        self.all.append((sid, subject, reply, data, headers))

    async def _process_err(self, text: str) -> None:
        self.all.append(("error", text))

    async def _process_ping(self) -> None:
        self.all.append(("ping",))

    async def _process_pong(self) -> None:
        self.all.append(("pong",))


_EXPECTED = [
    ("ping",),
    ("tapped", b"tapped.a", b"", b"", b"one"),
    ("tapped", b"tapped.b", b"reply.to", b"", b""),
    ("tapped", b"tapped.c", b"", _BLOCK, b"two\r\nlines"),
    (8, b"other", b"", b"PING\n", None),
    ("error", "'a complaint'"),
    (8, b"other", b"reply.to", b"", _BLOCK),
    ("tapped", b"tapped.d", b"reply.to", _BLOCK, b"MSG \r\n"),
    ("pong",),
]


@given(st.lists(st.integers(1, len(_SENT)), max_size=30))
async def test_pieces_of_any_size_mean_the_same(cuts: list[int]) -> None:
    heard = Heard()
    parser = TappingParser(heard, {b"7": heard.take})
    places = sorted({0, *cuts, len(_SENT)})
    for start, stop in pairwise(places):
        await parser.parse(_SENT[start:stop])
    assert heard.all == _EXPECTED


async def test_bytes_one_by_one() -> None:
    heard = Heard()
    parser = TappingParser(heard, {b"7": heard.take})
    for each in _SENT:
        await parser.parse(bytes((each,)))
    assert heard.all == _EXPECTED


async def test_a_new_connection_begins_anew() -> None:
    """Half a message of the one before is none of the next."""
    heard = Heard()
    parser = TappingParser(heard, {b"7": heard.take})
    await parser.parse(b"MSG tapped.a 7 100\r\nhalf")
    parser.reset()
    await parser.parse(_SENT)
    assert heard.all == _EXPECTED


async def test_a_taker_that_fails_is_reported_and_hears_what_comes_next() -> None:
    """Else nats-py would read nothing more, and say so to nobody."""
    reported: list[Exception] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    taken: list[bytes] = []

    def take(subject: bytes, reply: bytes, headers: bytes, body: bytes) -> None:
        del subject, reply, headers
        taken.append(body)
        raise ZeroDivisionError

    await TappingParser(Heard(), {b"7": take}).parse(b"MSG tapped.a 7 3\r\none\r\nMSG tapped.a 7 3\r\ntwo\r\n")
    assert taken == [b"one", b"two"]
    assert [type(error) for error in reported] == [ZeroDivisionError] * 2


@pytest.mark.parametrize("line", [b"MSG tapped.a 7 many\r\n", b"HMSG tapped.a\r\n"])
async def test_a_message_that_makes_no_sense_ends_the_connection(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        await TappingParser(Heard(), {}).parse(line)
