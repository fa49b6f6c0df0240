"""The figures of runs that are compared, as rows: one column a run, and how each stands to the first."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from wqstudio.domain.dispatch import Figures, WorkerFigures
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.engine.drawing.figures_csv import write_figures
from wqstudio.engine.figures.differences import difference, verdict, withheld
from wqstudio.engine.figures.rows import (
    FATES,
    Better,
    FigureRow,
    Measured,
    Unit,
    of_figures,
    rows_of,
    shown,
)
from wqstudio.ui.names import visible

_MOST_WORKERS = 12
"""Of so many there are rows of their own."""


@dataclass(frozen=True, slots=True)
class Cell:
    value: str
    difference: str = ""
    """To the first run, with its sign; empty: it is the first, or that is not known."""
    better: bool | None = None
    """None: neither better nor worse."""
    withheld: str = ""
    """Why it is not said to be either, though it differs; empty: there is nothing to say."""

    @property
    def verdict(self) -> str:
        """In a word; empty: there is none."""
        return "" if self.better is None else "better" if self.better else "worse"

    @property
    def compared(self) -> str:
        """The difference, and what it is worth."""
        return ", ".join(filter(None, (self.difference, self.verdict or self.withheld)))

    @property
    def brief(self) -> str:
        """The difference alone, without how many times it is: where there is little room."""
        return self.difference.partition(" (")[0].replace("points", "pts")

    @property
    def words(self) -> str:
        """All of it."""
        return "  ".join(filter(None, (self.value, self.compared)))


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    definition: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    titles: tuple[str, ...]
    """Of the runs."""
    rows: tuple[Row, ...]

    def as_text(self) -> str:
        """Columns between tabs, for a sheet or a mail."""
        lines = [["Figure", *self.titles], *([row.name, *(cell.words for cell in row.cells)] for row in self.rows)]
        return "\n".join("\t".join(line) for line in lines) + "\n"


def table(runs: Sequence[tuple[str, Measured]]) -> Table:
    """``runs``: with their titles; the first is what the others are compared with."""
    known = [run.figures for _, run in runs if isinstance(run.figures, Figures)]
    every = (*rows_of(run for _, run in runs), *FATES, *_worker_rows(known))
    return Table(
        tuple(title for title, _ in runs),
        tuple(Row(row.name, row.definition, tuple(_cells(row, [run for _, run in runs]))) for row in every),
    )


def as_csv(runs: Sequence[tuple[str, Measured]]) -> str:
    """With all digits."""
    out = io.StringIO(newline="")
    write_figures(dict(runs), out)
    return out.getvalue()


def _cells(row: FigureRow, runs: Sequence[Measured]) -> Iterator[Cell]:
    values = [row.of(run) for run in runs]
    first = values[0]
    yield Cell(shown(first, row.unit))
    for run, value in zip(runs[1:], values[1:], strict=True):
        compared = verdict(row, run, runs[0]), withheld(row, run, runs[0])
        yield Cell(shown(value, row.unit), difference(value, first, row), *compared)


def _worker_rows(known: Sequence[Figures]) -> Iterator[FigureRow]:
    names = dict.fromkeys(worker.name for figures in known for worker in figures.workers)
    for name in list(names)[:_MOST_WORKERS]:
        yield FigureRow(
            f"{visible(name)}: tasks acknowledged",
            Unit.COUNT,
            Better.NEITHER,
            "How many of the tasks this worker acknowledged.",
            _of(name, lambda worker: float(worker.acknowledged)),
        )
        yield FigureRow(
            f"{visible(name)}: idle while work was waiting",
            Unit.SHARE,
            Better.LESS,
            "Share of its time with a task published and not begun by anybody, in which this worker worked on nothing.",
            _of(name, lambda worker: worker.idle_while_waiting),
            of_all_work=True,
        )


def _of(name: str, read: Callable[[WorkerFigures], float]) -> Callable[[Measured], Reading[float]]:
    def find(figures: Figures) -> Reading[float]:
        found = next((worker for worker in figures.workers if worker.name == name), None)
        return Unknown(f"there was no {name}") if found is None else read(found)

    return of_figures(find)
