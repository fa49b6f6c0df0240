"""The figures of runs as rows of a table: names, units, definitions in a sentence, and how a value reads."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from math import isfinite
from operator import attrgetter, methodcaller
from typing import TypeAlias

from wqstudio.domain.dispatch import Figures, Percentiles, WorkerFigures
from wqstudio.domain.ledger import Account
from wqstudio.domain.reading import Reading, Unknown

SPACE = "\N{NARROW NO-BREAK SPACE}"


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


def _seconds(value: float) -> str:
    if value == 0:
        return f"0{SPACE}s"
    if value < 0.001:
        return f"{three_figures(value * 1e6)}{SPACE}µs"
    return f"{three_figures(value * 1e3)}{SPACE}ms" if value < 1 else f"{three_figures(value)}{SPACE}s"


def three_figures(value: float) -> str:
    """Three significant figures, and all those before the decimal point."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


_SHOWN: Mapping[Unit, Callable[[float], str]] = {
    Unit.SECONDS: _seconds,
    Unit.SHARE: lambda value: f"{value * 100:.1f}{SPACE}%",
    Unit.INDEX: lambda value: f"{value:.2f}",
    Unit.COUNT: lambda value: f"{value:,.0f}",
    Unit.RATE: lambda value: f"{three_figures(value)}/s",
    Unit.MESSAGE_SECONDS: _seconds,
    Unit.TRUTH: lambda value: "yes" if value else "no",
}
