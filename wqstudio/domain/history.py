"""What the gauges and rates were: one hour at the beat and one day at a minute, in bounded memory.

Values are kept as 16-bit logarithmic codes, so that 1,000 queues with a consumer each stay below 100 MB for
all of it; the error is below 0.03 % of the value plus one, and counts below 2,300 come back exactly. Rows are kept in
chunks, each with the columns of the queues that lived while it was filled: a queue made anew under an old
name goes on where the old one ended, and a removed one fades out with its last chunk.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import nan
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.domain.reading import Reading, Unknown, known
from wqstudio.domain.snapshot import Snapshot
from wqstudio.domain.spans import DAY, HOUR, MINUTE

Floats: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.uint16]


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
class Series:
    """``times``: unix seconds, shape (n,), rising. ``values``: shape (n, fields); NaN where unknown."""

    times: Floats
    values: Floats

    def of(self, field: IntEnum) -> Floats:
        return self.values[:, field]


_UNKNOWN_CODE = 65_535
_STEP = np.log1p(1e12) / (_UNKNOWN_CODE - 1)


def encode(values: Floats) -> Codes:
    """Codes of non-negative values up to 1e12; NaN and negative values become unknown."""
    given = values >= 0
    codes = np.rint(np.log1p(np.where(given, values, 0.0)) / _STEP)
    encoded: Codes = np.where(given, np.minimum(codes, _UNKNOWN_CODE - 1), _UNKNOWN_CODE).astype(np.uint16)
    return encoded


def decode(codes: Codes) -> Floats:
    """Values of codes. Small counts are given back as the whole numbers that they were."""
    values: Floats = np.expm1(codes * _STEP)
    whole = np.rint(values)
    values = np.where(np.abs(values - whole) <= (values + 1) * _STEP, whole, values)
    values[codes == _UNKNOWN_CODE] = nan
    return values


K = TypeVar("K", bound=Hashable)


class _Chunk(Generic[K]):
    def __init__(self, rows: int, columns: Mapping[K, int], fields: int) -> None:
        self.columns = columns
        self.used = 0
        self.times = np.empty(rows)
        self.codes: Codes = np.full((rows, len(columns), fields), _UNKNOWN_CODE, np.uint16)

    @property
    def full(self) -> bool:
        return self.used == len(self.times)

    @property
    def nbytes(self) -> int:
        return int(self.times.nbytes + self.codes.nbytes)

    def widen(self, keys: Iterable[K]) -> None:
        """Give new keys a column; what was before they came is unknown."""
        columns = dict(self.columns)
        for key in keys:
            columns.setdefault(key, len(columns))
        missing = len(columns) - self.codes.shape[1]
        self.columns = columns
        self.codes = np.pad(self.codes, ((0, 0), (0, missing), (0, 0)), constant_values=_UNKNOWN_CODE)

    def append(self, at: float, keys: Sequence[K], codes: Codes) -> None:
        """Codes of shape (keys, fields)."""
        self.times[self.used] = at
        self.codes[self.used, [self.columns[key] for key in keys]] = codes
        self.used += 1


class Recorder(Generic[K]):
    """Rows of values by key, over ``span`` seconds and at most ``points`` rows."""

    def __init__(self, fields: int, span: float, points: int, chunk_rows: int) -> None:
        self._fields, self._span, self._points, self._chunk_rows = fields, span, points, chunk_rows
        self._chunks: deque[_Chunk[K]] = deque()

    @property
    def nbytes(self) -> int:
        """Bytes held in arrays."""
        return sum(chunk.nbytes for chunk in self._chunks)

    def append(self, at: float, keys: Sequence[K], values: Floats) -> None:
        """Add a row: values of shape (keys, fields); keys left out are unknown at this time."""
        chunk = self._open_chunk(keys)
        if any(key not in chunk.columns for key in keys):
            chunk.widen(keys)
        chunk.append(at, keys, encode(values))
        self._forget(before=at - self._span)

    def series(self, key: K, since: float) -> Series:
        times: list[Floats] = []
        codes: list[Codes] = []
        for chunk in self._chunks:
            if not chunk.used or chunk.times[chunk.used - 1] < since:
                continue
            first = int(np.searchsorted(chunk.times[: chunk.used], since))
            times.append(chunk.times[first : chunk.used])
            codes.append(self._column(chunk, key, first))
        if not times:
            return Series(np.empty(0), np.empty((0, self._fields)))
        return Series(np.concatenate(times), decode(np.concatenate(codes)))

    def _column(self, chunk: _Chunk[K], key: K, first: int) -> Codes:
        column = chunk.columns.get(key)
        if column is None:
            return np.full((chunk.used - first, self._fields), _UNKNOWN_CODE, np.uint16)
        return chunk.codes[first : chunk.used, column]

    def _open_chunk(self, keys: Sequence[K]) -> _Chunk[K]:
        if not self._chunks or self._chunks[-1].full:
            columns: Mapping[K, int] = {key: index for index, key in enumerate(keys)}
            if self._chunks and self._chunks[-1].columns.keys() == columns.keys():
                columns = self._chunks[-1].columns
            self._chunks.append(_Chunk(self._chunk_rows, columns, self._fields))
        return self._chunks[-1]

    def _forget(self, before: float) -> None:
        while len(self._chunks) > 1 and (
            self._chunks[0].times[self._chunks[0].used - 1] < before
            or (len(self._chunks) - 1) * self._chunk_rows > self._points
        ):
            self._chunks.popleft()


class _Minute(Generic[K]):
    """Sums of one minute's rows, for their mean."""

    def __init__(self, began: float, fields: int) -> None:
        self.began = began
        self._columns: dict[K, int] = {}
        self._sums = np.zeros((0, fields))
        self._counts = np.zeros((0, fields))

    def add(self, keys: Sequence[K], values: Floats) -> None:
        for key in keys:
            self._columns.setdefault(key, len(self._columns))
        grown = ((0, len(self._columns) - len(self._sums)), (0, 0))
        self._sums, self._counts = np.pad(self._sums, grown), np.pad(self._counts, grown)
        index = [self._columns[key] for key in keys]
        self._sums[index] += np.nan_to_num(values, nan=0.0)
        self._counts[index] += ~np.isnan(values)

    def mean(self) -> tuple[Sequence[K], Floats]:
        with np.errstate(invalid="ignore"):
            return list(self._columns), self._sums / np.where(self._counts > 0, self._counts, nan)


class _TwoResolutions(Generic[K]):
    """Every row at the beat for an hour, and the mean of each minute for a day."""

    def __init__(self, fields: int) -> None:
        self._fields = fields
        self._fine: Recorder[K] = Recorder(fields, span=HOUR, points=3600, chunk_rows=120)
        self._coarse: Recorder[K] = Recorder(fields, span=DAY, points=1440, chunk_rows=60)
        self._minute: _Minute[K] | None = None

    @property
    def nbytes(self) -> int:
        return self._fine.nbytes + self._coarse.nbytes

    def append(self, at: float, keys: Sequence[K], values: Floats) -> None:
        self._fine.append(at, keys, values)
        if self._minute is None or at - self._minute.began >= MINUTE:
            self._close_minute()
            self._minute = _Minute(at, self._fields)
        self._minute.add(keys, values)

    def series(self, key: K, since: float, now: float) -> Series:
        """At the beat for up to the last hour, by minutes for longer."""
        return (self._fine if now - since <= HOUR else self._coarse).series(key, since)

    def _close_minute(self) -> None:
        if self._minute is not None:
            keys, values = self._minute.mean()
            self._coarse.append(self._minute.began, keys, values)


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
        self._queues: _TwoResolutions[str | None] = _TwoResolutions(len(Field))
        self._consumers: _TwoResolutions[tuple[str, str]] = _TwoResolutions(len(ConsumerField))
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
