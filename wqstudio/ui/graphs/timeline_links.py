"""Which deliveries are of one message: from the end of each to the beginning of the next."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from wqstudio.domain.delivery import BegunDelivery
from wqstudio.domain.dispatch_rows import work_began
from wqstudio.domain.series import Integers
from wqstudio.domain.settled import FOREIGN
from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.ui.graphs.timeline_notable import Notable

_LOOKED_AT = 2_000
"""Of the deliveries in sight that are more than a bar, the newest."""


class Hop(NamedTuple):
    """A message came back: ``worker`` had it until ``ended``, ``other`` began it at ``begun``."""

    worker: int
    ended: float
    other: int
    begun: float


class Links:
    def __init__(self, timeline: Timeline, notable: Notable) -> None:
        self._timeline, self._notable = timeline, notable
        self._open: dict[BegunDelivery, Hop | None] = {}

    def in_sight(self, start: float, end: float, most: int) -> list[Hop]:
        """To the newest ``most`` redeliveries there, those that are being worked on among them."""
        rows = self._timeline.deliveries
        seen = self._notable.within(self._timeline, start, end, _LOOKED_AT)
        again = seen[rows["deliveries"][seen] > 1][-most:]
        if not len(again):
            return self._to_open()
        before = self._timeline.links()[again]
        known = before >= 0
        return [*self._hops(before[known], again[known]), *self._to_open()]

    def of_row(self, row: int) -> list[Hop]:
        """Of all deliveries of that row's message."""
        rows = self._timeline.deliveries
        task = int(rows["task"][row])
        open_ = (hop for one, hop in self._open.items() if hop is not None and one.task == task)
        return [] if task == FOREIGN else [*self._settled(task), *open_]

    def of_open(self, one: BegunDelivery) -> list[Hop]:
        """Of all deliveries of a message that is being worked on."""
        before = self._notable.last_of(self._timeline, one.task) if one.deliveries > 1 else None
        if before is None:
            return []
        last = self._timeline.deliveries[before]
        hop = Hop(int(last["worker"]), float(last["ended"]), one.worker, one.begun)
        return [*self._settled(one.task), hop]

    def _to_open(self) -> list[Hop]:
        """Looked for once for each."""
        found: dict[BegunDelivery, Hop | None] = {}
        for one in self._timeline.open:
            if one.deliveries > 1 and one.task != FOREIGN:
                known = self._open.get(one)
                found[one] = known or next(iter(reversed(self.of_open(one))), None)
        self._open = found
        return [hop for hop in found.values() if hop is not None]

    def _settled(self, task: int) -> Iterator[Hop]:
        rows = self._timeline.deliveries
        mine = np.flatnonzero(rows["task"] == task)
        mine = mine[np.argsort(rows["received"][mine], kind="stable")]
        return self._hops(mine[:-1], mine[1:])

    def _hops(self, before: Integers, after: Integers) -> Iterator[Hop]:
        rows = self._timeline.deliveries
        begun = work_began(rows[after])
        columns = (rows["worker"][before], rows["ended"][before], rows["worker"][after], begun)
        return map(Hop._make, zip(*(column.tolist() for column in columns), strict=True))
