"""How long a stretch of time is shown of what has just begun: long enough for all of it, and hardly longer."""

from math import inf

FIRST = 5.0
"""Seconds; twice as many whenever they are nearly full."""
AIR = 0.02
"""Of the stretch, before the beginning."""
_FULL = 0.94
"""Of the stretch."""
_MOVES = 0.5
"""Seconds that it takes to become twice as long: the eye follows, and bars do not jump."""


def stretch(elapsed: float, most: float = inf) -> float:
    """Seconds to be shown when so many have passed since the beginning.

    It stands still for most of the time, and so does the picture in it. ``most``: not more than that.
    """
    length, grown_at = FIRST, -inf
    while elapsed >= length * _FULL and length < most:
        length, grown_at = length * 2, length * _FULL
    if elapsed - grown_at < _MOVES:
        before = min(length / 2, most)
        return before + (min(length, most) - before) * _eased((elapsed - grown_at) / _MOVES)
    return min(length, most)


def edges(first: float, now: float, most: float, length: float | None = None) -> tuple[float, float]:
    """What is shown of what began at ``first``: its beginning is at the left edge, until more than ``most`` seconds
    have passed; from then on now is at the right one. ``length``: another one than that of ``stretch``.
    """
    shown = stretch(now - first, most) if length is None else min(length, most)
    end = max(now, first + (1 - AIR) * shown)
    return end - shown, end


def _eased(share: float) -> float:
    """0 to 1, slowly at both ends."""
    return share * share * (3 - 2 * share)
