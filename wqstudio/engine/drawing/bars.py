"""Bars of one lane as they are drawn: those that have a width, and those too narrow, put together by the pixel."""

from dataclasses import dataclass

import numpy as np

from wqstudio.domain.delivery import Deliveries
from wqstudio.domain.dispatch_rows import lay_unbegun, never_begun, work_began
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.worker import Outcome

GRAVITY = (
    Outcome.ACKED,
    Outcome.FORWARDED,
    Outcome.NAKED,
    Outcome.TERMINATED,
    Outcome.EXPIRED,
    Outcome.CRASHED,
    Outcome.LOST,
)
"""Where several share a pixel, the last of them shows: what went wrong is what people look for."""
RARE = (Outcome.FORWARDED, Outcome.LOST)
"""Of few runs: of schedulers, and of workers that acknowledge on receipt and fail."""
_PLACES = np.array([GRAVITY.index(outcome) for outcome in sorted(Outcome)])
_LEVELS = 4
"""Of how much of a pixel is filled."""


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Columns of shape (n,); pixels."""

    left: Floats
    width: Floats
    rank: Integers
    """As ``ranks_of`` has it."""
    filled: Floats
    """Share of the width that is work, above 0, at most 1."""
    row: Integers
    """Of the delivery; -1: several."""


def rank_of(outcome: Outcome, *, again: bool) -> int:
    """Place in ``GRAVITY``, doubled, and one more for a redelivery: the graver, the higher."""
    return 2 * int(_PLACES[outcome]) + again


def ranks_of(settled: Deliveries) -> Integers:
    """The same of each: shape (n,)."""
    ranks: Integers = 2 * _PLACES[settled["outcome"]] + (settled["deliveries"] > 1)
    return ranks


def bars_of(settled: Deliveries, rows: Integers, start: float, scale: float, cell: float) -> Bars:
    """``rows``: those of the lane. ``scale``: pixels a second; ``cell``: pixels below which bars are put together.

    Each delivery has a bar: what a worker lost without having begun it fills a cell where it was lost.
    """
    mine = settled[rows]
    begun = work_began(mine)
    left, right = (begun - start) * scale, (mine["ended"] - start) * scale
    ranks = ranks_of(mine)
    wide = right - left >= 1.5 * cell
    full = np.where(never_begun(mine), cell, right - left)
    merged = _merged((left + right)[~wide] / 2, full[~wide], ranks[~wide], cell)
    single = Bars(left[wide], (right - left)[wide], ranks[wide], np.ones(int(wide.sum())), rows[wide])
    return Bars(*(np.concatenate([getattr(merged, name), getattr(single, name)]) for name in Bars.__slots__))


def held_spans(settled: Deliveries, start: float, scale: float) -> tuple[Floats, Floats]:
    """Where a worker held anything that it had not begun: left ends and widths of stretches that do not touch."""
    settled = settled[lay_unbegun(settled)]
    left = (settled["received"] - start) * scale
    right = (work_began(settled) - start) * scale
    order = np.argsort(left, kind="stable")
    if not len(order):
        return np.empty(0), np.empty(0)
    left, right = left[order], np.maximum.accumulate(right[order])
    first = np.concatenate([[True], left[1:] > right[:-1]])
    last = np.concatenate([first[1:], [True]])
    return left[first], right[last] - left[first]


def _merged(middle: Floats, full: Floats, ranks: Integers, cell: float) -> Bars:
    """``full``: pixels of its cell that each fills."""
    cells = np.floor(middle / cell).astype(np.int64)
    each, index = np.unique(cells, return_inverse=True)
    gravest = np.zeros(len(each), np.int64)
    np.maximum.at(gravest, index, ranks)
    filled = np.minimum(np.bincount(index, full, len(each)) / cell, 1.0)
    level = np.ceil(filled * _LEVELS).astype(np.int64)
    new = np.ones(len(each), np.bool_)
    new[1:] = (np.diff(each) != 1) | (np.diff(gravest) != 0) | (np.diff(level) != 0)
    starts = np.flatnonzero(new)
    lengths = np.diff(np.concatenate([starts, [len(each)]]))
    return Bars(
        each[starts] * np.float64(cell),
        lengths * np.float64(cell),
        gravest[starts],
        np.maximum(level[starts], 1) / _LEVELS,
        np.full(len(starts), -1, np.int64),
    )
