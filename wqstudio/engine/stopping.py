"""How a timeline ends that nobody is at any more: of workers and producers that were stopped, not played to an end."""

from dataclasses import replace

import numpy as np

from wqstudio.domain.delivery import Deliveries
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.reading import Reading
from wqstudio.domain.series import Integers
from wqstudio.domain.worker import Outcome
from wqstudio.engine.timeline.timeline import Finished, Timeline

_DONE = (Outcome.ACKED, Outcome.TERMINATED)


def final_figures(timeline: Timeline) -> Reading[Figures]:
    """With whether all that was published was done, and how much of it was lost. In a thread: see ``figures``."""
    found = timeline.figures()
    if not isinstance(found, Figures):
        return found
    left = _left(timeline.published()[1], timeline.deliveries)
    rows = timeline.deliveries
    lost = np.intersect1d(left, rows["task"][rows["outcome"] == Outcome.LOST])
    return replace(found, finished=not len(left), lost=len(lost))


def stopped(timeline: Timeline, figures: Reading[Figures]) -> Finished:
    """From the first to the last thing that happened."""
    first = timeline.first
    happened = (each.at for each in timeline.incidents)
    last = max(float(timeline.deliveries["ended"].max(initial=first)), *happened, first)
    return Finished(first, last, figures)


def _left(published: Integers, rows: Deliveries) -> Integers:
    """Tasks that are not done."""
    left: Integers = np.setdiff1d(published, rows["task"][np.isin(rows["outcome"], _DONE)])
    return left
