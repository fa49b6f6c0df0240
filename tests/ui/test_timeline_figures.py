"""When the figures above the timeline are reckoned anew."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.unit.engine.recordings import START, row, task
from tests.waiting import until
from wqstudio.domain.delivery import ConfirmedTasks, FleetBatch, deliveries
from wqstudio.domain.queue import Source
from wqstudio.domain.settled import pack_delivery
from wqstudio.domain.worker import Phase, WorkerSpec, WorkerState
from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.ui.panels.timeline_figures import FiguresStrip
from wqstudio.ui.theme import Theme

_AWAY = 600.0
"""Seconds for which nobody looks."""


@pytest.fixture
def timeline() -> Timeline:
    """One worker, which has done nothing yet."""
    made = Timeline(clock=lambda: START - 1.0)
    made.take(FleetBatch(workers=(WorkerState(1, WorkerSpec("one", Source("jobs")), Phase.WAITING, host=1),)))
    return made


@pytest.fixture
def strip(timeline: Timeline, theme: Theme, qtbot: QtBot) -> Iterator[FiguresStrip]:
    made = FiguresStrip(timeline, theme)
    qtbot.addWidget(made)
    yield made
    made.detach()


def _says(strip: FiguresStrip, now: float, words: str) -> bool:
    strip.advance(now)
    return words in strip.said


async def test_time_in_which_nobody_looked_holds_up_no_figures(timeline: Timeline, strip: FiguresStrip) -> None:
    strip.advance(START)
    back = START + _AWAY
    await until(lambda: _says(strip, back, "no delivery has been acknowledged yet"))
    timeline.take(FleetBatch(confirmed=(ConfirmedTasks(7, 0, 2, START),)))
    timeline.take(FleetBatch(settled=deliveries(pack_delivery(*row(1, task(0), (0.0, 0.0, 1.0))))))
    await until(lambda: _says(strip, back + 5.0, "best possible"), within=10.0)
