"""Which lanes a timeline shows, and how high."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from wqstudio.domain.series import Integers
from wqstudio.engine.timeline.timeline import Lane

LOWEST, HIGHEST = 6, 56
"""Pixels that a lane may be high; where there is no room for all of them at the lowest, one scrolls."""
_FOR_EVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class LaneTable:
    """Workers from top to bottom."""

    lanes: tuple[Lane, ...]
    of_worker: Integers = field(init=False, compare=False)
    """The lane of each worker by its id, -1 where it has none."""

    def __post_init__(self) -> None:
        table = np.full(max((lane.worker for lane in self.lanes), default=-1) + 1, -1, np.int64)
        for place, lane in enumerate(self.lanes):
            table[lane.worker] = place
        object.__setattr__(self, "of_worker", table)

    def __len__(self) -> int:
        return len(self.lanes)

    @property
    def workers(self) -> tuple[tuple[int, float], ...]:
        """Who they are, and since when they were there."""
        return tuple((lane.worker, lane.began) for lane in self.lanes)

    def place(self, worker: int) -> int:
        """Its lane, or -1."""
        return int(self.of_worker[worker]) if 0 <= worker < len(self.of_worker) else -1

    def presence(self, scale: float) -> tuple[Integers, Integers]:
        """The first column of each worker, and the one behind its last."""
        since = [int(lane.began // scale) for lane in self.lanes]
        until = [_FOR_EVER if lane.ended is None else int(lane.ended // scale) + 1 for lane in self.lanes]
        return np.array(since, np.int64), np.array(until, np.int64)


def in_sight(lanes: Sequence[Lane], start: float, end: float) -> tuple[Lane, ...]:
    """Those whose workers were there at some instant in between."""
    return tuple(lane for lane in lanes if lane.began <= end and (lane.ended is None or lane.ended >= start))


def pitch(room: int, lanes: int, ratio: float = 1.0) -> int:
    """How high each of ``lanes`` is, with ``room`` for them: pixels of a screen with ``ratio`` to a logical one."""
    return min(max(room // max(lanes, 1), round(LOWEST * ratio)), round(HIGHEST * ratio))
