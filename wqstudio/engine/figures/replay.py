"""A run that is over as a timeline of its own, so that several can be laid on one axis."""

from collections.abc import Iterator
from dataclasses import replace
from math import inf

import numpy as np

from wqstudio.domain.delivery import Deliveries, FleetBatch
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.worker import Phase, WorkerState
from wqstudio.engine.figures.run_figures import Evidence
from wqstudio.engine.timeline.timeline import Timeline


class _Clock:
    """A timeline asks for the time when it hears of a worker."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def replayed(run: Evidence) -> Timeline:
    """Times are seconds since the run began, as ``Figures`` has it; workers are numbered from 1.

    Workers that were there at the end live on: that they are stopped afterwards is nothing that they did.
    """
    began = run.dispatch.began if isinstance(run.dispatch, Figures) else run.began
    numbers = {id_: number for number, id_ in enumerate(run.workers, start=1)}
    settled, clock = _moved(run.settled, numbers, began), _Clock()
    timeline = Timeline(max(1, len(settled), sum(each.count for each in run.confirmed)), clock)
    timeline.take(FleetBatch(confirmed=tuple(replace(each, sent=each.sent - began) for each in run.confirmed)))
    last = float(settled["ended"].max(initial=-inf))
    for at, state in _appearances(run, numbers, began):
        if not state.phase.over or at < last:
            clock.now = at
            timeline.take(FleetBatch(workers=(state,)))
    timeline.take(FleetBatch(settled=settled))
    for incident in run.incidents:  # what came before the first task is at the beginning, which is the edge
        timeline.note(replace(incident, at=max(0.0, incident.at - began)))
    return timeline


def _moved(settled: Deliveries, numbers: dict[int, int], began: float) -> Deliveries:
    moved = settled.copy()
    for column in ("received", "begun", "ended"):
        moved[column] -= began
    for id_, number in numbers.items():
        moved["worker"][settled["worker"] == id_] = number
    ordered: Deliveries = moved[np.argsort(moved["ended"], kind="stable")]
    return ordered


def _appearances(run: Evidence, numbers: dict[int, int], began: float) -> Iterator[tuple[float, WorkerState]]:
    """What was heard of each worker, and when: that it came, each speed it had, that it went.

    One worker after the other in order of their numbers, so that lanes of several runs come in the same order.
    """
    for lane in sorted(run.lanes, key=lambda lane: numbers[lane.worker]):
        spec, number = run.workers[lane.worker], numbers[lane.worker]
        first = WorkerState(number, spec, Phase.WAITING, host=0, place=lane.place)
        for at, speed in lane.speeds:
            yield at - began, replace(first, spec=replace(spec, speed=speed))
        if lane.ended is not None:
            last = replace(spec, speed=lane.speeds[-1][1])
            yield lane.ended - began, replace(first, spec=last, phase=Phase.STOPPED)
