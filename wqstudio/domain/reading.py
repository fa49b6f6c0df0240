"""A number that was read, or the reason why it could not be."""

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unknown:
    """Stands where a value could not be read. Never shown as zero, nor as an empty list."""

    reason: str
    by_nature: bool = False
    """The broker has no such figure: it need not be looked for, nor its place kept."""


Reading: TypeAlias = T | Unknown


def known(reading: Reading[T], default: T) -> T:
    """The value, or ``default`` where a sum or a sort has to go on without it."""
    return default if isinstance(reading, Unknown) else reading


def total(readings: "list[Reading[int]]") -> Reading[int]:
    """The sum; one unknown term makes the sum unknown, for the reason of that term."""
    for reading in readings:
        if isinstance(reading, Unknown):
            return reading
    return sum(r for r in readings if not isinstance(r, Unknown))
