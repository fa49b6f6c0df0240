"""What the graphs read: the visible stretch of history, of the scope alone."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wqstudio.brokers.port import Words
from wqstudio.domain.history import WHOLE_BROKER, History
from wqstudio.domain.queue import ConsumerState
from wqstudio.domain.reading import known
from wqstudio.domain.series import Floats, Series
from wqstudio.domain.snapshot import Snapshot
from wqstudio.domain.spans import HOUR, MINUTE
from wqstudio.domain.worker import WorkerState
from wqstudio.ui.scope import Scope

_ROWS = int(HOUR)


class WorkerLoad:
    """How many messages each of the studio's workers held, beat by beat, for an hour."""

    def __init__(self) -> None:
        self._rows: deque[tuple[float, dict[int, int]]] = deque(maxlen=_ROWS)
        self._workers: dict[int, WorkerState] = {}

    def record(self, at: float, workers: Mapping[int, WorkerState]) -> None:
        self._workers.update(workers)
        self._rows.append((at, {id_: state.held for id_, state in workers.items() if state.held}))

    def of(self, scope: Scope, since: float) -> tuple[Floats, Mapping[int, Floats]]:
        """Times of shape (n,), and messages held of shape (n,) for each worker of the scope that held any."""
        rows = [row for row in self._rows if row[0] >= since]
        seen = {id_ for _, held in rows for id_ in held if self._belongs(id_, scope)}
        times = np.array([at for at, _ in rows])
        return times, {id_: np.array([float(held.get(id_, 0)) for _, held in rows]) for id_ in sorted(seen)}

    def state(self, worker: int) -> WorkerState:
        """Of one that held anything, as it was last."""
        return self._workers[worker]

    def _belongs(self, worker: int, scope: Scope) -> bool:
        source = self._workers[worker].spec.source
        return scope.whole_broker or (source.queue == scope.queue and scope.consumer in ("", source.consumer))


@dataclass(frozen=True, slots=True)
class Past:
    """One reading. ``start`` and ``end`` are the visible edges; ``now`` decides the resolution."""

    history: History
    load: WorkerLoad
    snapshot: Snapshot | None
    words: Words
    scope: Scope
    start: float
    end: float
    now: float

    def queue(self) -> Series:
        """Of the scope's queue, or of the whole broker."""
        return self._joined(lambda since: self.history.queue(self.scope.queue or WHOLE_BROKER, since, self.now))

    def consumer(self, key: tuple[str, str]) -> Series:
        return self._joined(lambda since: self.history.consumer(key, since, self.now))

    def consumers(self) -> Sequence[ConsumerState]:
        """Those of the scope's queue, as the newest snapshot has them; none for the whole broker."""
        if self.snapshot is None or self.scope.whole_broker:
            return ()
        queue = known(self.snapshot.queues, {}).get(self.scope.queue)
        return () if queue is None else known(queue.consumers, ())

    def workers(self) -> tuple[Floats, Mapping[int, Floats]]:
        return self.load.of(self.scope, self.start)

    def _joined(self, read: Callable[[float], Series]) -> Series:
        """Rows by minutes end a minute or two ago: what is missing since is taken from the rows at the beat."""
        margin = 2 * MINUTE if self.now - self.start > HOUR else 3.0
        series = _until(read(self.start - margin), self.end + margin)
        if self.now - self.start + margin <= HOUR:
            return series
        newest = float(series.times[-1]) + MINUTE if len(series.times) else self.now - HOUR
        if newest > self.end:
            return series
        recent = _until(read(max(newest, self.now - HOUR)), self.end + margin)
        return Series(np.concatenate([series.times, recent.times]), np.concatenate([series.values, recent.values]))


def _until(series: Series, end: float) -> Series:
    rows = int(np.searchsorted(series.times, end, side="right"))
    return Series(series.times[:rows], series.values[:rows])
