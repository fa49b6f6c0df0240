"""Rows next to each other, so that an item model announces them once instead of one by one."""

from collections.abc import Iterable, Iterator


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
