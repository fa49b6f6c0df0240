"""How fast a set of tasks could be worked off by a set of workers: a lower bound, and a rule that comes near it."""

import heapq
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from wqstudio.domain.series import Floats


@dataclass(frozen=True, slots=True)
class Life:
    """A worker, as far as it could have worked: unix seconds, and how fast from when on."""

    began: float
    ended: float
    """inf: it was there to the end."""
    speeds: tuple[tuple[float, float], ...]
    """Since when which speed, rising, the first from ``began``."""

    @property
    def first_speed(self) -> float:
        return self.speeds[0][1]

    def speed_at(self, at: float) -> float:
        return self.speeds[max(0, bisect_right(self.speeds, (at, inf)) - 1)][1]

    def finish(self, start: float, work: float) -> float:
        """When ``work`` (seconds at speed 1) that is begun at ``start`` is done, were it to live on."""
        at = bisect_right(self.speeds, (start, inf)) - 1
        while at + 1 < len(self.speeds):
            until, speed = self.speeds[at + 1][0], self.speeds[at][1]
            if work <= (until - start) * speed:
                break
            work -= (until - start) * speed
            start, at = until, at + 1
        return start + work / self.speeds[at][1]


def lower_bound(works: Floats, releases: Floats, lives: Sequence[Life]) -> float:
    """Before this unix time no schedule has done all tasks, not even one that may interrupt and move them.

    ``works``: seconds at speed 1, ``releases``: unix seconds before which a task cannot be begun; shape (n,), n > 0.
    One life at least lasts for ever. The largest of:

    - for every release, all work released from then on, done by all workers together;
    - for every task, its work from its release on, done by the fastest worker there is at each moment;
    - for every k, the k longest tasks from their earliest release on, done by the k fastest workers of each moment.

    Without releases and changes of speed this is the optimum with preemption: E. C. Horvath, S. Lam, R. Sethi, "A level
    algorithm for preemptive scheduling", Journal of the ACM 24 (1977), 32-43.
    """
    edges, fastest_first = _speeds_over_time(lives)
    rates = np.cumsum(fastest_first, axis=1)
    order = np.argsort(releases, kind="stable")
    remaining = np.cumsum(works[order][::-1])[::-1]
    longest = np.argsort(-works, kind="stable")[: len(lives)]
    bounds = [
        float(_done(edges, rates[:, -1], releases[order], remaining).max()),
        float(_done(edges, rates[:, 0], releases, works).max()),
    ]
    sums, earliest = np.cumsum(works[longest]), np.minimum.accumulate(releases[longest])
    bounds += [float(_done(edges, rates[:, k], earliest[k : k + 1], sums[k : k + 1])[0]) for k in range(len(longest))]
    return max(bounds)


def list_schedule(works: Floats, releases: Floats, lives: Sequence[Life]) -> float:
    """When the last task ends if each goes, in order of release, to the worker that is free first.

    Of several that are free the fastest takes it; a worker that is about to leave takes none that it could not finish.
    R. L. Graham, "Bounds on multiprocessing timing anomalies", SIAM Journal on Applied Mathematics 17 (1969), 416-429:
    with equal workers and no releases at most 2 - 1/m times the optimum. Arguments as for ``lower_bound``.
    """
    order = np.argsort(releases, kind="stable")
    free = _Free(lives)
    ends = [
        free.work_off(release, work)
        for release, work in zip(releases[order].tolist(), works[order].tolist(), strict=True)
    ]
    return max(ends)


class _Free:
    """Workers by when they are free, and those that wait by how fast they are."""

    def __init__(self, lives: Sequence[Life]) -> None:
        self._lives = lives
        self._busy = [(life.began, -life.first_speed, worker) for worker, life in enumerate(lives)]
        heapq.heapify(self._busy)
        self._idle: list[tuple[float, int]] = []
        self._changing: set[int] = set()
        """Those that are idle and do not have one speed for all their life: looked at anew each time."""

    def work_off(self, release: float, work: float) -> float:
        """When it is done."""
        passed: list[tuple[float, float, int]] = []
        while True:
            start, negative_speed, worker = self._next(release)
            life = self._lives[worker]
            end = life.finish(start, work)
            if end <= life.ended:
                break
            if start < life.ended:
                passed.append((start, negative_speed, worker))
        heapq.heappush(self._busy, (end, -life.speed_at(end), worker))
        for one in passed:
            heapq.heappush(self._busy, one)
        return end

    def _next(self, release: float) -> tuple[float, float, int]:
        while self._busy and self._busy[0][0] <= release:
            _, negative_speed, worker = heapq.heappop(self._busy)
            if len(self._lives[worker].speeds) > 1:
                self._changing.add(worker)
            else:
                heapq.heappush(self._idle, (negative_speed, worker))
        changing = min(((-self._lives[worker].speed_at(release), worker) for worker in self._changing), default=None)
        if changing is not None and (not self._idle or changing < self._idle[0]):
            self._changing.remove(changing[1])
            return release, *changing
        if self._idle:
            return release, *heapq.heappop(self._idle)
        return heapq.heappop(self._busy)


def _speeds_over_time(lives: Sequence[Life]) -> tuple[Floats, Floats]:
    """Times at which any speed changes, shape (e,), and from each on the speeds, fastest first, shape (e, workers)."""
    changes = [at for life in lives for at, _ in life.speeds] + [life.ended for life in lives if life.ended < inf]
    edges = np.unique(np.array(changes))
    speeds = np.zeros((len(edges), len(lives)))
    for worker, life in enumerate(lives):
        for at, speed in life.speeds:
            speeds[np.searchsorted(edges, at) :, worker] = speed
        speeds[np.searchsorted(edges, life.ended) :, worker] = 0.0
    return edges, -np.sort(-speeds, axis=1)


def _done(edges: Floats, rates: Floats, starts: Floats, works: Floats) -> Floats:
    """When each of ``works``, begun at its start, is done at ``rates`` from ``edges`` on; the last rate is above 0."""
    capacity = np.concatenate([[0.0], np.cumsum(np.diff(edges) * rates[:-1])])
    wanted = _capacity_by(edges, rates, capacity, starts) + works
    # The last edge by which less than what is wanted could be done: where nobody works, time passes to no avail.
    at = np.maximum(np.searchsorted(capacity, wanted, side="left") - 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = edges[at] + np.where(wanted > capacity[at], (wanted - capacity[at]) / rates[at], 0.0)
    return np.where(works > 0, np.maximum(ends, starts), starts)


def _capacity_by(edges: Floats, rates: Floats, capacity: Floats, times: Floats) -> Floats:
    """What could have been done by ``times``, from the first edge on."""
    at = np.maximum(np.searchsorted(edges, times, side="right") - 1, 0)
    return capacity[at] + np.maximum(times - edges[at], 0.0) * rates[at]
