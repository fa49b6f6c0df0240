"""What a timeline held at one moment, to be exported or reported on; nothing in it changes any more."""

from dataclasses import dataclass

import numpy as np

from wqstudio.domain.delivery import BegunDelivery, Deliveries, FleetBatch
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.reading import Reading
from wqstudio.domain.series import Floats
from wqstudio.engine.run_figures import Evidence
from wqstudio.engine.timeline import Incident, Timeline
from wqstudio.engine.timeline_steps import Integers

_LINE_POINTS = 2_000


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
    """When the last thing happened."""
    incidents: tuple[Incident, ...] = ()
    """What was done to those at work, and what befell them, as it came."""

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def name(self, worker: int) -> str:
        return next((lane.name for lane in self.lanes if lane.worker == worker), f"worker {worker}")


def recorded(timeline: Timeline, figures: Reading[Figures] | None = None) -> Recorded:
    """``figures``: its figures, which take the longest, where they are known; else they are worked out."""
    return _recorded(timeline, timeline.lanes, timeline.figures() if figures is None else figures)


def recorded_run(run: Evidence) -> Recorded:
    """Of a run that was written down apart from whatever else its studio did."""
    timeline = Timeline(max(len(run.settled), sum(tasks.count for tasks in run.confirmed), 1))
    timeline.take(FleetBatch(settled=run.settled, confirmed=run.confirmed))
    for incident in run.incidents:
        timeline.note(incident)
    return _recorded(timeline, run.lanes, run.dispatch)


def _recorded(timeline: Timeline, lanes: tuple[Lane, ...], figures: Reading[Figures]) -> Recorded:
    published, rows = timeline.published(), timeline.deliveries
    happened = [*(one.begun for one in timeline.open), *(each.at for each in timeline.incidents)]
    times = np.concatenate([published[0], rows["received"], rows["ended"], happened])
    first, last = (float(times.min()), float(times.max())) if len(times) else (0.0, 0.0)
    start = figures.began if isinstance(figures, Figures) else first
    return Recorded(
        lanes=lanes,
        deliveries=rows,
        links=timeline.links(),
        being=timeline.open,
        published=published,
        waiting=timeline.waiting(start, last, _LINE_POINTS),
        hoarded=timeline.hoarded(start, last, _LINE_POINTS),
        figures=figures,
        start=start,
        end=last,
        incidents=timeline.incidents,
    )
