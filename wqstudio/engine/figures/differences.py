"""How a figure of one run stands to that of another, and whether that is better, as far as it may be said."""

from math import isfinite

from wqstudio.domain.dispatch import Figures
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.engine.figures.rows import SPACE, Better, FigureRow, Measured, Unit, shown, three_figures

_ALIKE = 0.02
"""Share by which figures may differ and still be called the same."""
_MOST_TIMES = 100.0
"""Beyond so many times as much, the factor says only that one of them is next to nothing."""


def difference(value: Reading[float], before: Reading[float], row: FigureRow) -> str:
    """How ``value`` stands to that of another run: +2.99 s (×2.56), for shares +12.5 points; empty: not known."""
    if isinstance(value, Unknown) or isinstance(before, Unknown) or not (isfinite(value) and isfinite(before)):
        return ""
    by = value - before
    if _alike(value, before):
        return "about the same" if by else "the same"
    if row.unit is Unit.SHARE:
        return f"{_sign(by)}{abs(by) * 100:.1f}{SPACE}points"
    told = row.unit is not Unit.INDEX and before > 0 and 1 / _MOST_TIMES < value / before < _MOST_TIMES
    times = f" (×{three_figures(value / before)})" if told else ""
    return f"{_sign(by)}{shown(abs(by), row.unit)}{times}"


def verdict(row: FigureRow, run: Measured, before: Measured) -> bool | None:
    """Whether a run did better than another one by this figure; None as for ``is_better``."""
    if withheld(row, run, before):
        return None
    return is_better(row.of(run), row.of(before), row.better)


def withheld(row: FigureRow, run: Measured, before: Measured) -> str:
    """Why a verdict that this figure would give is not given; empty: it is, or there would be none anyway."""
    if is_better(row.of(run), row.of(before), row.better) is None:
        return ""
    if why := _handicap(run, row):
        return f"{why}: not compared"
    why = _handicap(before, row)
    return f"the first {why}: not compared" if why else ""


def _handicap(run: Measured, row: FigureRow) -> str:
    """What keeps its figure from being held against that of another run, in words; empty: nothing."""
    if isinstance(run.figures, Figures) and run.figures.away_by_accident:
        return f"had no broker for {shown(run.figures.away_by_accident, Unit.SECONDS)}"
    return _undone(run) if row.of_all_work else ""


def _undone(run: Measured) -> str:
    """What came of the work that a run did not do, in words; empty: it did all of it."""
    if not isinstance(run.figures, Figures) or run.figures.finished:
        return ""
    if run.account is not None and run.account.lost:
        return f"lost {run.account.lost:,}"
    return "did not do all" if run.figures.ran_for is None else "ended by the clock"


def is_better(value: Reading[float], before: Reading[float], better: Better) -> bool | None:
    """None: neither, that is not known, or they differ by less than any two runs would."""
    if isinstance(value, Unknown) or isinstance(before, Unknown) or better is Better.NEITHER:
        return None
    return None if _alike(value, before) else (value < before) == (better is Better.LESS)


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= _ALIKE * max(abs(one), abs(other))


def _sign(by: float) -> str:
    return "+" if by > 0 else "−"
