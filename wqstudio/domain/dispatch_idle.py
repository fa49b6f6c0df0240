"""When work was waiting, and how long each worker was at work meanwhile."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.dispatch_rows import Marks, Tasks
from wqstudio.domain.queue import Source
from wqstudio.domain.series import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """A set of moments, as a measure: ``so_far[i]`` seconds of it lie before ``edges[i]``; shapes (n,), n > 0."""

    edges: Floats
    so_far: Floats

    def between(self, begins: Floats, ends: Floats) -> Floats:
        """Seconds of it in each span; spans that end before they begin are empty."""
        measured: Floats = np.interp(np.maximum(begins, ends), self.edges, self.so_far)
        return measured - np.interp(begins, self.edges, self.so_far)


def waiting_for(lanes: Sequence[Lane], tasks: Tasks, start: float, end: float) -> dict[int, Spells]:
    """By worker, when at least one task that it could have been given was published and not begun by anybody.

    Where a task lay is known from who was given it: a worker that takes from all that this one takes from could have
    been given it too. Where workers take from different places, a task that nobody was given counts for nobody.
    """
    begins, begun = np.maximum(tasks.release, start), tasks.begun
    spells: dict[frozenset[Source], Spells] = {}
    for sources in {frozenset(lane.sources) for lane in lanes}:
        mine = _could_be_given(sources, lanes, tasks)
        spells[sources] = while_waiting(begins[mine], begun[mine], start, end)
    return {lane.worker: spells[frozenset(lane.sources)] for lane in lanes}


def _could_be_given(sources: frozenset[Source], lanes: Iterable[Lane], tasks: Tasks) -> Marks:
    """To a worker that takes from ``sources``; where those are not known, from everywhere."""
    others = {frozenset(lane.sources) for lane in lanes if lane.sources} - {sources}
    if not sources or not others:
        return np.ones(len(tasks.release), np.bool_)
    takers = [lane.worker for lane in lanes if lane.sources and sources.issuperset(lane.sources)]
    could: Marks = np.isin(tasks.taker, takers)
    return could


def while_waiting(begins: Floats, ends: Floats, start: float, end: float) -> Spells:
    """From ``start`` to ``end``, when at least one of the spans was under way; unix seconds, shape (n,)."""
    begins, ends = np.clip(begins, start, end), np.clip(ends, start, end)
    real = ends > begins
    begins, ends = np.sort(begins[real]), np.sort(ends[real])
    edges = np.unique(np.concatenate([[start, end], begins, ends]))
    under_way = np.searchsorted(begins, edges, side="right") - np.searchsorted(ends, edges, side="right")
    lengths = np.diff(edges) * (under_way[:-1] > 0)
    return Spells(edges, np.concatenate([[0.0], np.cumsum(lengths)]))
