"""How far a search through letters is, and how long it takes yet."""

import time

_KNOWN_AFTER = 1.0
"""Seconds of searching before which nothing is said of what is left."""


class SearchPace:
    """Of one search, which begins now."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def left(self, seen: int, total: int) -> float | None:
        """Seconds, at the pace so far. None: that is not known yet."""
        spent = time.monotonic() - self._began
        return spent * max(0, total - seen) / seen if seen and spent >= _KNOWN_AFTER else None
