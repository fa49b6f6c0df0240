"""The pixels of the strip below a timeline's lanes: an area for what waits, a dashed line for what is hoarded.

A path of as many corners takes Qt several times as long as filling all pixels by numpy. No drawing here.
"""

from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QColor

from wqstudio.domain.dispatch_rows import Marks
from wqstudio.domain.series import Floats, Integers
from wqstudio.ui.graphs.timeline_ink import Pixels, mixed
from wqstudio.ui.theme import Concept, Tones

_FILL_SHARE = 0.24
_DASH, _GAP = 5, 4
"""Pixels."""


@dataclass(frozen=True, slots=True)
class StripInk:
    """Opaque, ``0xffRRGGBB``."""

    ground: int
    grid: int
    area: int
    area_grid: int
    line: int
    dash: int

    @classmethod
    def of(cls, tones: Tones) -> "StripInk":
        waiting, ground, grid = Concept.WAITING.color, QColor(tones.panel), QColor(tones.line)
        colors = (ground, grid, mixed(waiting, ground, _FILL_SHARE), mixed(waiting, grid, _FILL_SHARE), waiting)
        return cls(*(color.rgb() for color in (*colors, Concept.IN_FLIGHT.color)))


@dataclass(frozen=True, slots=True, eq=False)
class StripShape:
    """What there is to draw, in pixels. ``waiting`` and ``hoarded`` are rows of shape (columns,), the top being 0;
    where nothing is hoarded nothing is dashed.
    """

    height: int
    waiting: Integers
    hoarded: Integers
    grid: Integers
    """Rows of the lines behind."""
    thickness: int
    phase: int
    """Absolute number of the first column, on which the dashes hang."""


def sampled(times: Floats, counts: Integers, at: Floats) -> Integers:
    """The step function at each of ``at``; 0 before it begins."""
    place = np.searchsorted(times, at, side="right") - 1
    return np.where(place >= 0, counts[np.maximum(place, 0)], 0) if len(counts) else np.zeros(len(at), np.int64)


def strip(shape: StripShape, ink: StripInk) -> Pixels:
    """Of shape (height, columns)."""
    rows = np.arange(shape.height)[:, None]
    below = rows >= shape.waiting[None, :]
    pixels = np.where(below, np.uint32(ink.area), np.uint32(ink.ground))
    for row in shape.grid.tolist():
        pixels[row] = np.where(below[row], np.uint32(ink.area_grid), np.uint32(ink.grid))
    pixels[_along(rows, shape.waiting, shape.thickness)] = ink.line
    column = shape.phase + np.arange(len(shape.hoarded))
    dashed = column % (shape.thickness * (_DASH + _GAP) // 2) < shape.thickness * _DASH // 2
    dashed &= shape.hoarded < shape.height - 1
    pixels[_along(rows, shape.hoarded, shape.thickness) & dashed[None, :]] = ink.dash
    return pixels


def _along(rows: Integers, line: Integers, thickness: int) -> Marks:
    """Where a line of steps is, with what joins two of them."""
    before = np.concatenate([line[:1], line[:-1]])
    top = np.minimum(line, before)
    along: Marks = (rows > top[None, :] - thickness) & (rows <= np.maximum(line, before)[None, :])
    return along
