"""What the gauges and rates of queues and consumers were, and how they are taken from snapshots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import nan

import numpy as np

from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.domain.reading import Reading, Unknown, known
from wqstudio.domain.series import Floats, Series, TwoResolutions
from wqstudio.domain.snapshot import Snapshot


class Field(IntEnum):
    """Columns of a queue's series. Gauges in messages, rates in messages a second."""

    WAITING = 0
    IN_FLIGHT = 1
    REDELIVERED = 2
    """A gauge, or a rate: ``History.redelivered_is_rate``."""
    STUCK = 3
    PUBLISHED = 4
    DELIVERED = 5
    ACKED = 6


class ConsumerField(IntEnum):
    IN_FLIGHT = 0
    WAITING = 1


_GAUGES = 4
"""The first so many fields of a queue; the others are its rates."""
_RATES = [Field.PUBLISHED, Field.DELIVERED, Field.ACKED]
_COUNTERS = len(_RATES) + 1
"""One for each rate, in that order, and redeliveries."""
_AT_ONCE = 1_000
"""Queues read between two turns of whoever goes through ``History.recording``: about a millisecond."""


@dataclass(frozen=True, slots=True)
class _Counters:
    """The counters of the last snapshot: shape (queues, _COUNTERS), NaN where unknown."""

    at: float
    rows: dict[str, int]
    values: Floats


WHOLE_BROKER = None
"""The key under which the sum over all queues is kept."""


class History:
    """The past of every queue, of every consumer, and of the broker as a whole."""

    def __init__(self, *, redelivered_is_rate: bool = False) -> None:
        """``redelivered_is_rate``: the broker counts redeliveries, and does not tell what is redelivered now."""
        self.redelivered_is_rate = redelivered_is_rate
        self._queues: TwoResolutions[str | None] = TwoResolutions(len(Field))
        self._consumers: TwoResolutions[tuple[str, str]] = TwoResolutions(len(ConsumerField))
        self._counters: _Counters | None = None
        self._latest: dict[str | None, Floats] = {}

    @property
    def nbytes(self) -> int:
        return self._queues.nbytes + self._consumers.nbytes

    def record(self, snapshot: Snapshot) -> None:
        """Add what a poll found; rates are those since the poll before."""
        for _ in self.recording(snapshot):
            pass

    def recording(self, snapshot: Snapshot) -> Iterator[None]:
        """As ``record``, in steps of some milliseconds however many queues there are; go through all of them."""
        if isinstance(snapshot.queues, Unknown):
            self.gap(snapshot.at)
            return
        queues = list(snapshot.queues.values())
        read: list[list[float]] = []
        for queue in queues:
            read.append(_gauges(queue) + _counter_row(queue))
            if len(read) % _AT_ONCE == 0:
                yield
        table = np.array(read).reshape(-1, _GAUGES + _COUNTERS)
        rates = self._rates(snapshot.at, queues, table[:, _GAUGES:])
        yield
        values = np.hstack([table[:, :_GAUGES], rates[:, : len(_RATES)]])
        if self.redelivered_is_rate:
            values[:, Field.REDELIVERED] = rates[:, -1]
        names: list[str | None] = [queue.name for queue in queues]
        work = np.array([not queue.dead_letters for queue in queues], bool)  # dead letters wait for no worker
        rows = np.vstack([values, _sum_of_known(values[work])])
        self._latest = dict(zip([*names, WHOLE_BROKER], rows, strict=True))
        yield
        self._queues.append(snapshot.at, [*names, WHOLE_BROKER], rows)
        yield
        self._record_consumers(snapshot.at, queues)

    def gap(self, at: float) -> None:
        """Nothing could be read at this time; no rate is taken across it."""
        self._queues.append(at, [WHOLE_BROKER], np.full((1, len(Field)), nan))
        self._consumers.append(at, [], np.empty((0, len(ConsumerField))))
        self._counters = None
        self._latest = {}

    def queue(self, name: str | None, since: float, now: float) -> Series:
        """Series of one queue, or of ``WHOLE_BROKER``, with the columns of ``Field``."""
        return self._queues.series(name, since, now)

    def consumer(self, key: tuple[str, str], since: float, now: float) -> Series:
        """Series with the columns of ``ConsumerField``."""
        return self._consumers.series(key, since, now)

    def latest(self, name: str | None, field: Field) -> float:
        """The newest value; NaN where unknown."""
        row = self._latest.get(name)
        return nan if row is None else float(row[field])

    def _rates(self, at: float, queues: Sequence[QueueState], counters: Floats) -> Floats:
        """Shapes (queues, _COUNTERS). A queue that is new, or whose counter fell (made anew), has no rate yet."""
        before, self._counters = (
            self._counters,
            _Counters(at, {queue.name: row for row, queue in enumerate(queues)}, counters),
        )
        if before is None or at <= before.at or not len(before.values):
            return np.full_like(counters, nan)
        rows = np.array([before.rows.get(queue.name, -1) for queue in queues], dtype=np.intp)
        rates = (counters - before.values[rows]) / (at - before.at)
        rates[(rows < 0) | (rates < 0).any(axis=1)] = nan
        return rates

    def _record_consumers(self, at: float, queues: Sequence[QueueState]) -> None:
        consumers: list[ConsumerState] = [c for queue in queues for c in known(queue.consumers, ())]
        values = np.array([[_number(c.in_flight), _number(c.waiting)] for c in consumers])
        self._consumers.append(at, [c.key for c in consumers], values.reshape(-1, len(ConsumerField)))


def _gauges(queue: QueueState) -> list[float]:
    return [_number(queue.waiting), _number(queue.in_flight), _number(queue.redelivered), _number(queue.stuck)]


def _counter_row(queue: QueueState) -> list[float]:
    return [_number(queue.published), _number(queue.delivered), _number(queue.acked), _number(queue.redeliveries)]


def _number(reading: Reading[int]) -> float:
    return nan if isinstance(reading, Unknown) else float(reading)


def _sum_of_known(values: Floats) -> Floats:
    """Sum over the queues; unknown only where no queue's value is known and there is a queue at all."""
    if not len(values):
        return np.zeros(values.shape[1])
    sums: Floats = np.nansum(values, axis=0)
    sums[np.isnan(values).all(axis=0)] = nan
    return sums
