"""NATS header blocks as they are on the wire: read for a person, and rewritten for a copy.

Whatever is not taken out stays as it is, byte for byte.
"""

import re
from collections.abc import Sequence

from wqstudio.brokers.nats.link.wire_headers import START, fields, lines
from wqstudio.domain.letter import Header

MARK = "Wqs-Requeued"
"""Carries the mark of a copy that the studio made."""
MESSAGE_ID = "Nats-Msg-Id"
_ID, _MARK = f"{MESSAGE_ID}: ".encode(), f"\r\n{MARK}: ".encode()
BYTES = "bytes"
"""Type of a header whose value is not UTF-8, and is kept as bytes."""

_REASONS = (
    ("nats-original-", ""),  # a worker's, not the server's: it tells where a message came from, and goes on telling
    ("nats-expected-", "would have the copy refused: it names a state that the stream was in"),
    ("nats-msg-id", "the stream would take the copy for the message it had, and store nothing"),
    ("nats-ttl", "the copy would expire at once or soon"),
    ("nats-rollup", "would delete what is stored under the subject"),
    ("nats-schedul", "would be scheduled once more"),
    ("nats-batch-", "belongs to a batch that is past"),
    ("nats-incr", "would be counted once more"),
    ("nats-counter-", "belongs to the counter it was counted by"),
    ("nats-stream-source", "tells of the way it came here"),
    ("nats-trace-", "would have the server trace it once more"),
    ("nats-", "is the server's own, and may have it do something"),
    (MARK.lower(), "belongs to an earlier requeue"),
)
"""Why a header does not go along, by the beginning of its name; empty: it does. The first that fits says it."""
_SUSPECT = re.compile(rb"\r\n(?:nats-|wqs-requeued)", re.IGNORECASE)
_FIELD = re.compile(r"[!-9;-~]+")


class UnsendableHeaderError(ValueError):
    """The text says for a person what a header cannot be."""


def read(block: bytes) -> tuple[Header, ...]:
    return tuple(_header(name, value) for name, value in fields(block))


def write(headers: Sequence[Header]) -> bytes:
    """A whole block. UnsendableHeaderError."""
    return b"".join([START, *(_line(each) for each in headers), b"\r\n"]) if headers else b""


def marked(block: bytes, mark: str, message_id: str = "", *, restores: bool = False) -> bytes:
    """Without what may not go along, and with the mark of the copy, which is its message id where it has no other.

    One that ``restores`` what was there has it for its message id alone.
    """
    kept = block[:-2] if block else START
    if _SUSPECT.search(block):
        kept = START + b"".join(line for line in lines(block) if not why_stripped(_name(line)))
    text = mark.encode()
    if restores:
        return b"".join((kept, _ID, text, b"\r\n\r\n"))
    return b"".join((kept, _ID, message_id.encode() or text, _MARK, text, b"\r\n\r\n"))


def why_stripped(name: str) -> str:
    """Empty: it goes along."""
    lower = name.lower()
    return next((why for beginning, why in _REASONS if lower.startswith(beginning)), "")


def _name(line: bytes) -> str:
    return line.partition(b":")[0].decode(errors="replace")


def _header(name: bytes, content: bytes) -> Header:
    try:
        return Header(name.decode(errors="replace"), content.decode())
    except UnicodeDecodeError:
        return Header(name.decode(errors="replace"), content, BYTES)


def _line(header: Header) -> bytes:
    if not _FIELD.fullmatch(header.name):
        raise UnsendableHeaderError(
            f"A header cannot be named {header.name!r}: use letters, digits and signs, without spaces and colons."
        )
    content = header.value if isinstance(header.value, bytes) else str(header.value).encode()
    if b"\r" in content or b"\n" in content:
        raise UnsendableHeaderError(f"The value of header {header.name} has a line break; take it out.")
    return b"%b: %b\r\n" % (header.name.encode(), content)
