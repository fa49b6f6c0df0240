"""Figures as people read them: 1.2 k, 340 ms, 12 s ago."""

import math

from wqstudio.domain.reading import Reading, Unknown

UNKNOWN = "–"
"""Shown where a reading is unknown; the tool tip says why."""

_BY_THE_SECOND, _BY_THE_MINUTE = 10, 120
"""Seconds of age from which it is told so."""
_SPACE = "\N{NARROW NO-BREAK SPACE}"


def count(value: Reading[float] | Reading[int] | None) -> str:
    """Three significant figures from 1,000 on: 999, 1.2 k, 12.3 k, 4.5 M."""
    if value is None or isinstance(value, Unknown) or not math.isfinite(value):
        return UNKNOWN
    return _scaled(float(value), 1000.0, ("", "k", "M", "G", "T"))


def size(value: Reading[int] | None) -> str:
    """Bytes in powers of 1,000, as the brokers' tools count."""
    if value is None or isinstance(value, Unknown):
        return UNKNOWN
    return _scaled(float(value), 1000.0, ("B", "kB", "MB", "GB", "TB"))


def rate(value: float | None) -> str:
    """Messages a second."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{count(round(value, 1)) if value < 100 else count(round(value))}/s"


def duration(seconds: float) -> str:
    """340 ms, 1.2 s, 41 s, 3 min, 2.5 h, 4 d."""
    if not math.isfinite(seconds):
        return UNKNOWN
    if seconds < 1:
        return f"{round(seconds * 1000)}{_SPACE}ms"
    if seconds < 10:
        return f"{seconds:.1f}{_SPACE}s"
    for limit, divisor, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / divisor:.0f}{_SPACE}{unit}"
    return f"{seconds / 86_400:.0f}{_SPACE}d"


def measured(seconds: float) -> str:
    """As ``duration``, of what is compared with other times of its kind: 2 min 41 s, 3 h 5 min."""
    if not 120 <= round(seconds) < 172_800:
        return duration(seconds)
    step, high, low = (1, "min", "s") if round(seconds) < 7200 else (60, "h", "min")
    whole, rest = divmod(round(seconds / step), 60)
    return f"{whole}{_SPACE}{high}" + (f" {rest}{_SPACE}{low}" if rest else "")


def ago(seconds: float) -> str:
    return "now" if seconds < 0.5 else f"{duration(seconds)} ago"


def since(at: float, now: float) -> str:
    """Unix times in seconds. What was at the same second reads alike, whenever in a minute it is said."""
    age = max(0.0, now - at)
    if age < _BY_THE_SECOND:
        return ago(age)
    step = 1 if age < _BY_THE_MINUTE else 60
    return ago(now // step * step - at // step * step)


def _scaled(value: float, step: float, units: tuple[str, ...]) -> str:
    index = 0
    while abs(value) >= step and index < len(units) - 1:
        value /= step
        index += 1
    if index == 0:
        number = f"{value:g}"
    else:
        number = f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
    return f"{number}{_SPACE}{units[index]}" if units[index] else number
