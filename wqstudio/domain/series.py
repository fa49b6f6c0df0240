"""Rows of values by key, in bounded memory: one hour at the beat and one day at a minute.

Values are kept as 16-bit logarithmic codes, so that 1,000 queues with a consumer each stay below 100 MB for
all of it; the error is below 0.03 % of the value plus one, and counts below 2,300 come back exactly. Rows are kept in
chunks, each with the columns of the keys that lived while it was filled: one that comes back under an old
name goes on where the old one ended, and a removed one fades out with its last chunk.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import nan
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from wqstudio.domain.spans import DAY, HOUR, MINUTE

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.uint16]


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


class TwoResolutions(Generic[K]):
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
