"""Counts of what has happened by a time, over many times at once."""

from collections.abc import Callable, Sequence
from math import ceil, floor, inf, log2

import numpy as np

from wqstudio.domain.series import Floats, Integers

_FIRST_ROOM = 1_024


class Steps:
    """When something happened, each time: unix seconds in rising order, the oldest dropped beyond ``most``.

    Reports of several processes come nearly in order, so they are put in order only when somebody asks.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._times: Floats = np.empty(_FIRST_ROOM)
        self._used = 0
        self._in_order = 0
        """How many at the front are in order, and before all later ones as far as these have been looked at."""
        self._dropped = 0
        self.horizon = -inf
        """Counts are right from this time on."""

    def add(self, times: Floats) -> None:
        """In any order."""
        if self._used + len(times) > len(self._times):
            self._make_room(len(times))
        self._times[self._used : self._used + len(times)] = times
        self._used += len(times)

    def by(self, at: Floats) -> Integers:
        """How many there had been at each of ``at``, that instant included: shape of ``at``."""
        return np.searchsorted(self._ordered(), at, side="right") + self._dropped

    def within(self, start: float, end: float) -> Floats:
        """Those after ``start``, up to ``end``."""
        times = self._ordered()
        first, last = np.searchsorted(times, (start, end), side="right")
        return times[first:last]

    def forget(self, now: float) -> None:
        """Keep the count alone."""
        self._dropped += self._used
        self._used = self._in_order = 0
        self.horizon = now

    def _ordered(self) -> Floats:
        times = self._times[: self._used]
        if self._in_order < self._used:
            late = times[self._in_order :].min()
            times[np.searchsorted(times[: self._in_order], late, side="right") :].sort(kind="stable")
            self._in_order = self._used
        return times

    def _make_room(self, count: int) -> None:
        times = self._ordered()
        if len(times) > self._most:
            self._dropped += len(times) - self._most
            self.horizon = float(times[-self._most - 1])
            times = times[-self._most :]
        room = max(_FIRST_ROOM, 2 * (len(times) + count))
        self._times = np.empty(min(room, len(times) + count + self._most // 4))
        self._times[: len(times)] = times
        self._used = self._in_order = len(times)


def each(*times: Floats) -> Floats:
    """Each time once, rising. Most of them are in order, which a stable sort is quick at, and ``unique`` is not."""
    joined = np.concatenate(times) if times else np.empty(0)
    joined.sort(kind="stable")
    once: Floats = joined[np.diff(joined, prepend=-inf) > 0]
    return once


def even(start: float, end: float, points: int) -> Floats:
    """Multiples of a power of two, which is exact, and the ends of the window besides."""
    if end <= start:
        return np.array([start])
    step = 2.0 ** floor(log2((end - start) / points))
    inner = np.arange(floor(start / step) + 1, ceil(end / step)) * step
    return np.concatenate([[start], inner, [end]])


def few(rises: Sequence[Floats], most: int) -> Floats:
    """About so many of the times at most, each array of which rises: the last of each of as many stretches."""
    every = max(1, -(-sum(map(len, rises)) // most))
    return np.concatenate([np.empty(0), *(each[::-1][::every] for each in rises)])


def highest(times: Floats, rises: Floats, count: Callable[[Floats], Integers]) -> Integers:
    """The most that ``count`` gives from each of ``times`` until the next. It rises at ``rises`` alone."""
    at = each(times, rises)
    most: Integers = np.maximum.reduceat(count(at), np.searchsorted(at, times))
    return most
