"""How many letters came since they were counted, by what the monitor sees of the queue."""

import time
from collections import deque

from wqstudio.domain.survey import Standing

_SETTLED = 10.0
"""Seconds after which RabbitMQ's statistics, which come late, tell of what is there now."""


class Arrivals:
    """Of one look after another; ``begin`` with each, ``count`` whenever its letters are counted anew."""

    def __init__(self) -> None:
        self._seen: deque[int] = deque(maxlen=2)
        """Since they were counted."""
        self._last: int | None = None
        """That was seen; the same again is no news."""
        self.counted_at = 0.0
        """Unix time in seconds."""

    def begin(self) -> None:
        self._last = None
        self.count()

    def count(self) -> None:
        """What was seen until now is out of date."""
        self._seen.clear()
        self.counted_at = time.time()

    def tells(self, at: float, standing: Standing) -> bool:
        """What was seen at ``at``, Unix time in seconds, is of after the count."""
        return at >= self.counted_at + (0 if standing.lasting_ids else _SETTLED)

    def see(self, there: int, standing: Standing) -> bool:
        """Whether that is news."""
        news = there not in {self._last, standing.count}
        self._last = there
        self._seen.append(there)
        return news

    def more(self, standing: Standing) -> int:
        """A single figure that may be late is not believed."""
        if len(self._seen) < (1 if standing.lasting_ids else 2):
            return 0
        return max(0, min(self._seen) - standing.count)
