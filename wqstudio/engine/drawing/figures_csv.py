"""The figures of runs as rows of CSV, for spreadsheets and notebooks."""

import csv
from collections.abc import Callable, Mapping
from math import isfinite
from typing import TextIO

from wqstudio.domain.dispatch import Figures, WorkerFigures
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.engine.figures.rows import FATES, ROWS, WORKER_COLUMNS, Measured


def write_figures(runs: Mapping[str, Measured], out: TextIO) -> None:
    """A row for each figure, of the whole run and of each worker, and a column for each run. ``runs`` by title."""
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
