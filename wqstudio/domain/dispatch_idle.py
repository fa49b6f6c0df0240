"""When work was waiting, and how long each worker was at work meanwhile."""

from dataclasses import dataclass

import numpy as np

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


def while_waiting(begins: Floats, ends: Floats, start: float, end: float) -> Spells:
    """From ``start`` to ``end``, when at least one of the spans was under way; unix seconds, shape (n,)."""
    begins, ends = np.clip(begins, start, end), np.clip(ends, start, end)
    real = ends > begins
    begins, ends = np.sort(begins[real]), np.sort(ends[real])
    edges = np.unique(np.concatenate([[start, end], begins, ends]))
    under_way = np.searchsorted(begins, edges, side="right") - np.searchsorted(ends, edges, side="right")
    lengths = np.diff(edges) * (under_way[:-1] > 0)
    return Spells(edges, np.concatenate([[0.0], np.cumsum(lengths)]))
