"""Listings of the management API into records, in steps short enough for the window's loop."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Generic, TypeVar, get_args

import msgspec

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.rabbitmq.management.naming import Place
from wqstudio.domain.reading import Unknown

MALFORMED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises over an answer that makes no sense."""

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """``unread`` are those of which nothing but the name could be read, and why."""

    items: tuple[T, ...]
    unread: Mapping[Place, Unknown]


class Items(Generic[T]):
    def __init__(self, record: type[T]) -> None:
        self._decoder = msgspec.json.Decoder(record)
        self._read: dict[object, T] = {}
        self._unread: dict[Place, Unknown] = {}
        self._by_name = "name" in record.__struct_fields__

    async def add(self, items: Iterable[msgspec.Raw]) -> None:
        async for item in paced(items):
            try:
                record = self._decoder.decode(item)
            except MALFORMED as error:
                why = f"what the management API says of it makes no sense ({error})"
                self._unread[_place_of(item)] = Unknown(why)
                continue
            self._read[self._key(record)] = record

    def _key(self, record: T) -> object:
        if not self._by_name:
            return len(self._read)
        return getattr(record, "vhost", ""), getattr(record, "name", "")

    def listing(self) -> Listing[T]:
        return Listing(tuple(self._read.values()), self._unread)


class _OnlyPlace(msgspec.Struct):
    name: str = "?"
    vhost: str = ""


def _place_of(item: msgspec.Raw) -> Place:
    try:
        known = msgspec.json.decode(item, type=_OnlyPlace)
    except MALFORMED:
        return Place("", "?")
    return Place(known.vhost, known.name)


@functools.cache
def columns(record: type[msgspec.Struct]) -> str:
    """What RabbitMQ is to send of a thing: the fields of the record, and of records in it."""
    return ",".join(_column_names(record))


def _column_names(record: type[msgspec.Struct]) -> Iterator[str]:
    for field in msgspec.structs.fields(record):
        inner = _record_in(field.type)
        if inner is None:
            yield field.encode_name
        else:
            yield from (f"{field.encode_name}.{name}" for name in _column_names(inner))


def _record_in(kind: Any) -> type[msgspec.Struct] | None:
    """Of ``Record``, or ``Record`` or something else."""
    kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    return next((each for each in kinds if isinstance(each, type) and issubclass(each, msgspec.Struct)), None)
