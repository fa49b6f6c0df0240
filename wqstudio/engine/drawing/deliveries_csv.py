"""Every delivery as a row of CSV, for spreadsheets and notebooks."""

import csv
from collections.abc import Iterator
from typing import TextIO

import numpy as np

from wqstudio.domain.dispatch_rows import never_begun
from wqstudio.domain.dispatch_words import OUTCOME_WORDS
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import producer_of, sequence_of
from wqstudio.domain.worker import Outcome, nameless
from wqstudio.engine.drawing.recorded import Recorded

HEADINGS = (
    "run",
    "worker",
    "producer",
    "producer_id",
    "task",
    "delivery",
    "outcome",
    "published_s",
    "received_s",
    "begun_s",
    "ended_s",
    "work_s",
)
"""``run`` is the title of what was played. A producer is known by its id, since names may be alike. Seconds since the
beginning of the run (``Figures.began``; what was published before has times below 0), but ``work_s``: what the task
takes at speed 1. A message that no producer of the run published has neither producer nor task, and no number of its
delivery where its broker does not count; what is empty has not happened, or is not known."""


def write_deliveries(recorded: Recorded, out: TextIO) -> None:
    """As they ended, then those that are being worked on."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(_settled(recorded))
    writer.writerows(_being(recorded))


def _settled(recorded: Recorded) -> Iterator[tuple[object, ...]]:
    rows, start = recorded.deliveries, recorded.start
    names = {lane.worker: lane.name for lane in recorded.lanes}
    published = _published(recorded)
    begun = np.where(never_begun(rows), np.nan, rows["begun"] - start)
    columns = zip(
        rows["worker"].tolist(),
        rows["task"].tolist(),
        np.where(rows["counted"], rows["deliveries"].astype(object), "").tolist(),
        rows["outcome"].tolist(),
        (rows["received"] - start).tolist(),
        begun.tolist(),
        (rows["ended"] - start).tolist(),
        rows["work"].tolist(),
        strict=True,
    )
    for worker, task, deliveries, outcome, received, began, ended, work in columns:
        yield (
            recorded.title,
            names.get(worker, nameless(worker)),
            *_identity(recorded, task),
            deliveries,
            OUTCOME_WORDS[Outcome(outcome)],
            published.get(task, ""),
            _seconds(received),
            _seconds(began),
            _seconds(ended),
            _seconds(work),
        )


def _being(recorded: Recorded) -> Iterator[tuple[object, ...]]:
    published = _published(recorded) if recorded.being else {}
    for one in recorded.being:
        received, begun = one.received - recorded.start, one.begun - recorded.start
        times = (published.get(one.task, ""), _seconds(received), _seconds(begun), "", _seconds(one.work))
        number = one.deliveries if one.counted else ""
        who = (recorded.title, recorded.name(one.worker), *_identity(recorded, one.task))
        yield *who, number, "being worked on", *times


def _published(recorded: Recorded) -> dict[int, str]:
    times, tasks = recorded.published
    return dict(zip(tasks.tolist(), map(_seconds, (times - recorded.start).tolist()), strict=True))


def _identity(recorded: Recorded, task: int) -> tuple[object, object, object]:
    return ("", "", "") if task == FOREIGN else (recorded.producer(task), producer_of(task), sequence_of(task))


def _seconds(value: float) -> str:
    """To the microsecond; empty for NaN."""
    return "" if np.isnan(value) else f"{value:.6f}"
