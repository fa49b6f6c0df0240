"""Who the workers of a timeline are, and how their speeds changed."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.worker import Phase, WorkerState, nameless


class Lanes:
    """By worker, in order of first appearance; all that there ever were."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lanes: dict[int, Lane] = {}
        self._starting: set[int] = set()
        self._came: dict[int, float] = {}
        """When the first message came to each."""

    @property
    def all(self) -> tuple[Lane, ...]:
        return tuple(self._lanes.values())

    def name(self, worker: int) -> str:
        lane = self._lanes.get(worker)
        return lane.name if lane is not None else nameless(worker)

    def hear(self, worker: WorkerState) -> None:
        lane, now = self._lanes.get(worker.id), self._clock()  # one that never came to work has no length
        if lane is None or (worker.id in self._starting and worker.phase is not Phase.STARTING):
            lane = self._begun(worker, now)
        if lane.ended is None and worker.spec.speed != lane.speed:
            speeds = (*lane.speeds, (now, worker.spec.speed))
            lane = replace(lane, speed=worker.spec.speed, speeds=speeds)
        if is_over(worker.phase) and lane.ended is None:
            lane = replace(lane, ended=now)
        if self._lanes.get(worker.id) is not lane:
            self._lanes[worker.id] = lane

    def come(self, workers: Integers, received: Floats) -> None:
        """Messages, one or more, with when each came to whom: whoever got one was there by then, and says so later."""
        new = ~np.isin(workers, list(self._came))
        for worker in np.unique(workers[new]).tolist():
            first = self._came[worker] = float(received[workers == worker].min())
            if (lane := self._lanes.get(worker)) is not None and first < lane.began:
                self._lanes[worker] = replace(lane, began=first, speeds=((first, lane.speeds[0][1]), *lane.speeds[1:]))

    def forget_the_past(self) -> None:
        """Only those that live are kept."""
        self._lanes = {id_: lane for id_, lane in self._lanes.items() if lane.ended is None}
        self._came = {id_: at for id_, at in self._came.items() if id_ in self._lanes}

    def _begun(self, worker: WorkerState, now: float) -> Lane:
        speed = worker.spec.speed
        if worker.phase is Phase.STARTING:
            self._starting.add(worker.id)
        else:
            self._starting.discard(worker.id)
        began = min(now, self._came.get(worker.id, now))
        speeds = ((began, speed),)
        return Lane(worker.id, worker.spec.name, speed, began, None, speeds, worker.spec.sources, worker.place)


def is_over(phase: Phase) -> bool:
    """``phase.over``, quickly for those that work: up to 200 are asked 20 times a second."""
    return phase is not Phase.WORKING and phase is not Phase.WAITING and phase.over
