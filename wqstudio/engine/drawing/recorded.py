"""What a timeline held at one moment, to be exported or reported on; nothing in it changes any more."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from wqstudio.domain.delivery import BegunDelivery, Deliveries, FleetBatch
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.reading import Reading
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import producer_of
from wqstudio.domain.worker import nameless
from wqstudio.engine.figures.run_figures import Evidence
from wqstudio.engine.timeline.timeline import Incident, Timeline

_LINE_POINTS = 2_000
_LOOKS = sys.maxsize
"""No time is left out: the highest of a line is stated in figures."""


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """Unix times in seconds; arrays as ``Timeline`` has them."""

    lanes: tuple[Lane, ...]
    deliveries: Deliveries
    links: Integers
    being: tuple[BegunDelivery, ...]
    published: tuple[Floats, Integers]
    waiting: tuple[Floats, Integers]
    hoarded: tuple[Floats, Integers]
    figures: Reading[Figures]
    start: float
    """The beginning as ``Figures`` has it; of the first thing that happened where there are none."""
    end: float
    """When the last thing happened, or a run was over that was not done."""
    producers: Mapping[int, str]
    """Their names, by id."""
    incidents: tuple[Incident, ...] = ()
    """What was done to those at work, and what befell them, as it came."""
    title: str = ""
    """Of what was played; empty: it has none."""

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def name(self, worker: int) -> str:
        return next((lane.name for lane in self.lanes if lane.worker == worker), nameless(worker))

    def producer(self, task: int) -> str:
        """Who published it; empty: somebody else."""
        id_ = producer_of(task)
        return "" if task == FOREIGN else self.producers.get(id_) or nameless(id_, "producer")


def recorded(timeline: Timeline, figures: Reading[Figures] | None = None) -> Recorded:
    """``figures``: its figures, which take the longest, where they are known; else they are worked out."""
    found = _recorded(timeline, timeline.lanes, timeline.figures() if figures is None else figures)
    return replace(found, title=timeline.title)


def recorded_run(run: Evidence) -> Recorded:
    """Of a run that was written down apart from whatever else its studio did."""
    timeline = Timeline(max(len(run.settled), sum(tasks.count for tasks in run.confirmed), 1))
    timeline.take(FleetBatch(settled=run.settled, confirmed=run.confirmed))
    for incident in run.incidents:
        timeline.note(incident)
    producers = {id_: spec.name for id_, spec in run.producers.items()}
    return replace(_recorded(timeline, run.lanes, run.dispatch, run.over), producers=producers)


def _recorded(
    timeline: Timeline, lanes: tuple[Lane, ...], figures: Reading[Figures], over: float | None = None
) -> Recorded:
    """``over``: when it was; None: with the last thing that happened."""
    published, rows = timeline.published(), timeline.deliveries
    happened = [*(one.begun for one in timeline.open), *(each.at for each in timeline.incidents)]
    times = np.concatenate([published[0], rows["received"], rows["ended"], happened])
    first, last = (float(times.min()), float(times.max())) if len(times) else (0.0, 0.0)
    last = last if over is None else max(last, over)
    start = figures.began if isinstance(figures, Figures) else first
    return Recorded(
        lanes=lanes,
        deliveries=rows,
        links=timeline.links(),
        being=timeline.open,
        published=published,
        waiting=timeline.waiting(start, last, _LINE_POINTS, looks=_LOOKS),
        hoarded=timeline.hoarded(start, last, _LINE_POINTS, looks=_LOOKS),
        figures=figures,
        start=start,
        end=last,
        producers=dict(timeline.producers),
        incidents=timeline.incidents,
    )
