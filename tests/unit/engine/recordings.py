"""Timelines of runs that were made up, for what draws and tells of them."""

from collections.abc import Iterable
from math import nan

from wqstudio.domain.delivery import ConfirmedTasks, FleetBatch, deliveries
from wqstudio.domain.queue import Source
from wqstudio.domain.settled import SettledDelivery, pack_delivery
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import Outcome, Phase, ProducerSpec, ProducerState, WorkerSpec, WorkerState
from wqstudio.engine.drawing.recorded import Recorded, recorded
from wqstudio.engine.timeline.timeline import Incident, Timeline

START = 1_000.0
"""Unix time of the first publication."""


def task(sequence: int) -> int:
    return TaskId("run", 7, sequence).number


def row(
    worker: int,
    number: int,
    spans: tuple[float, float, float],
    outcome: Outcome = Outcome.ACKED,
    deliveries: int = 1,
) -> SettledDelivery:
    """``spans``: received, begun and ended, seconds after the start. Of a crash that ends as it begins, never begun."""
    received, begun, ended = (START + at for at in spans)
    work = nan if outcome is Outcome.CRASHED and begun == received else ended - begun
    return SettledDelivery(worker, number, deliveries, received, begun, ended, outcome, work)


def made_up(
    rows: Iterable[SettledDelivery], names: Iterable[str], published: int, incidents: Iterable[tuple[float, str]] = ()
) -> Recorded:
    """Workers are numbered from 1, and live from before the start; tasks are published at the start, by ``orders``.

    ``incidents``: seconds after the start, and words.
    """
    timeline = Timeline(clock=lambda: START - 1.0)
    for worker, name in enumerate(names, 1):
        state = WorkerState(worker, WorkerSpec(name, Source("jobs")), Phase.WAITING, host=1)
        timeline.take(FleetBatch(workers=(state,)))
    producer = ProducerState(7, ProducerSpec("orders", "jobs", "jobs.{n}"), Phase.WORKING, host=1)
    timeline.take(FleetBatch(producers=(producer,)))
    timeline.take(FleetBatch(confirmed=(ConfirmedTasks(7, 0, published, START),)))
    timeline.take(FleetBatch(settled=deliveries(b"".join(pack_delivery(*each) for each in rows))))
    for at, words in incidents:
        timeline.note(Incident(START + at, words))
    return recorded(timeline)


def every_outcome(first: str = "one") -> Recorded:
    """Six tasks on two workers: each outcome once, what failed comes again, and one message is held till a crash."""
    rows = [
        row(1, task(0), (0.0, 0.0, 1.0)),
        row(2, task(1), (0.0, 0.0, 1.5), Outcome.NAKED),
        row(1, task(2), (0.0, 1.0, 2.0), Outcome.TERMINATED),
        row(2, task(3), (0.0, 1.5, 2.5), Outcome.EXPIRED),
        row(1, task(4), (0.0, 2.0, 3.0), Outcome.CRASHED),
        row(1, task(5), (1.0, 1.0, 3.0), Outcome.CRASHED),
        row(2, task(1), (2.5, 2.5, 3.5), deliveries=2),
        row(2, task(4), (3.5, 3.5, 4.5), deliveries=2),
        row(2, task(5), (4.5, 4.5, 5.0), deliveries=2),
    ]
    return made_up(rows, (first, "two"), published=7)
