"""The process that reckons the figures of a run, as the window sees it; see ``host.py``."""

import pickle
from collections.abc import Iterator
from itertools import chain

import numpy as np

from wqstudio.domain.dispatch import Figures
from wqstudio.domain.reading import Reading
from wqstudio.domain.series import Integers
from wqstudio.engine.figures import wire
from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.fleet.child import ChildProcess

_ROWS = 5_000
"""Told at once: more would take a part of a frame."""


class FiguresProcess:
    """Wakes no event loop: asked, and called again and again until it has answered. Started when first asked."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._child: ChildProcess[wire.Reckoned] | None = None
        self._told = 0
        """Deliveries of the timeline that it knows."""
        self._beginnings = timeline.beginnings
        """Of the timeline when those were told."""
        self._published: Integers = np.empty(0, np.int64)
        """Tasks that it knows."""
        self._commands: Iterator[wire.Command] = iter(())
        """What it is still to be told, made as it goes."""
        self._asked = False
        self.took = 0.0
        """Processor seconds that the last answer cost."""

    @property
    def busy(self) -> bool:
        """It was asked and has not answered."""
        return self._asked

    @property
    def beginnings(self) -> int:
        """Of the timeline as it was asked about."""
        return self._beginnings

    def ask(self) -> None:
        """For the figures as they are now."""
        if self._child is None or self._child.ended:
            self._child = ChildProcess("wqstudio.engine.figures.host", wire.report_decoder())
            self._told, self._published = 0, np.empty(0, np.int64)
        self._asked = True
        asked = wire.Reckon(self._timeline.lanes, self._timeline.open)
        self._commands = chain(self._settled(), self._confirmed(), (asked,))

    def answer(self) -> Reading[Figures] | None:
        """None: not yet, or it is gone; then it is no longer ``busy``."""
        if self._child is None or not self._asked:
            return None
        if not self._child.unsent and (command := next(self._commands, None)) is not None:
            self._child.send(command)
        for said in self._child.receive():
            self._asked, self.took = False, said.took
            found: Reading[Figures] = pickle.loads(said.figures)  # noqa: S301  our own process
            return found
        if self._child.ended:
            self._asked = False
        return None

    def close(self) -> None:
        if self._child is not None:
            self._child.end()
        self._asked = False

    def _settled(self) -> Iterator[wire.Command]:
        rows = self._timeline.deliveries
        anew = self._beginnings != self._timeline.beginnings
        self._beginnings = self._timeline.beginnings
        first = 0 if anew else self._told
        self._told = len(rows)
        for start in range(first, max(len(rows), int(anew)), _ROWS):
            yield wire.Settled(rows[start : start + _ROWS].tobytes(), anew and start == 0)

    def _confirmed(self) -> Iterator[wire.Command]:
        """From the first on that it does not know."""
        times, tasks = self._timeline.published()
        known, self._published = self._published, tasks
        same = _alike(tasks, known)
        for start in range(same, max(len(tasks), same + int(same < len(known))), _ROWS):
            part = slice(start, start + _ROWS)
            yield wire.Published(times[part].tobytes(), tasks[part].tobytes(), start)


def _alike(one: Integers, other: Integers) -> int:
    """How many they begin with alike."""
    shorter = min(len(one), len(other))
    differing = np.flatnonzero(one[:shorter] != other[:shorter])
    return int(differing[0]) if len(differing) else shorter
