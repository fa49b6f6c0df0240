"""Things a broker has besides queues and consumers, as tables in its own words: exchanges, channels, policies."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from wqstudio.domain.reading import Reading

Cell: TypeAlias = str | int | float | Reading[int]


class Measure(Enum):
    """What the cells of a column are, and so how they read and sort."""

    TEXT = "text"
    COUNT = "count"
    RATE = "rate"
    """Per second."""
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    measure: Measure = Measure.TEXT
    tip: str = ""
    wraps: bool = False
    """Long enough to need several lines."""


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[Cell, ...]
    """One for each column of the listing; an empty text says that the column does not apply."""
    queue: str = ""
    """The queue this leads to, by ``QueueState.name``; empty: none, or several."""


@dataclass(frozen=True, slots=True)
class Listing:
    title: str
    columns: tuple[Column, ...]
    rows: Reading[Mapping[str, Row]]
    """By a key that stays with the thing from poll to poll and is never shown."""
    empty: str = ""
    """What would be here, for when there is nothing."""
