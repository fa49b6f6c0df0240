"""The figures of runs as rows of a table: names, units, definitions in a sentence, and how a value reads."""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from math import isfinite
from operator import attrgetter, methodcaller
from typing import TextIO, TypeAlias

from wqstudio.domain.dispatch import Figures, Percentiles, WorkerFigures
from wqstudio.domain.ledger import Account
from wqstudio.domain.reading import Reading, Unknown

_ALIKE = 0.02
"""Share by which figures may differ and still be called the same."""
_MOST_TIMES = 100.0
"""Beyond so many times as much, the factor says only that one of them is next to nothing."""
_SPACE = "\N{NARROW NO-BREAK SPACE}"


class Unit(Enum):
    """The value is what a column of CSV says."""

    SECONDS = "s"
    SHARE = "1"
    """Shown in per cent."""
    INDEX = "index"
    COUNT = "count"
    RATE = "1/s"
    MESSAGE_SECONDS = "message·s"
    TRUTH = "yes or no"
    """1 is yes, 0 is no."""


class Better(Enum):
    LESS = "less"
    MORE = "more"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a run."""

    figures: Reading[Figures]
    account: Account | None = None
    """None: none was made up."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    name: str
    unit: Unit
    better: Better
    definition: str
    """A sentence or two; ``Figures`` has the whole, with its source."""
    of: Callable[[Measured], Reading[float]]
    of_all_work: bool = False
    """What it is says something of runs that did not do all their work; who did better does not follow from it, for
    what was lost is neither held, nor waits, nor comes again, and keeps nobody busy."""


def of_figures(read: Callable[[Figures], Reading[float]]) -> Callable[[Measured], Reading[float]]:
    """Read from those, where there are any."""
    return lambda run: run.figures if isinstance(run.figures, Unknown) else read(run.figures)


def _percentile(field: str, rank: str) -> Callable[[Measured], Reading[float]]:
    def read(figures: Figures) -> Reading[float]:
        percentiles: Reading[Percentiles] = getattr(figures, field)
        return percentiles if isinstance(percentiles, Unknown) else float(getattr(percentiles, rank))

    return of_figures(read)


def _percentile_rows(
    name: str, field: str, better: Better, definition: str, *, of_all_work: bool = False
) -> tuple[FigureRow, ...]:
    shares = (
        ("p50", f"{definition}: half took no longer."),
        ("p90", "Nine in ten took no longer."),
        ("p99", "99 in a hundred took no longer."),
    )
    return tuple(
        FigureRow(f"{name}, {rank}", Unit.SECONDS, better, words, _percentile(field, rank), of_all_work)
        for rank, words in shares
    )


def _row(name: str, unit: Unit, better: Better, definition: str, field: str, *, of_all_work: bool = False) -> FigureRow:
    return FigureRow(name, unit, better, definition, of_figures(attrgetter(field)), of_all_work)


def _of_all_work(field: str) -> Callable[[Measured], Reading[float]]:
    return of_figures(methodcaller("of_all_work", field))


def _booked(name: str, better: Better, definition: str, field: str) -> FigureRow:
    def read(run: Measured) -> Reading[float]:
        return Unknown("no account was made up") if run.account is None else float(getattr(run.account, field))

    return FigureRow(name, Unit.COUNT, better, definition, read)


AWAY = _row(
    "Broker away",
    Unit.SECONDS,
    Better.NEITHER,
    "How much of the makespan the broker could not be reached, whether that was asked for or an accident.",
    "away",
)
"""Of few runs: tables leave it out where no broker was away."""

ROWS: tuple[FigureRow, ...] = (
    FigureRow(
        "Makespan",
        Unit.SECONDS,
        Better.LESS,
        "From the first publication (the first delivery, where tasks waited already) to the last acknowledgement.",
        _of_all_work("makespan"),
    ),
    FigureRow(
        "Best possible",
        Unit.SECONDS,
        Better.NEITHER,
        "No schedule of these tasks on workers of these speeds is shorter: a lower bound (Horvath, Lam, Sethi 1977).",
        _of_all_work("best_possible"),
    ),
    FigureRow(
        "List scheduling",
        Unit.SECONDS,
        Better.NEITHER,
        "If each task, in order of publication, went to the worker that is free first (Graham 1969).",
        _of_all_work("list_schedule"),
    ),
    FigureRow(
        "Efficiency",
        Unit.SHARE,
        Better.MORE,
        "Best possible by makespan; time in which the broker was away is lost.",
        _of_all_work("efficiency"),
    ),
    AWAY,
    _row(
        "Idle while work was waiting",
        Unit.SHARE,
        Better.LESS,
        "Share of the workers' time that they worked on nothing while a task for them was published and not begun.",
        "idle_while_waiting",
        of_all_work=True,
    ),
    _row(
        "Fairness, Jain's index",
        Unit.INDEX,
        Better.MORE,
        "Of the workers' busy shares: 1 if all are equally busy, 1/n if one does all (Jain, Chiu, Hawe 1984).",
        "fairness",
        of_all_work=True,
    ),
    FigureRow(
        "Throughput",
        Unit.RATE,
        Better.MORE,
        "Tasks acknowledged, by the makespan; of a run that was not done, by the time until the last of them was.",
        of_figures(attrgetter("throughput")),
        of_all_work=True,
    ),
    *_percentile_rows(
        "Waiting", "waited", Better.LESS, "From publication to the first begin of work", of_all_work=True
    ),
    *_percentile_rows("Service", "served", Better.NEITHER, "From begin to end of a delivery"),
    *_percentile_rows(
        "Held before begun", "hoarded", Better.LESS, "From receipt by a worker to begin", of_all_work=True
    ),
    _row(
        "Held before begun, in all",
        Unit.MESSAGE_SECONDS,
        Better.LESS,
        "Receipt to begin, summed over all deliveries: seconds in which nobody else could be given them.",
        "hoarded_seconds",
        of_all_work=True,
    ),
    _row("Tasks acknowledged", Unit.COUNT, Better.NEITHER, "Each counted once.", "tasks"),
    _row("Deliveries", Unit.COUNT, Better.NEITHER, "To all workers, whatever became of them.", "deliveries"),
    _row(
        "Redeliveries",
        Unit.COUNT,
        Better.LESS,
        "Deliveries that were not the first of their message.",
        "redeliveries",
        of_all_work=True,
    ),
    _row(
        "Duplicates",
        Unit.COUNT,
        Better.LESS,
        "Acknowledgements of a task beyond its first.",
        "duplicates",
        of_all_work=True,
    ),
)

LEDGER: tuple[FigureRow, ...] = (
    _booked("Published", Better.NEITHER, "Confirmed by the broker, or seen later.", "published"),
    _booked("Acknowledged", Better.NEITHER, "By a worker, at least once.", "acknowledged"),
    _booked(
        "Rejected for good",
        Better.NEITHER,
        "Never acknowledged; a worker told the broker not to deliver it again.",
        "terminated",
    ),
    _booked("Still stored", Better.NEITHER, "Waiting, in flight or stuck.", "stored"),
    _booked("Lost", Better.LESS, "None of these.", "lost"),
    _booked(
        "Duplicated",
        Better.LESS,
        "Acknowledgements beyond a task's first, and copies stored beyond one.",
        "duplicated",
    ),
)
"""Of tasks: the first is the sum of the next four."""

FATES: tuple[FigureRow, ...] = tuple(
    replace(row, name=f"Tasks {row.name.lower()}", definition=definition)
    for row, definition in (
        (LEDGER[0], LEDGER[0].definition),
        (LEDGER[2], LEDGER[2].definition),
        (LEDGER[3], "When the run was over: waiting, in flight or stuck."),
        (LEDGER[4], "Neither acknowledged nor rejected, and stored nowhere."),
    )
)
"""What ``ROWS`` does not tell of it, where there is no ledger beside."""

WorkerColumn: TypeAlias = tuple[str, Unit, Callable[[WorkerFigures], float]]
PASSED_ON: WorkerColumn = ("Passed on", Unit.COUNT, attrgetter("forwarded"))
"""Of schedulers alone: tables leave it out where nobody passed anything on."""
WORKER_COLUMNS: tuple[WorkerColumn, ...] = (
    ("Speed", Unit.INDEX, attrgetter("speed")),
    ("Deliveries", Unit.COUNT, attrgetter("deliveries")),
    ("Acknowledged", Unit.COUNT, attrgetter("acknowledged")),
    PASSED_ON,
    ("Redelivered", Unit.COUNT, attrgetter("redelivered")),
    ("Busy", Unit.SECONDS, attrgetter("busy")),
    ("Busy share", Unit.SHARE, attrgetter("busy_share")),
    ("Idle while work was waiting", Unit.SHARE, attrgetter("idle_while_waiting")),
    ("Held before begun", Unit.MESSAGE_SECONDS, attrgetter("hoarded")),
)


def rows_of(runs: Iterable[Measured]) -> tuple[FigureRow, ...]:
    """Those of ``ROWS`` that say something of these runs."""
    away = any(isinstance(run.figures, Figures) and run.figures.away for run in runs)
    return tuple(row for row in ROWS if away or row is not AWAY)


def shown(value: Reading[float], unit: Unit) -> str:
    """340 ms, 1.92 s, 73.3 %, 1,204; a dash where it is not known."""
    if isinstance(value, Unknown) or not isfinite(value):
        return "–"
    return _SHOWN[unit](value)


def how_it_ended(figures: Figures) -> str:
    """In words that go on in a sentence. Whoever was to run for a time has nothing to finish."""
    if figures.lost:
        return f"lost {figures.lost:,}"
    if figures.ran_for is not None:
        return f"ran its time, {shown(figures.ran_for, Unit.SECONDS)}"
    return f"finished in {shown(figures.makespan, Unit.SECONDS)}" if figures.finished else "not finished"


def absence(figures: Figures) -> str:
    """Of the broker, in words that go on in a sentence; empty: it was there."""
    if not figures.away:
        return ""
    accident = figures.away_by_accident
    whole = "" if accident == figures.away else f"{shown(accident, Unit.SECONDS)} of it "
    return f"the broker away for {shown(figures.away, Unit.SECONDS)}{f', {whole}by accident' if accident else ''}"


def difference(value: Reading[float], before: Reading[float], row: FigureRow) -> str:
    """How ``value`` stands to that of another run: +2.99 s (×2.56), for shares +12.5 points; empty: not known."""
    if isinstance(value, Unknown) or isinstance(before, Unknown) or not (isfinite(value) and isfinite(before)):
        return ""
    by = value - before
    if _alike(value, before):
        return "about the same" if by else "the same"
    if row.unit is Unit.SHARE:
        return f"{_sign(by)}{abs(by) * 100:.1f}{_SPACE}points"
    told = row.unit is not Unit.INDEX and before > 0 and 1 / _MOST_TIMES < value / before < _MOST_TIMES
    times = f" (×{_three(value / before)})" if told else ""
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


def write_figures(runs: Mapping[str, Measured], out: TextIO) -> None:
    """CSV: a row for each figure, of the whole run and of each worker, and a column for each run. ``runs`` by title."""
    known = {title: run.figures for title, run in runs.items() if isinstance(run.figures, Figures)}
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["figure", "unit", "of", *runs, "definition"])
    for row in (*ROWS, *FATES):
        values = [_exact(row.of(run)) for run in runs.values()]
        writer.writerow([row.name, row.unit.value, "", *values, row.definition])
    for worker in dict.fromkeys(worker.name for figures in known.values() for worker in figures.workers):
        for name, unit, of in WORKER_COLUMNS:
            values = [_of_worker(known[title], worker, of) if title in known else "" for title in runs]
            writer.writerow([name, unit.value, worker, *values, ""])


def _of_worker(figures: Figures, name: str, of: Callable[[WorkerFigures], float]) -> str:
    """Of the first of that name; empty where there is none."""
    return next((_exact(of(worker)) for worker in figures.workers if worker.name == name), "")


def _exact(value: Reading[float]) -> str:
    return "" if isinstance(value, Unknown) or not isfinite(value) else f"{value:.9g}"


def _seconds(value: float) -> str:
    if value == 0:
        return f"0{_SPACE}s"
    if value < 0.001:
        return f"{_three(value * 1e6)}{_SPACE}µs"
    return f"{_three(value * 1e3)}{_SPACE}ms" if value < 1 else f"{_three(value)}{_SPACE}s"


def _three(value: float) -> str:
    """Three significant figures, and all those before the decimal point."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _sign(by: float) -> str:
    return "+" if by > 0 else "−"


_SHOWN: Mapping[Unit, Callable[[float], str]] = {
    Unit.SECONDS: _seconds,
    Unit.SHARE: lambda value: f"{value * 100:.1f}{_SPACE}%",
    Unit.INDEX: lambda value: f"{value:.2f}",
    Unit.COUNT: lambda value: f"{value:,.0f}",
    Unit.RATE: lambda value: f"{_three(value)}/s",
    Unit.MESSAGE_SECONDS: _seconds,
    Unit.TRUTH: lambda value: "yes" if value else "no",
}
