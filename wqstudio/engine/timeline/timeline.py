"""The record of every delivery, for the charts, figures and reports of a run.

Recording costs a few array operations a batch and nothing a message; what takes longer is worked out when it is asked
for.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from wqstudio.domain.delivery import BegunDelivery, Deliveries, FleetBatch
from wqstudio.domain.dispatch import Figures, figures
from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.series import Floats, Integers
from wqstudio.engine.timeline.again import TakenBack
from wqstudio.engine.timeline.held import Hoard, Holding
from wqstudio.engine.timeline.lanes import Lanes
from wqstudio.engine.timeline.queues import WaitingLines
from wqstudio.engine.timeline.rows import Rows
from wqstudio.engine.timeline.steps import each, even, few, highest
from wqstudio.engine.timeline.story import Story, story_of

__all__ = ["Finished", "Hoard", "Incident", "Lane", "Story", "Timeline"]

LOOKS = 10_000
"""Many enough to miss next to nothing of what so many pixels can show, and few enough for a frame."""
_TIMES_A_DELIVERY = 4
"""Times are kept for so many times more tasks than whole deliveries: a line that is long fills before it empties."""


_MOST_INCIDENTS = 200


@dataclass(frozen=True, slots=True)
class Finished:
    """What was played until it came to its end. Unix times in seconds."""

    began: float
    ended: float
    figures: Reading[Figures]
    """Of its own workers alone, whoever works beside them."""


@dataclass(frozen=True, slots=True)
class Incident:
    """What was done to those at work, or befell them."""

    at: float
    """Unix seconds."""
    words: str


class Timeline:
    """Takes what the fleet reports, on one thread. Times are unix seconds.

    ``most`` settled deliveries are kept; the oldest are dropped, many at a time. Numbers of the waiting line stay right
    from then on; of the time before they are left out.
    """

    def __init__(self, most: int = 200_000, clock: Callable[[], float] = time.time) -> None:
        """``clock``: unix seconds; workers report their state without a time."""
        self._most = most
        self._clock = clock
        self._version = 0
        self._beginnings = 0
        self._began = clock()
        self._first: float | None = None
        self._newest = 0
        """The highest id of a worker or a producer that was heard of; ids rise."""
        self._finished: Finished | None = None
        self._title = ""
        self._incidents: deque[Incident] = deque(maxlen=_MOST_INCIDENTS)
        self._lanes = Lanes(clock)
        self._rows = Rows(most)
        self._lines = WaitingLines(most * _TIMES_A_DELIVERY)
        self._holding = Holding(most * _TIMES_A_DELIVERY, clock)
        self._taken_back = TakenBack(most)

    def take(self, batch: FleetBatch) -> None:
        """What happened since the batch before. Who comes after something has ended begins something new."""
        newest = max((*(one.id for one in batch.workers), *(one.id for one in batch.producers)), default=0)
        if newest > self._newest:
            self._newest = newest
            if self._finished is not None:
                self.clear()
        self._look_for_the_first(batch)
        self._lines.meet(batch.producers)
        self._holding.meet(batch.workers)
        self._lines.confirm(batch.confirmed)
        if batch.begun:
            received = np.array([one.received for one in batch.begun])
            self._lanes.come(np.array([one.worker for one in batch.begun], np.int64), received)
            self._lines.give(np.array([one.task for one in batch.begun], np.int64), received)
            self._holding.begin(batch.begun)
        if len(batch.settled):
            settled = batch.settled[np.argsort(batch.settled["ended"], kind="stable")]
            self._rows.append(settled)
            self._lanes.come(settled["worker"], settled["received"])
            self._lines.give(settled["task"], settled["received"])
            self._holding.settle(settled)
            self._taken_back.take(settled, self._rows.view)
        for worker in batch.workers:
            self._lanes.hear(worker)
        self._holding.hear(batch.workers, batch.settled)
        self._version += 1

    def _look_for_the_first(self, batch: FleetBatch) -> None:
        times = [each.sent for each in batch.confirmed]
        if len(batch.settled):
            times.append(float(batch.settled["ended"].min()))
        if self._first is None and batch.workers:
            times.append(self._clock())
        if times:
            earliest = min(times)
            self._first = earliest if self._first is None else min(self._first, earliest)

    def clear(self, *, waits: bool = True, title: str = "") -> None:
        """Begin anew: the past is forgotten; what lives and is held stays, and what waits unless nothing does.

        ``title``: of what is played from now on; empty: it has none.
        """
        now = self._clock()
        self._began, self._finished, self._title = now, None, title
        self._beginnings += 1
        self._incidents.clear()
        self._lanes.forget_the_past()
        self._first = now if self._lanes.all else None
        self._rows = Rows(self._most)
        if not waits:
            self._lines.empty()
            self._taken_back = TakenBack(self._most)
        self._lines.forget(now)
        self._taken_back.forget(now)
        self._holding.forget(now)
        self._version += 1

    def finish(self, finished: Finished) -> None:
        """What is here is all of it, until somebody comes."""
        self._finished = finished
        self._version += 1

    def note(self, incident: Incident) -> None:
        """What explains a gap, or a change of pace; the last ones are kept.

        Not what comes after the end: it befell nobody, and a record of the run would last until then.
        """
        if self._finished is not None:
            return
        self._incidents.append(incident)
        self._version += 1

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Since the beginning, as they came."""
        return tuple(self._incidents)

    @property
    def finished(self) -> Finished | None:
        """What has come to its end, as long as nothing new has begun."""
        return self._finished

    @property
    def title(self) -> str:
        """Of what is played, or was at last; empty: it has none."""
        return self._title

    @property
    def producers(self) -> Mapping[int, str]:
        """Names of those that were heard of, by id."""
        return self._lines.producers

    @property
    def beginnings(self) -> int:
        """How often it has begun anew."""
        return self._beginnings

    @property
    def whole(self) -> tuple[float, float]:
        """From when to when there is anything to see: of what has ended, its beginning and end; else until now."""
        if self._finished is not None:
            return self._finished.began, self._finished.ended
        return self._began, self._clock()

    @property
    def first(self) -> float:
        """Since when there is anything to see: a worker, a task, a delivery. Now, while there is nothing yet."""
        return self._clock() if self._first is None else self._first

    @property
    def version(self) -> int:
        """Grows whenever anything changes."""
        return self._version

    @property
    def dropped(self) -> int:
        """Settled deliveries that are not kept any more."""
        return self._rows.dropped

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The workers in order of first appearance."""
        return self._lanes.all

    @property
    def deliveries(self) -> Deliveries:
        """Settled deliveries as they were reported: shape (n,), of ``DELIVERY``, a read-only view.

        ``ended`` rises within a batch; a host's report may come some milliseconds after that of another. Rows
        are appended, so a row keeps its number until older ones are dropped.
        """
        return self._rows.view

    @property
    def open(self) -> tuple[BegunDelivery, ...]:
        """What is being worked on now."""
        return tuple(self._holding.open.values())

    def published(self) -> tuple[Floats, Integers]:
        """When each task that is confirmed was sent, rising, and its number: shapes (n,)."""
        return self._lines.all_published()

    def waiting(
        self, start: float, end: float, points: int = 0, queue: str = "", looks: int = LOOKS
    ) -> tuple[Floats, Integers]:
        """Tasks published and with nobody: not delivered yet, or taken back from a worker that went away or took too
        long. Times, and how many from each on, as a step function.

        Every step from ``start`` to ``end``; or with ``points`` so many to twice as many at even distances, which
        stay where they are while the window slides, and from each on the most there was until the next: looked for at
        ``looks`` of the times at which more came, where they are more than that. Those in ``queue`` alone, where one
        is named.
        """
        lines = self._lines.of(queue)
        again = self._taken_back.waits(self.open, partial(self._lines.of_queue, queue=queue) if queue else None)
        horizons = (max(line.published.horizon, line.received.horizon) for line in lines)
        start = max([start, self._taken_back.horizon, *horizons])

        def count(at: Floats) -> Integers:
            counts: Integers = again.by(at) - self._holding.unsettled_firsts(at, queue, again.over)
            for line in lines:
                counts += line.published.by(at) - line.received.by(at)
            return np.maximum(counts, 0)

        published = [line.published.within(start, end) for line in lines]
        if points:
            times = even(start, end, points)
            return times, highest(times, few([*published, again.within(start, end)[0]], looks), count)
        received = [line.received.within(start, end) for line in lines]
        held, back = self._holding.steps(start, end, queue), again.within(start, end)
        times = each(np.array([start]), *published, *received, held, *back)
        return times, count(times)

    def hoarded(
        self, start: float, end: float, points: int = 0, queue: str = "", looks: int = LOOKS
    ) -> tuple[Floats, Integers]:
        """Messages that workers hold and have not begun; as ``waiting``, of workers that take from ``queue``."""
        start = max(start, self._holding.horizon)
        count = partial(self._holding.not_begun, queue=queue)
        if points:
            times = even(start, end, points)
            return times, highest(times, few(self._holding.rises(start, end, queue), looks), count)
        times = each(np.array([start]), self._holding.steps(start, end, queue))
        return times, count(times)

    def hoards(self) -> tuple[Hoard, ...]:
        """Of each worker that holds more than what it is at."""
        return tuple(self._holding.hoards())

    def figures(self) -> Reading[Figures]:
        """How well the work was shared out, since the beginning or the last ``clear``. Takes some 5 µs a task.

        Unlike all else here it may be asked from another thread: it reads only what is replaced or appended to.
        """
        if self.dropped:
            return Unknown(f"the first {self.dropped:,} deliveries are not kept any more")
        return figures(self.deliveries, self.published(), self.lanes, self.open)

    def links(self) -> Integers:
        """For each row what ``earlier`` says, -1 for None."""
        return self._rows.links()

    def earlier(self, row: int) -> int | None:
        """The row of the delivery before this one of the same message.

        None for a first delivery, and where the one before is not kept.
        """
        before = int(self.links()[row])
        return before if before >= 0 else None

    def story(self, task: int) -> Story:
        """All there is about one message; nothing about ``FOREIGN``, which many share."""
        rows = self._rows.view[self._rows.of_task(task)]
        being = [one for one in self._holding.open.values() if one.task == task]
        told = story_of(task, self._lines.published_at(task), rows, being, self._lanes.name)
        return replace(told, producer=self._lines.producer(task))
