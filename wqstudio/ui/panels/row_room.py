"""How a line of the explorer shares its room: the name comes first, then the badges, then the last minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

_NAME_SHARE = 0.6
"""Of the room, kept for a long name before badges get any."""
_BADGE_KEPT = 44
"""Room for a badge that is not there at the moment, so that the last minute does not come and go with it."""


@dataclass(frozen=True, slots=True)
class Shares:
    badges: int
    """How many of them, counted from the most important."""
    in_words: bool
    sparkline: bool


def for_figure(room: int, name: int, figure: int, column: int) -> int:
    """Pixels for a figure: a ``column``, so that all stand alike; where that cuts the name, what it needs."""
    return column if room - column >= name else min(column, figure)


def share_out(room: int, name: int, short: Sequence[int], worded: Sequence[int], sparkline: int) -> Shares:
    """Widths in pixels; the badges', short and with their words, begin with the most important."""
    kept = min(name, int(room * _NAME_SHARE))
    fitting = sum(end <= room - kept for end in accumulate(short))
    return Shares(
        badges=fitting,
        in_words=name + sum(worded) + sparkline <= room,
        sparkline=name + max(sum(short), _BADGE_KEPT) + sparkline <= room,
    )
