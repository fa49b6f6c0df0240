"""What a graph draws, as data, and the arithmetic on it. No drawing here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from wqstudio.domain.series import Floats


class Stroke(Enum):
    """Tells lines apart without their colour."""

    SOLID = Qt.PenStyle.SolidLine
    DASHED = Qt.PenStyle.DashLine
    DOTTED = Qt.PenStyle.DotLine
    DASH_DOT = Qt.PenStyle.DashDotLine


STROKES = tuple(Stroke)


@dataclass(frozen=True, slots=True)
class Curve:
    """``times``: unix seconds, shape (n,), rising; ``values``: shape (n,), NaN where unknown."""

    name: str
    color: QColor
    times: Floats
    values: Floats
    stroke: Stroke = Stroke.SOLID
    filled: bool = False
    top: Floats | None = None
    """Where the curve lies on others: the height at which it is drawn; ``values`` are still its own."""

    @property
    def heights(self) -> Floats:
        return self.values if self.top is None else self.top

    @property
    def latest(self) -> float:
        return float(self.values[-1]) if len(self.values) else float("nan")

    @property
    def latest_height(self) -> float:
        return float(self.heights[-1]) if len(self.heights) else float("nan")

    def until(self, time: float) -> "Curve":
        """The same curve without the rows after ``time``."""
        rows = int(np.searchsorted(self.times, time, side="right"))
        top = None if self.top is None else self.top[:rows]
        return replace(self, times=self.times[:rows], values=self.values[:rows], top=top)

    def at(self, time: float) -> float:
        """The value of the row nearest to ``time``; NaN where there is none near."""
        if not len(self.times):
            return float("nan")
        nearest = int(np.abs(self.times - time).argmin())
        near = abs(self.times[nearest] - time) <= _patience(self.times) / 2
        return float(self.values[nearest]) if near else float("nan")


def decimate(times: Floats, values: Floats, buckets: int, span: float) -> tuple[Floats, Floats]:
    """Keep the least and the greatest value of each of ``buckets`` per ``span`` seconds, so that no peak is lost.

    The buckets are fixed in time, so that a scrolling picture does not shimmer. A bucket is unknown where all of
    it is.
    """
    if len(times) <= 2 * buckets:
        return times, values
    number = np.floor(times / (span / buckets)).astype(np.int64)
    first = np.flatnonzero(np.diff(number, prepend=number[0] - 1))
    last = np.append(first[1:], len(times)) - 1
    low, high = np.fmin.reduceat(values, first), np.fmax.reduceat(values, first)
    with np.errstate(invalid="ignore"):
        rising = values[first] <= values[last]
    pairs = np.where(rising[:, None], np.stack([low, high], 1), np.stack([high, low], 1))
    return np.stack([times[first], times[last]], 1).ravel(), pairs.ravel()


def gaps(times: Floats, known: NDArray[np.bool_], end: float, least: int = 1) -> list[tuple[float, float]]:
    """Stretches in which ``least`` rows or more are unknown: from the last known row to the next, or to ``end``.

    Rows that stayed away count as unknown too (the machine slept, a poll hangs). At the beginning one row more is
    forgiven: a thing that has just come was not there at the poll before.
    """
    if not len(times):
        return []
    patience = _patience(times)
    found: list[tuple[float, float]] = []
    rows = np.flatnonzero(known)
    if not len(rows):
        return [(float(times[0]), max(end, float(times[-1])))] if len(times) >= least else []
    if rows[0] > least:
        found.append((float(times[0]), float(times[rows[0]])))
    for before, after in pairwise(rows):
        if after - before > least or times[after] - times[before] > patience:
            found.append((float(times[before]), float(times[after])))
    if len(times) - 1 - rows[-1] >= least or end - times[-1] > patience:
        found.append((float(times[rows[-1]]), max(end, float(times[-1]))))
    return found


def _patience(times: Floats) -> float:
    """Seconds between two rows beyond which some are missing."""
    return max(5.0, 4 * float(np.median(np.diff(times)))) if len(times) > 1 else 5.0


def broken(times: Floats, values: Floats, at: Sequence[tuple[float, float]]) -> tuple[Floats, Floats]:
    """The same line with a hole in every gap, also where no row says so."""
    if not at:
        return times, values
    index = np.searchsorted(times, [(begin + end) / 2 for begin, end in at])
    return np.insert(times, index, [(begin + end) / 2 for begin, end in at]), np.insert(values, index, np.nan)


def value_scale(highest: float) -> tuple[float, float]:
    """The upper end of the value axis and the step between its ticks: round numbers, so that they seldom move."""
    wanted = max(4.0, highest * 1.08) if np.isfinite(highest) else 4.0
    power = 10.0 ** np.floor(np.log10(wanted / 4))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * 5 >= wanted)
    return float(np.ceil(wanted / step) * step), float(step)
