"""A long run of many workers, told to a timeline as a fleet tells it."""

import asyncio
import itertools
import time

import numpy as np

from wqstudio.domain.delivery import DELIVERY, BegunDelivery, ConfirmedTasks, Deliveries, FleetBatch
from wqstudio.domain.queue import Source
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.worker import Outcome, Phase, WorkerSpec, WorkerState
from wqstudio.engine.timeline.timeline import Timeline

LANES, BARS = 200, 100_000
A_SECOND = 500
"""Deliveries that end while the window is measured."""
_BATCHES = 20
"""A second, as the fleet has them."""
_SPAN = 60.0
"""Seconds that the bars cover: all of them are in sight."""
_OUTCOMES = (Outcome.ACKED, Outcome.NAKED, Outcome.TERMINATED, Outcome.CRASHED, Outcome.EXPIRED)
_SHARES = (0.9, 0.04, 0.02, 0.02, 0.02)
_AGAIN, _BEFORE = 0.05, 50
"""Share of deliveries that are not the first of their message, and how many rows before the first one was."""


def past(timeline: Timeline) -> None:
    """Tell it of ``BARS`` deliveries that have just ended."""
    now = time.time()
    workers = tuple(_worker(number) for number in range(1, LANES + 1))
    timeline.take(FleetBatch(workers=workers))
    each = BARS // LANES
    ends = now - _SPAN + np.arange(1, each + 1) * (_SPAN / each)
    rows = _deliveries(np.repeat(np.arange(1, LANES + 1), each), np.tile(ends, LANES), _SPAN / each * 0.9, first=0)
    timeline.take(FleetBatch(confirmed=(ConfirmedTasks(0, 0, BARS, now - _SPAN),)))
    timeline.take(FleetBatch(settled=rows[np.argsort(rows["ended"], kind="stable")]))


async def go_on(timeline: Timeline) -> None:
    """End ``A_SECOND`` deliveries a second, and begin as many, until cancelled."""
    turns = itertools.cycle(range(1, LANES + 1))
    count = A_SECOND // _BATCHES
    last = dict.fromkeys(range(1, LANES + 1), time.time())
    for number in itertools.count():
        await asyncio.sleep(1 / _BATCHES)
        now, first = time.time(), BARS + number * count
        workers = list(itertools.islice(turns, count))
        rows = _deliveries(np.array(workers), np.full(count, now), 0.0, first)
        rows["begun"] = [last[worker] for worker in workers]
        rows["received"] = rows["begun"]
        last.update(dict.fromkeys(workers, now))
        begun = tuple(
            BegunDelivery(worker, first + count + k, 1, now, now, 0.4, 0.4) for k, worker in enumerate(workers)
        )
        confirmed = (ConfirmedTasks(0, first, count, now),)
        timeline.take(FleetBatch(settled=rows, begun=begun, confirmed=confirmed))


def _worker(number: int) -> WorkerState:
    return WorkerState(number, WorkerSpec(f"worker-{number}", Source("jobs", "workers")), Phase.WORKING, host=1)


def _deliveries(workers: Integers, ended: Floats, took: float, first: int) -> Deliveries:
    rng = np.random.default_rng(first)
    rows = np.zeros(len(workers), DELIVERY)
    rows["worker"], rows["ended"] = workers, ended
    rows["begun"] = rows["ended"] - took
    rows["received"] = rows["begun"] - rng.exponential(0.2, len(rows))
    rows["task"] = first + np.arange(len(rows))
    rows["work"] = max(took, 0.1)
    rows["outcome"] = rng.choice(_OUTCOMES, len(rows), p=_SHARES)
    again = rng.random(len(rows)) < _AGAIN
    rows["deliveries"] = 1 + again
    rows["task"] -= np.where(again, np.minimum(_BEFORE, rows["task"]), 0)
    return rows
