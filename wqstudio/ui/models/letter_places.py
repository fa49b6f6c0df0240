"""Places in a line of letters: which of them are known already, and which have to be asked for. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def known_in(places: Sequence[range], known: Mapping[int, T]) -> dict[int, T]:
    return {place: known[place] for some in places for place in _common(some, known)}


def unknown_in(places: Sequence[range], known: Mapping[int, object]) -> Iterator[range]:
    """The runs between those that are known, in the order of the places."""
    for some in places:
        start = some.start
        for place in sorted(_common(some, known)):
            if start < place:
                yield range(start, place)
            start = place + 1
        if start < some.stop:
            yield range(start, some.stop)


def _common(places: range, known: Mapping[int, object]) -> Iterator[int]:
    """By the shorter of both: either may be a million."""
    if len(places) < len(known):
        return (place for place in places if place in known)
    return (place for place in known if place in places)
