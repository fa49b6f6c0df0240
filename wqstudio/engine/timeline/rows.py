"""The settled deliveries that are kept, and which of them belong to one message."""

import numpy as np

from wqstudio.domain.delivery import DELIVERY, Deliveries
from wqstudio.domain.series import Integers
from wqstudio.domain.settled import FOREIGN

_FIRST_ROOM = 1_024


class Rows:
    """Settled deliveries in one array, appended to; of more than ``most`` the oldest go, a quarter of that at a time.

    A view that was given out stays as it was: rows are never written twice, and dropping makes a new array.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: Deliveries = np.empty(min(_FIRST_ROOM, most), DELIVERY)
        self._used = 0
        self._linked = 0
        """Rows whose links are known."""
        self._links: Integers = np.empty(0, np.int64)
        self.dropped = 0

    def __len__(self) -> int:
        return self._used

    @property
    def view(self) -> Deliveries:
        rows = self._rows[: self._used]
        rows.flags.writeable = False
        return rows

    def append(self, settled: Deliveries) -> None:
        if self._used + len(settled) > len(self._rows):
            self._make_room(len(settled))
            settled = settled[-self._most :]
        _copy(settled, self._rows[self._used : self._used + len(settled)])
        self._used += len(settled)

    def links(self) -> Integers:
        """For each row the row of the delivery before of the same message, -1 where there is none, or none is kept.

        The delivery before is the one that was received last before this one was.
        """
        if self._linked < self._used:
            links = np.full(self._used, -1, np.int64)
            links[: self._linked] = self._links
            self._link(self.view, links)
            self._links, self._linked = links, self._used
        return self._links

    def of_task(self, task: int) -> Integers:
        """Rows of one task, as they were received."""
        rows = self.view
        mine = np.flatnonzero(rows["task"] == task)
        return mine[np.argsort(rows["received"][mine], kind="stable")]

    def _link(self, rows: Deliveries, links: Integers) -> None:
        """Those that are new, and those that a new row may come between, as one that ends late may."""
        again = np.flatnonzero((rows["deliveries"] > 1) & (rows["task"] != FOREIGN))
        older = again < self._linked
        stirred = np.isin(rows["task"][again[older]], rows["task"][self._linked :])
        concerned = np.concatenate([again[older][stirred], again[~older]])
        if not len(concerned):
            return
        family = np.flatnonzero(np.isin(rows["task"], rows["task"][concerned]))
        family = family[np.lexsort((rows["received"][family], rows["task"][family]))]
        before = np.concatenate([[-1], family[:-1]])
        tasks = rows["task"][family]
        before[1:][tasks[1:] != tasks[:-1]] = -1
        wanted = np.isin(family, concerned)
        links[family[wanted]] = before[wanted]

    def _make_room(self, count: int) -> None:
        """Room for ``count`` more, or for as many of them as are kept."""
        kept = self.view[max(0, self._used + count - self._most) :]
        dropped = max(0, self._used + count - self._most)
        if dropped:
            self.dropped += dropped
            self._linked, self._links = 0, np.empty(0, np.int64)
        room = min(max(_FIRST_ROOM, 2 * (len(kept) + count)), self._most + self._most // 4)
        self._rows = np.empty(room, DELIVERY)
        _copy(kept, self._rows[: len(kept)])
        self._used = len(kept)


def _copy(rows: Deliveries, to: Deliveries) -> None:
    """By their bytes: numpy copies records field by field, which held up a frame where there were 100,000."""
    to.view(np.uint8)[:] = np.ascontiguousarray(rows).view(np.uint8)


def links_of(settled: Deliveries) -> Integers:
    """``Rows.links`` of a run that is over."""
    rows = Rows(max(1, len(settled)))
    rows.append(settled)
    return rows.links()
