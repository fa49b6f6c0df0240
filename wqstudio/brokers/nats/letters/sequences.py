"""Which sequences of a stream are meant, by position: a page amid a million costs what the first one does."""

from collections.abc import Collection
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wqstudio.brokers.nats.jetstream.records import StreamState

Sequences = NDArray[np.int64]
"""Ascending."""


class Line(Protocol):
    def __len__(self) -> int: ...

    @property
    def dense(self) -> bool:
        """Nothing else is stored between them."""
        ...

    def span(self, first: int, count: int) -> Sequences:
        """Those at positions ``first`` and after."""
        ...

    def between(self, low: int, high: int) -> Sequences:
        """Both inclusive."""
        ...


def begins_alike(line: Line, before: Line) -> bool:
    """What was at a place ``before`` is there still."""
    count = len(before)
    return len(line) >= count and np.array_equal(line.span(0, count), before.span(0, count))


class WholeStream:
    """All that is stored, kept as the gaps between: what was deleted is all that takes memory."""

    dense = True

    def __init__(self, state: StreamState) -> None:
        empty = not state.messages  # a stream in a file that was never used counts its sequence 0 as deleted
        self._first, self._last = (1, 0) if empty else (state.first_seq, state.last_seq)
        deleted = np.sort(np.array(() if empty else state.deleted or (), np.int64))
        self._before = deleted - self._first - np.arange(len(deleted))
        """For each deleted sequence the number of stored ones before it."""
        self._deleted = deleted

    def __len__(self) -> int:
        return self._last - self._first + 1 - len(self._deleted)

    def span(self, first: int, count: int) -> Sequences:
        positions = np.arange(first, max(first, min(first + count, len(self))), dtype=np.int64)
        return self._first + positions + np.searchsorted(self._before, positions, "right")

    def between(self, low: int, high: int) -> Sequences:
        return self.span(self._position(low), self._position(high + 1) - self._position(low))

    def _position(self, sequence: int) -> int:
        """How many lie before it."""
        inside = min(max(sequence, self._first), self._last + 1)
        return inside - self._first - int(np.searchsorted(self._deleted, inside, "left"))


class Listed:
    """Some of what is stored."""

    dense = False

    def __init__(self, sequences: Sequences) -> None:
        self._sequences = sequences

    def __len__(self) -> int:
        return len(self._sequences)

    def span(self, first: int, count: int) -> Sequences:
        return self._sequences[first : first + count]

    def between(self, low: int, high: int) -> Sequences:
        return self._sequences[np.searchsorted(self._sequences, low) : np.searchsorted(self._sequences, high, "right")]


def chosen(line: Line, sequences: Collection[int]) -> Listed:
    """Those of ``sequences`` that are in the line."""
    wanted = np.unique(np.fromiter(sequences, np.int64, len(sequences)))
    if not len(wanted):
        return Listed(wanted)
    return Listed(np.intersect1d(wanted, line.between(int(wanted[0]), int(wanted[-1])), assume_unique=True))
