"""How soon a run could have been done: its tasks and its workers, as if the broker had been there all the time.

What was published while it was away, or afterwards, could have been published so much sooner, and who came then could
have come so much sooner, too. So time in which a broker was away is lost, and no excuse. It takes nothing from a bound
below which no schedule gets: whoever may begin earlier is done no later. A producer that makes up for the time would
have published later than that: then the bound lies lower than it had to.
"""

from dataclasses import replace

import numpy as np

from wqstudio.domain.dispatch_bounds import Life, list_schedule, lower_bound
from wqstudio.domain.dispatch_idle import Spells
from wqstudio.domain.dispatch_rows import Tasks


def schedules_of(tasks: Tasks, lives: tuple[Life, ...], outages: Spells) -> tuple[float, float]:
    """Best possible, and the list schedule's makespan. ``outages`` span the run from its beginning to its end."""
    began, ended = float(outages.edges[0]), float(outages.edges[-1])
    works = tasks.work[tasks.acknowledged]
    releases = np.maximum(tasks.release[tasks.acknowledged], began)
    releases = releases - outages.between(np.full(len(releases), began), releases)
    sooner = tuple(_sooner(life, outages) for life in lives)
    best = min(lower_bound(works, releases, sooner), ended) - began
    return best, max(list_schedule(works, releases, sooner) - began, best)


def _sooner(life: Life, outages: Spells) -> Life:
    """Come by so much sooner as the broker had been away until then; changes of speed stay where they are."""
    lost = float(outages.between(outages.edges[:1], np.array([life.began]))[0])
    return replace(life, began=life.began - lost, speeds=((life.began - lost, life.first_speed), *life.speeds[1:]))
