"""Rows next to each other, so that an item model announces them once instead of one by one; and those that stay."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def runs(rising: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of consecutive numbers."""
    first = last = None
    for number in rising:
        if last is None or first is None:
            first = last = number
        elif number == last + 1:
            last = number
        else:
            yield first, last
            first = last = number
    if first is not None and last is not None:
        yield first, last


def in_step(before: Sequence[T], now: Sequence[T]) -> set[T]:
    """Of those that are in both, some that come in the same order in both, so that none of these has to be moved."""
    places = {each: place for place, each in enumerate(before)}
    kept, last = set[T](), -1
    for each in now:
        if (place := places.get(each, -1)) > last:
            kept.add(each)
            last = place
    return kept
