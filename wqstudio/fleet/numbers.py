"""Which delivery of its task each one is, also where the broker does not count them."""

import numpy as np

from wqstudio.domain.delivery import Deliveries
from wqstudio.domain.settled import FOREIGN

_MOST_REMEMBERED = 100_000
"""Tasks; the oldest are forgotten, and told by what the broker says of them."""


class Numbers:
    """Counts what the fleet was given of each task: RabbitMQ's classic queues tell only whether it is the first.

    Fed with all that is settled, of all hosts at once: a host tells of a delivery before it gives the message back, so
    that what is told at once is put in order. What is somebody else's has no identity to count by.
    """

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        """By task, the number of the last delivery of those that the broker did not count."""

    def book(self, settled: Deliveries) -> Deliveries:
        """The same, with the numbers that the broker does not know."""
        rows = np.flatnonzero(~settled["counted"] & (settled["task"] != FOREIGN))
        if not len(rows):
            return settled
        numbered = settled.copy()
        rows = rows[np.argsort(settled["received"][rows], kind="stable")]
        columns = (rows, settled["task"][rows], settled["deliveries"][rows])
        for row, task, least in zip(*(column.tolist() for column in columns), strict=True):
            self._last[task] = numbered["deliveries"][row] = self.next(task, least)
        numbered["counted"][rows] = True
        while len(self._last) > _MOST_REMEMBERED:
            del self._last[next(iter(self._last))]
        return numbered

    def next(self, task: int, least: int) -> int:
        """Of the delivery after those that were booked; the broker says that it is the ``least``-th, or a later one."""
        return max(least, self._last.get(task, 1) + 1)

    def last(self, task: int, least: int) -> int:
        """Of the one that was booked last."""
        return max(least, self._last.get(task, 1))
