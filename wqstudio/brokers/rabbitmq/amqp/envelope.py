"""Surgery on a message's encoded properties: what is not taken out or put in goes on byte for byte.

A letter that is moved is not decoded. Its headers are walked over, entry by entry, and only where one of those that
have to go may be among them.
"""

import re
import struct
from collections.abc import Collection
from functools import lru_cache
from hashlib import blake2b

import msgspec

from wqstudio.brokers.rabbitmq.amqp.codec import MalformedTableError, decode_table

FINGERPRINT = 16
"""Bytes."""
_FLAGS = struct.Struct(">H")
_LENGTH = struct.Struct(">I")
_HEADERS = 0x2000
_BEFORE_HEADERS = (0x8000, 0x4000)
"""Content type and encoding: short texts."""
_ANY_BEFORE = sum(_BEFORE_HEADERS)
_RETURNED = b"\x10x-delivery-count"
_COUNTS = (_RETURNED, b"\x10x-acquired-count")
"""What a quorum queue counts at each look."""
_WIDTHS = {
    **dict.fromkeys(b"V", 0),
    **dict.fromkeys(b"tbB", 1),
    **dict.fromkeys(b"sUu", 2),
    **dict.fromkeys(b"Iif", 4),
    **dict.fromkeys(b"D", 5),
    **dict.fromkeys(b"lLdT", 8),
}
"""Bytes of a value by its type; those not here have their length before them."""


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """Properties, taken apart around the headers."""

    flags: int
    before: bytes
    table: bytes
    """The headers' entries, without the length before them."""
    after: bytes

    def encode_with(self, table: bytes) -> bytes:
        """With these entries in the place of its own."""
        if not table:
            return b"%b%b%b" % (_FLAGS.pack(self.flags & ~_HEADERS), self.before, self.after)
        head, length = _FLAGS.pack(self.flags | _HEADERS), _LENGTH.pack(len(table))
        return b"%b%b%b%b%b" % (head, self.before, length, table, self.after)


class Names:
    """Header names to be found, or taken out, together."""

    def __init__(self, names: Collection[bytes]) -> None:
        self._beginnings = tuple(_beginning(name) for name in sorted(names))
        self._suspect = re.compile(b"|".join(map(re.escape, self._beginnings)))

    def taken_out(self, table: bytes) -> bytes:
        """The entries without those of these names. MalformedTableError."""
        if self._suspect.search(table) is None:  # most have none of them, and need no walk
            return table
        return b"".join([entry for entry in entries(table) if not entry.startswith(self._beginnings)])


def split(properties: bytes) -> Envelope:
    """MalformedTableError when they are cut short."""
    try:
        flags = properties[0] << 8 | properties[1]
        at = 2
        if flags & _ANY_BEFORE:
            for bit in _BEFORE_HEADERS:
                if flags & bit:
                    at += 1 + properties[at]
        if not flags & _HEADERS:
            return Envelope(flags, properties[2:at], b"", properties[at:])
        start = at + 4
        end = start + _LENGTH.unpack_from(properties, at)[0]
    except (struct.error, IndexError) as error:
        raise MalformedTableError("the message's properties are cut short") from error
    if end > len(properties):
        raise MalformedTableError("the message's headers are cut short")
    return Envelope(flags, properties[2:at], properties[start:end], properties[end:])


def entries(table: bytes) -> list[bytes]:
    """Each with its name, the length before that, and its type. MalformedTableError."""
    found = []
    at, end = 0, len(table)
    width_of, length = _WIDTHS.get, _LENGTH.unpack_from
    try:
        while at < end:
            start = at
            at += 1 + table[at]
            width = width_of(table[at])
            at += 1 + width if width is not None else 5 + length(table, at + 1)[0]
            found.append(table[start:at])
    except (struct.error, IndexError) as error:
        raise MalformedTableError("the message's headers are not an AMQP table") from error
    if at != end:
        raise MalformedTableError("the message's headers are not an AMQP table")
    return found


def text_entry(name: bytes, text: bytes) -> bytes:
    """A header whose value is a text, as an entry of a table."""
    return b"%c%bS%b%b" % (len(name), name, _LENGTH.pack(len(text)), text)


def fingerprint(routing_key: str, properties: bytes, body: bytes) -> bytes:
    """Of a letter whose properties stay as they are, whoever looks at it."""
    whole = b"%b%b%b%b" % (_route(routing_key), _LENGTH.pack(len(properties)), properties, body)
    return blake2b(whole, digest_size=FINGERPRINT).digest()


@lru_cache(maxsize=1_000)
def _route(routing_key: str) -> bytes:
    """With its length; mostly that of the letter before."""
    route = routing_key.encode(errors="surrogateescape")
    return _FLAGS.pack(len(route)) + route


def lasting(properties: bytes) -> bytes:
    """What stays the same at each look into a quorum queue, which does not only count it among the headers: it sorts
    them at that. Of properties that make no sense, all of them.
    """
    try:
        whole = split(properties)
        found = entries(whole.table)
    except MalformedTableError:
        return properties
    kept = sorted([entry for entry in found if not entry.startswith(_COUNTS)])
    return properties if kept == found != [] else whole.encode_with(b"".join(kept))


def _beginning(name: bytes) -> bytes:
    """Of an entry of that name, and of no other's."""
    return bytes((len(name),)) + name


def returns(properties: bytes) -> int:
    """How often a quorum queue was given the message back; 0 where none counts, or it makes no sense."""
    try:
        table = split(properties).table
        if _RETURNED not in table:
            return 0
        for entry in entries(table):
            if entry.startswith(_RETURNED):
                value = next(iter(decode_table(_LENGTH.pack(len(entry)) + entry).values()))
                return value if isinstance(value, int) else 0
    except MalformedTableError:
        pass
    return 0
