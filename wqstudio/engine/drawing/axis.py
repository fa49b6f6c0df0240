"""The axis of a drawn timeline: seconds since it began, at round figures."""

from dataclasses import dataclass
from math import floor, log10

_TICKS = 10
"""At most so many between the ends."""
_UNITS = ((900.0, 1.0, "seconds"), (18_000.0, 60.0, "minutes"), (float("inf"), 3_600.0, "hours"))
"""Up to which length of the whole, how many seconds the unit has, and its name."""


@dataclass(frozen=True, slots=True)
class Axis:
    scale: float
    """Pixels a second."""
    ticks: tuple[tuple[float, str], ...]
    """Where, in pixels from the beginning, and what to write there."""
    title: str


def axis_for(seconds: float, pixels: float) -> Axis:
    """``seconds`` fill ``pixels``."""
    seconds = max(seconds, 1e-6)
    unit, name = next((unit, name) for limit, unit, name in _UNITS if seconds <= limit)
    length, scale = seconds / unit, pixels / seconds
    step = round_step(length / _TICKS)
    decimals = decimals_of(step)
    count = floor(length / step + 1e-9) + 1
    ticks = tuple((n * step * unit * scale, f"{n * step:,.{decimals}f}") for n in range(count))
    return Axis(scale, ticks, f"{name} since the run began")


def round_step(least: float) -> float:
    """1, 2 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least * (1 - 1e-9))


def decimals_of(step: float) -> int:
    """So many tell its multiples apart."""
    return max(0, -floor(log10(step) + 1e-9))
