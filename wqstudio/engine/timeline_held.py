"""What workers hold: how many deliveries have come to them and are not begun."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from wqstudio.domain.delivery import BegunDelivery, Deliveries
from wqstudio.domain.dispatch_rows import work_began
from wqstudio.domain.series import Floats
from wqstudio.domain.worker import WorkerState
from wqstudio.engine.timeline_lanes import is_over
from wqstudio.engine.timeline_steps import Integers, Steps


@dataclass(frozen=True, slots=True)
class Hoard:
    """What a worker holds at present and has not begun."""

    worker: int
    since: float
    """Unix time at which the first of it came."""
    count: int


class _Arrivals:
    """When the messages came that a worker holds, as far as its reports tell: it works them off in that order."""

    def __init__(self) -> None:
        self._groups: deque[tuple[float, int]] = deque()
        self._count = 0

    def change(self, settled: int, held: int, now: float) -> None:
        """``settled`` since the last time, and ``held`` now."""
        self._drop(min(settled, self._count))
        if held > self._count:
            self._groups.append((now, held - self._count))
            self._count = held
        else:
            self._drop(self._count - held)

    def begun(self, *, working: bool) -> Iterator[tuple[float, int]]:
        """Of those that are not begun, how many came when."""
        skip = int(working)
        for at, count in self._groups:
            if count > skip:
                yield at, count - skip
            skip = max(0, skip - count)

    def _drop(self, surplus: int) -> None:
        self._count -= surplus
        while surplus > 0:
            at, count = self._groups.popleft()
            if count > surplus:
                self._groups.appendleft((at, count - surplus))
            surplus -= count


class Holding:
    """Deliveries by when they came and when they were begun, and those that workers hold at present.

    Of what is settled or being worked on the times are exact. The others are known by their number, from reports that
    come 20 times a second; once settled they are exact too.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._received = Steps(most)
        self._begun = Steps(most)
        self._arrivals: dict[int, _Arrivals] = {}
        self.open: dict[int, BegunDelivery] = {}
        """What each worker is at."""

    @property
    def horizon(self) -> float:
        return max(self._received.horizon, self._begun.horizon)

    def begin(self, begun: tuple[BegunDelivery, ...]) -> None:
        self.open.update((one.worker, one) for one in begun)

    def settle(self, settled: Deliveries) -> None:
        self._received.add(settled["received"])
        self._begun.add(work_began(settled))
        self._end_open(settled)

    def hear(self, workers: Sequence[WorkerState], settled: Deliveries) -> None:
        """The states of all that changed, as they are after ``settled``."""
        counts: list[int] = np.bincount(settled["worker"]).tolist()
        now = self._clock()
        for worker in workers:
            if is_over(worker.phase):
                self._arrivals.pop(worker.id, None)
                self.open.pop(worker.id, None)
            elif worker.held or worker.id in self._arrivals:
                count = counts[worker.id] if worker.id < len(counts) else 0
                self._arrivals.setdefault(worker.id, _Arrivals()).change(count, worker.held, now)

    def hoards(self) -> Iterator[Hoard]:
        for worker, arrivals in self._arrivals.items():
            if groups := tuple(arrivals.begun(working=worker in self.open)):
                yield Hoard(worker, groups[0][0], sum(count for _, count in groups))

    def forget(self, now: float) -> None:
        """Keep what is held, and nothing of the time before."""
        self._received.forget(now)
        self._begun.forget(now)

    def not_begun(self, at: Floats) -> Integers:
        """How many were held and not begun at each time."""
        working = np.array([one.received for one in self.open.values()])
        begun = np.array([one.begun for one in self.open.values()])
        exact = self._received.by(at) - self._begun.by(at) + _by(working, at) - _by(begun, at)
        held: Integers = np.maximum(exact, 0) + self.unsettled(at)
        return held

    def unsettled(self, at: Floats) -> Integers:
        """How many of those that are held and not begun at present had come by each time."""
        groups = [
            group
            for worker, arrivals in self._arrivals.items()
            for group in arrivals.begun(working=worker in self.open)
        ]
        groups.sort()
        times = np.array([time_ for time_, _ in groups])
        counts = np.array([0, *(count for _, count in groups)], np.int64).cumsum()
        by: Integers = counts[np.searchsorted(times, at, side="right")]
        return by

    def steps(self, start: float, end: float) -> Floats:
        """Every time in between at which the number changed, in any order."""
        mine = [one.received for one in self.open.values()] + [one.begun for one in self.open.values()]
        mine += [at for arrivals in self._arrivals.values() for at, _ in arrivals.begun(working=False)]
        known = np.array(mine)
        known = known[(known > start) & (known <= end)] if mine else np.empty(0)
        return np.concatenate([self._received.within(start, end), self._begun.within(start, end), known])

    def _end_open(self, settled: Deliveries) -> None:
        if not self.open:
            return
        latest = np.full(int(settled["worker"].max()) + 1, -np.inf)
        np.maximum.at(latest, settled["worker"], settled["begun"])
        for worker, one in tuple(self.open.items()):
            if worker < len(latest) and one.begun <= latest[worker]:
                del self.open[worker]


def _by(times: Floats, at: Floats) -> Integers:
    return np.searchsorted(np.sort(times), at, side="right")
