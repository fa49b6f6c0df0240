"""Times that headers tell, which anybody may have written. Pure."""

_LAST = 253_402_128_000.0
"""Two days before the year 10,000, which no calendar knows, in whatever place."""


def told(at: float) -> float | None:
    """Unix seconds. None: no time, as what programs write for one that nobody has set: the year 1, or 1970."""
    return at if 0 < at < _LAST else None
