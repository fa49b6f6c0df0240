"""What workers hold: how many deliveries have come to them and are not begun."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from wqstudio.domain.delivery import BegunDelivery, Deliveries
from wqstudio.domain.dispatch_rows import TAKEN_UP, lay_unbegun, work_began
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.worker import OnFailure, WorkerState
from wqstudio.engine.timeline.given_back import GivenBack, comes_again, concerned
from wqstudio.engine.timeline.lanes import is_over
from wqstudio.engine.timeline.steps import Steps

_FIRST_ROOM = 256
"""Workers."""


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
        """Of the oldest first: when how many came."""
        self._count = 0
        """In these."""
        self._received = self._settled = 0

    def change(self, settled: int, received: int, now: float) -> None:
        """``settled`` since the last time; ``received`` in all, which lags behind: it is told of now and then."""
        if (came := received - self._received) > 0:
            self._groups.append((now, came))
            self._count += came
        self._received = received
        self._settled += settled
        self._drop(self._count - max(0, received - self._settled))

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


class _Settled:
    """When deliveries came, and when they were begun, to workers that take from the same queues."""

    def __init__(self, queues: tuple[str, ...], most: int) -> None:
        self.queues = queues
        self.received, self.begun = Steps(most), Steps(most)
        self.given_back = GivenBack(most)


class Holding:
    """Deliveries by when they came and when they were begun, and those that workers hold at present.

    Each can be asked for those of one queue alone, that is, of the workers that take from it. Of what is settled or
    being worked on the times are exact. The others are known by their number, from reports that come 20 times a second;
    once settled they are exact too.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.time) -> None:
        self._most, self._clock = most, clock
        self._queues: dict[int, tuple[str, ...]] = {}
        """That a worker takes from."""
        self._policies: dict[int, OnFailure] = {}
        self._settled: list[_Settled] = []
        self._place: Integers = np.zeros(_FIRST_ROOM, np.int64)
        """Of each worker in that list."""
        self._arrivals: dict[int, _Arrivals] = {}
        self.open: dict[int, BegunDelivery] = {}
        """What each worker is at."""

    @property
    def horizon(self) -> float:
        return max((max(each.received.horizon, each.begun.horizon) for each in self._settled), default=-inf)

    def meet(self, workers: Sequence[WorkerState]) -> None:
        """Before anything is told of their deliveries."""
        for worker in workers:
            if worker.id not in self._queues:
                self._queues[worker.id] = worker.spec.queues
                self._policies[worker.id] = worker.spec.on_failure
                self._assign(worker.id, worker.spec.queues)

    def begin(self, begun: tuple[BegunDelivery, ...]) -> None:
        self.open.update((one.worker, one) for one in begun)

    def settle(self, settled: Deliveries) -> None:
        for group, rows in self._grouped(settled[lay_unbegun(settled)]):
            group.received.add(rows["received"])
            group.begun.add(work_began(rows))
        for group, rows in self._grouped(settled[concerned(settled)]):
            group.given_back.settle(rows, self._policies)
        self._end_open(settled)

    def hear(self, workers: Sequence[WorkerState], settled: Deliveries) -> None:
        """The states of all that changed, as they are after ``settled``."""
        counts: list[int] = np.bincount(settled["worker"]).tolist()
        now = self._clock()
        for worker in workers:
            if is_over(worker.phase):
                self._arrivals.pop(worker.id, None)
                self.open.pop(worker.id, None)
            else:  # also before anything is told to have come: what is settled by then counts against what will be
                count = counts[worker.id] if worker.id < len(counts) else 0
                self._arrivals.setdefault(worker.id, _Arrivals()).change(count, worker.received, now)

    def hoards(self) -> Iterator[Hoard]:
        for worker, arrivals in self._arrivals.items():
            if groups := tuple(arrivals.begun(working=worker in self.open)):
                yield Hoard(worker, groups[0][0], sum(count for _, count in groups))

    def forget(self, now: float) -> None:
        """Keep what is held, and nothing of the time before."""
        for group in self._settled:
            group.received.forget(now)
            group.begun.forget(now)
            group.given_back.forget(now)

    def not_begun(self, at: Floats, queue: str = "") -> Integers:
        """How many were held and not begun at each time."""
        own = self._lain(queue)
        exact = _by(np.array([one.received for one in own]), at) - _by(np.array([one.begun for one in own]), at)
        for group in self._of(queue):
            exact += group.received.by(at) - group.begun.by(at)
        held: Integers = np.maximum(exact, 0) + self.unsettled(at, queue)
        return held

    def unsettled(self, at: Floats, queue: str = "") -> Integers:
        """How many of those that are held and not begun at present had come by each time."""
        return _by_groups(self._held(queue), at)

    def unsettled_firsts(self, at: Floats, queue: str, returned: Callable[[Floats], Integers]) -> Integers:
        """Those of them that never came before, or that nobody who had them gave back by himself.

        A worker tells of their number alone; what was given back comes again before what is new, as brokers have it.
        ``returned``: how many of all that were received again by a time had come back by themselves.
        """
        groups = self._held(queue)
        came = np.array([time_ for time_, _ in groups])
        back = self._given_back(came, queue) + returned(came)
        firsts, again = [], 0
        for (time_, count), given_back in zip(groups, back.tolist(), strict=True):
            more = min(count, max(0, given_back - again))
            again += more
            firsts.append((time_, count - more))
        return _by_groups(firsts, at)

    def _held(self, queue: str) -> list[tuple[float, int]]:
        """When how many of those came that are held and not begun, rising."""
        return sorted(
            group
            for worker, arrivals in self._arrivals.items()
            if self._takes_from(worker, queue)
            for group in arrivals.begun(working=worker in self.open)
        )

    def _given_back(self, at: Floats, queue: str) -> Integers:
        being = [one.received for one in self.open.values() if comes_again(one) and self._takes_from(one.worker, queue)]
        back: Integers = -_by(np.array(being), at)
        for group in self._of(queue):
            back += group.given_back.by(at)
        return back

    def steps(self, start: float, end: float, queue: str = "") -> Floats:
        """Every time in between at which the number changed, in any order."""
        begun = [one.begun for one in self._lain(queue)]
        settled = (group.begun.within(start, end) for group in self._of(queue))
        return np.concatenate([*self.rises(start, end, queue), _between(begun, start, end), *settled])

    def rises(self, start: float, end: float, queue: str = "") -> list[Floats]:
        """Those of them at which something came: each array in order."""
        came = [one.received for one in self._lain(queue)]
        held = (arrivals for worker, arrivals in self._arrivals.items() if self._takes_from(worker, queue))
        came += [at for arrivals in held for at, _ in arrivals.begun(working=False)]
        settled = (group.received.within(start, end) for group in self._of(queue))
        return [_between(came, start, end), *settled]

    def _lain(self, queue: str) -> list[BegunDelivery]:
        """What workers are at that had lain with them."""
        own = (one for one in self.open.values() if self._takes_from(one.worker, queue))
        return [one for one in own if one.begun - one.received >= TAKEN_UP]

    def _takes_from(self, worker: int, queue: str) -> bool:
        return not queue or queue in self._queues.get(worker, ())

    def _of(self, queue: str) -> Iterator[_Settled]:
        return (group for group in self._settled if not queue or queue in group.queues)

    def _assign(self, worker: int, queues: tuple[str, ...]) -> None:
        if worker >= len(self._place):
            self._place = np.pad(self._place, (0, max(worker + 1 - len(self._place), len(self._place))))
        places = [each.queues for each in self._settled]
        if queues not in places:
            places.append(queues)
            self._settled.append(_Settled(queues, self._most))
        self._place[worker] = places.index(queues)

    def _grouped(self, settled: Deliveries) -> Iterator[tuple[_Settled, Deliveries]]:
        if not self._settled:  # of workers that nobody has told of
            self._settled.append(_Settled((), self._most))
        if len(self._settled) == 1:
            yield self._settled[0], settled
            return
        place = self._place[settled["worker"]]
        for number in np.unique(place).tolist():
            yield self._settled[number], settled[place == number]

    def _end_open(self, settled: Deliveries) -> None:
        if not self.open:
            return
        latest = np.full(int(settled["worker"].max()) + 1, -np.inf)
        np.maximum.at(latest, settled["worker"], settled["begun"])
        for worker, one in tuple(self.open.items()):
            if worker < len(latest) and one.begun <= latest[worker]:
                del self.open[worker]


def _by_groups(groups: Sequence[tuple[float, int]], at: Floats) -> Integers:
    """How many had come by each time; ``groups`` rise."""
    counts = np.array([0, *(count for _, count in groups)], np.int64).cumsum()
    by: Integers = counts[np.searchsorted(np.array([time_ for time_, _ in groups]), at, side="right")]
    return by


def _between(times: Sequence[float], start: float, end: float) -> Floats:
    found = np.sort(np.array(times, np.float64))
    return found[(found > start) & (found <= end)]


def _by(times: Floats, at: Floats) -> Integers:
    return np.searchsorted(np.sort(times), at, side="right")
