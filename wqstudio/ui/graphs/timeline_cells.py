"""What a timeline shows of many deliveries: one byte for each pixel column of each lane.

However many deliveries there are, no more than lanes × columns bytes come of them. In a column into which several
fall, the gravest is kept, so that no crash is lost among acknowledgements. No drawing here.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wqstudio.domain.delivery import Deliveries
from wqstudio.domain.dispatch_rows import lay_unbegun, work_began
from wqstudio.domain.series import Integers
from wqstudio.domain.worker import Outcome
from wqstudio.engine.drawing.bars import rank_of, ranks_of

Codes: TypeAlias = NDArray[np.uint8]
"""Shape (lanes, columns). The low bits are a kind (``BARS``), the others are the flags below."""

BARS = 0x0F
"""Mask of the kind: 0 where there is no bar, else ``kind_of``."""
EDGE, HELD, PRESENT = 0x10, 0x20, 0x40
"""A bar begins here; something is held and not begun; the worker is there."""

_SHOWS_EDGE = 3
"""Columns a bar must have for its beginning to be set off from the bar before."""


def kind_of(outcome: Outcome, *, again: bool) -> int:
    """The kind of a bar; ``again``: it is a redelivery. The graver, the higher."""
    return 1 + rank_of(outcome, again=again)


@dataclass(frozen=True, slots=True)
class Bars:
    """Deliveries on a grid of columns: arrays of shape (n,). Columns count from the epoch; a range ends before
    ``stop``.
    """

    lane: Integers
    start: Integers
    """Where the work began."""
    stop: Integers
    held: Integers
    """Where it was received, if it lay there unbegun."""
    kind: Codes

    def __len__(self) -> int:
        return len(self.lane)

    def within(self, first: int, last: int) -> "Bars":
        """Those that show anything in the columns from ``first`` to before ``last``."""
        rows = (self.stop > first) & (np.minimum(self.held, self.start) < last) & (self.lane >= 0)
        return Bars(self.lane[rows], self.start[rows], self.stop[rows], self.held[rows], self.kind[rows])

    @property
    def reach(self) -> tuple[int, int]:
        """The columns from the first that any of them touches to behind the last; (0, 0) where there are none."""
        if not len(self):
            return 0, 0
        return int(min(self.held.min(), self.start.min())), int(self.stop.max())


def bars(deliveries: Deliveries, lanes: Integers, scale: float) -> Bars:
    """``lanes[worker]`` is a worker's lane, or -1: it has none. ``scale``: seconds that a column is long.

    What a worker lost without ever having begun it is a bar of one column where it was lost.
    """
    worker = deliveries["worker"]
    known = worker < len(lanes)
    lane = np.where(known, lanes[np.where(known, worker, 0)], -1) if len(lanes) else np.full(len(worker), -1)
    start, stop = _column(work_began(deliveries), scale), _column(deliveries["ended"], scale)
    kind = (1 + ranks_of(deliveries)).astype(np.uint8)
    held = np.where(lay_unbegun(deliveries), _column(deliveries["received"], scale), start)
    return Bars(lane, start, np.maximum(stop, start + 1), held, kind)


def draw(codes: Codes, first: int, drawn: Bars) -> None:
    """Lay ``drawn`` onto what ``codes``, whose first column is ``first``, show already."""
    reach = drawn.reach
    begin, end = (min(max(each - first, 0), codes.shape[1]) for each in reach)
    if begin < end:
        touched = codes[:, begin:end].copy()
        _draw(touched, first + begin, drawn.within(first + begin, first + end))
        codes[:, begin:end] = touched


def _draw(codes: Codes, first: int, inside: Bars) -> None:
    lanes, columns = codes.shape
    start, stop, held = (np.clip(each - first, 0, columns) for each in (inside.start, inside.stop, inside.held))
    codes |= np.where(_depth(inside.lane, held, start, lanes, columns) > 0, np.uint8(HELD), np.uint8(0))
    flat, begins, lengths = codes.reshape(-1), inside.lane * columns + start, np.maximum(stop - start, 0)
    light = inside.kind == kind_of(Outcome.ACKED, again=False)
    _fill(flat, begins[light], lengths[light], inside.kind[light])
    grave = np.flatnonzero(~light)
    grave = grave[np.argsort(inside.kind[grave], kind="stable")]
    _fill(flat, begins[grave], lengths[grave], inside.kind[grave])
    edged = (inside.stop - inside.start >= _SHOWS_EDGE) & (inside.start >= first) & (inside.start < first + columns)
    flat[begins[edged]] |= EDGE


def be_present(codes: Codes, first: int, since: Integers, until: Integers) -> None:
    """Say of each lane, by its worker's first column and the one behind its last, where the worker was there."""
    column = first + np.arange(codes.shape[1])
    there = (column >= since[:, None]) & (column < until[:, None])
    codes |= np.where(there, np.uint8(PRESENT), np.uint8(0))


def _column(times: NDArray[np.float64], scale: float) -> Integers:
    return np.floor(times / scale).astype(np.int64)


def _fill(flat: Codes, begins: Integers, lengths: Integers, kind: Codes) -> None:
    """``kind`` never falls along the rows, so that of several in one cell the last is the gravest."""
    total = int(lengths.sum())
    if not total:
        return
    cells = np.repeat(begins - (np.cumsum(lengths) - lengths), lengths) + np.arange(total)
    new, old = np.repeat(kind, lengths), flat[cells]
    flat[cells] = np.maximum(new, old & BARS) | (old & ~np.uint8(BARS))


def _depth(lane: Integers, start: Integers, stop: Integers, lanes: int, columns: int) -> Integers:
    """How many of the ranges cover each cell: counted at their ends, since a worker may hold hundreds for long."""
    wide = columns + 1
    size = lanes * wide
    risen = np.bincount(lane * wide + start, minlength=size)
    fallen = np.bincount(lane * wide + np.maximum(stop, start), minlength=size)
    return np.cumsum((risen - fallen).reshape(lanes, wide), axis=1)[:, :columns]
