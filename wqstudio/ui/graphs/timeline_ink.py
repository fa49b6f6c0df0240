"""The colours of a timeline, and how its codes become pixels. No drawing here: numbers in, numbers out."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from wqstudio.domain.series import Integers
from wqstudio.domain.worker import Outcome
from wqstudio.engine.drawing import ink as timeline_ink
from wqstudio.ui.graphs.timeline_cells import BARS, EDGE, HELD, PRESENT, Codes, kind_of
from wqstudio.ui.theme import DARK, Concept, Tones

Pixels: TypeAlias = NDArray[np.uint32]
"""Opaque, ``0xffRRGGBB``: what Qt calls RGB32."""
Parts: TypeAlias = NDArray[np.uint8]
"""For each row of pixels of a lane, which part of it the row belongs to: one of the following."""

GAP, MARGIN, CORE = 0, 1, 2
"""Between two lanes; beside the bars, where only what is held shows; the bars."""
_PARTS, _PHASES, _CODES = 3, 8, 0x80
_STRIPE = 3
"""Of eight diagonals so many are the stripe of the hatching."""
_HELD_SHARE, _EDGE_SHARE, _STRIPE_SHARE = 0.34, 0.35, 0.45
"""How much of its colour a pale stretch, the beginning of a bar, and a stripe keep over what is below."""


def outcome_color(outcome: Outcome, tones: Tones) -> QColor:
    """As drawings without a window have it."""
    return QColor((timeline_ink.DARK if tones is DARK else timeline_ink.LIGHT).bar(outcome))


def mixed(color: QColor, ground: QColor, share: float) -> QColor:
    """``share`` of ``color`` over ``ground``."""
    pairs = ((color.red(), ground.red()), (color.green(), ground.green()), (color.blue(), ground.blue()))
    return QColor(*(round(one * share + other * (1 - share)) for one, other in pairs))


def held_color(tones: Tones) -> QColor:
    """Of what a worker holds and has not begun: in flight, but pale."""
    return mixed(Concept.IN_FLIGHT.color, QColor(tones.panel), _HELD_SHARE)


def present_color(tones: Tones) -> QColor:
    return mixed(QColor(tones.raised), QColor(tones.panel), 0.75)


def striped(color: QColor, tones: Tones) -> QColor:
    """The stripes of the hatching of a redelivery."""
    return mixed(color, QColor(tones.panel), _STRIPE_SHARE)


def heights(pitch: int) -> tuple[int, int, int]:
    """Of the margin, of the bar, and of the gap below the other margin, in a lane that is ``pitch`` pixels high."""
    gap = 2 if pitch >= 12 else 1
    margin = max(1, round((pitch - gap) * 0.17)) if pitch > 4 else 0
    return margin, pitch - gap - 2 * margin, gap


def parts(pitch: int) -> Parts:
    """Of a lane that is ``pitch`` pixels high, from top to bottom."""
    margin, core, gap = heights(pitch)
    return np.repeat(np.array([MARGIN, CORE, MARGIN, GAP], np.uint8), [margin, core, margin, gap])


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The colour of each code in each part of a lane, on each diagonal of the hatching."""

    table: Pixels
    """Of length codes × parts × phases, the phase running fastest."""

    @classmethod
    def of(cls, tones: Tones) -> "Ink":
        table = np.zeros((_CODES, _PARTS, _PHASES), np.uint32)
        for code in range(_CODES):
            for part in range(_PARTS):
                table[code, part] = _diagonals(code, part, tones)
        return cls(table.reshape(-1))

    def pixels(self, codes: Codes, lane_parts: Parts, column: int, rows: Integers) -> Pixels:
        """``codes`` and ``lane_parts`` are of the rows of pixels ``rows``; ``column`` is that of the first pixel.

        Hatching hangs on absolute columns, so that it moves along with the bars.
        """
        diagonal = (column % _PHASES + np.arange(codes.shape[1])[None, :] + rows[:, None]) % _PHASES
        index = codes.astype(np.intp) * (_PARTS * _PHASES)
        index += lane_parts[:, None].astype(np.intp) * _PHASES
        index += diagonal
        return self.table.take(index)


def _diagonals(code: int, part: int, tones: Tones) -> Pixels:
    plain = np.full(_PHASES, _rgb(_ground(code, part, tones)), np.uint32)
    kind = code & BARS
    if part != CORE or kind not in _KINDS:
        return plain
    outcome, again = _KINDS[kind]
    color = outcome_color(outcome, tones)
    if code & EDGE:
        color = mixed(color, QColor(tones.panel), _EDGE_SHARE)
    plain[:] = _rgb(color)
    if again:
        plain[:_STRIPE] = _rgb(striped(color, tones))
    return plain


_KINDS = {kind_of(outcome, again=again): (outcome, again) for outcome in Outcome for again in (False, True)}


def _ground(code: int, part: int, tones: Tones) -> QColor:
    """What lies below the bars."""
    if part != GAP and code & HELD:
        return held_color(tones)
    if part != GAP and code & PRESENT:
        return present_color(tones)
    return QColor(tones.panel)


def _rgb(color: QColor) -> int:
    return 0xFF000000 | color.rgb() & 0xFFFFFF
