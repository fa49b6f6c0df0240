"""What goes along with a copy, byte for byte, and what does not."""

import pytest

from wqstudio.brokers.nats.letters import header_block
from wqstudio.brokers.nats.letters.header_block import UnsendableHeaderError
from wqstudio.domain.letter import Header

TAIL = b"Nats-Msg-Id: m1\r\nWqs-Requeued: m1\r\n\r\n"


def _block(lines: bytes) -> bytes:
    return b"NATS/1.0\r\n" + lines + b"\r\n"


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        b"A: 1\r\nA: 2\r\na:3\r\n",
        b"Empty: \r\nBare:\r\nNo colon\r\nOdd: \xff\xfe\x80\r\n",
        b"Long: one\r\n two\r\n\tthree\r\n",
        b"X-Nats-Like: keeps\r\nContent: Nats-Msg-Id: x\r\n",
    ],
)
def test_what_is_the_users_goes_along_as_it_is(lines: bytes) -> None:
    assert header_block.marked(_block(lines), "m1") == b"NATS/1.0\r\n" + lines + TAIL


def test_without_headers_there_are_those_of_the_copy() -> None:
    assert header_block.marked(b"", "m1") == b"NATS/1.0\r\n" + TAIL


@pytest.mark.parametrize(
    "name",
    [
        "Nats-Expected-Last-Sequence", "Nats-Expected-Stream", "Nats-Msg-Id", "nats-msg-id", "Nats-TTL", "Nats-Rollup",
        "Nats-Schedule", "Nats-Scheduler", "Nats-Schedule-Target", "Nats-Batch-Id", "Nats-Incr", "Nats-Counter-Sources",
        "Nats-Stream-Source", "Nats-Sequence", "Nats-Trace-Dest", "Wqs-Requeued",
    ],
)  # fmt: skip
def test_what_the_server_would_act_on_stays_behind(name: str) -> None:
    block = _block(b"A: 1\r\n" + name.encode() + b": value\r\n folded\r\nB: 2\r\n")
    assert header_block.marked(block, "m1") == b"NATS/1.0\r\nA: 1\r\nB: 2\r\n" + TAIL
    assert header_block.why_stripped(name)


def test_headers_are_read_with_what_is_not_text_as_bytes() -> None:
    block = _block(b"A: 1\r\nA: \r\nOdd: \xff\r\nGr\xc3\xb6\xc3\x9fe: \xc3\xbc\r\nNo colon\r\n")
    assert header_block.read(block) == (
        Header("A", "1"),
        Header("A", ""),
        Header("Odd", b"\xff", "bytes"),
        Header("Größe", "ü"),
        Header("No colon", ""),
    )
    assert header_block.read(b"") == ()


def test_headers_that_were_read_can_be_written_again() -> None:
    headers = (Header("A", "1"), Header("A", ""), Header("Odd", b"\xff", "bytes"), Header("B", "ü"))
    assert header_block.read(header_block.write(headers)) == headers
    assert header_block.write(()) == b""


@pytest.mark.parametrize(
    "header", [Header("", "1"), Header("a b", "1"), Header("a:b", "1"), Header("ä", "1"), Header("a", "1\r\nB: 2")]
)
def test_headers_that_cannot_be_sent_are_named(header: Header) -> None:
    with pytest.raises(UnsendableHeaderError, match="eader"):
        header_block.write((header,))
