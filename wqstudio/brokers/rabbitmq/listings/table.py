"""What a listing is made of."""

import re
from collections.abc import AsyncIterator, Callable, Sized
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from wqstudio.brokers.rabbitmq.management.records import Rate
from wqstudio.brokers.rabbitmq.management.sight import Sight
from wqstudio.domain.listing import Cell, Column
from wqstudio.domain.reading import Reading, Unknown

_NODES_END = re.compile(r" -> \S+")
_NO_STATISTICS = Unknown("the node has gathered no statistics of it yet")

S = TypeVar("S", bound=Sized)


class Entry(NamedTuple):
    """A row to be. ``cells`` are without the virtual host's."""

    key: tuple[str, ...]
    vhost: str
    cells: tuple[Cell, ...]
    queue: str = ""


@dataclass(frozen=True, slots=True)
class Table(Generic[S]):
    title: str
    columns: tuple[Column, ...]
    empty: str
    source: Callable[[Sight], Reading[S]]
    """What there is a row for."""
    beside: Callable[[Sight], tuple[object, ...]]
    """What else of the poll shows in the rows: while all of it is the same object, so are they."""
    entries: Callable[[S, Sight], AsyncIterator[Entry]]


def given(value: str | int | None) -> str | Reading[int]:
    return _NO_STATISTICS if value is None else value


def rate(details: Rate | None, sight: Sight) -> float | Unknown:
    """A node leaves out the rates of what has never happened."""
    if sight.no_rates is not None:
        return sight.no_rates
    return 0.0 if details is None else details.rate


def yes(value: bool) -> str:
    return "yes" if value else "no"


def short(name: str) -> str:
    """Of a connection or channel: without the node's end of it, which is much the same in all."""
    return _NODES_END.sub("", name)
