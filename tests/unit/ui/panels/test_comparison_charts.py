from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from wqstudio.domain.delivery import ConfirmedTasks, FleetBatch, deliveries
from wqstudio.domain.queue import Source
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.settled import SettledDelivery, pack_delivery
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import Outcome, Phase, WorkerSpec, WorkerState
from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.ui.graphs.timeline_line import TimelineLine
from wqstudio.ui.panels.comparison_charts import ComparisonCharts, Strip
from wqstudio.ui.theme import Concept, Scheme, Theme

SECONDS = 10.0


class _Asked(Timeline):
    """Counts how often it was asked what waits."""

    times = 0

    def waiting(self, *args: Any, **named: Any) -> tuple[Floats, Integers]:
        self.times += 1
        return super().waiting(*args, **named)


def _run(tasks: int) -> _Asked:
    """All published at once, and done one after the other in ``SECONDS``."""
    timeline, each = _Asked(clock=lambda: 0.0), SECONDS / tasks
    worker = WorkerState(1, WorkerSpec("w", Source("q")), Phase.WAITING, host=0)
    timeline.take(FleetBatch(confirmed=(ConfirmedTasks(7, 0, tasks, 0.0),), workers=(worker,)))
    rows = (
        SettledDelivery(1, TaskId("run", 7, n).number, 1, n * each, n * each, (n + 1) * each, Outcome.ACKED, 1.0)
        for n in range(tasks)
    )
    timeline.take(FleetBatch(settled=deliveries(b"".join(pack_delivery(*row) for row in rows))))
    return timeline


@pytest.fixture
def runs() -> list[_Asked]:
    return [_run(tasks) for tasks in (10, 30, 50, 100)]


@pytest.fixture
def charts(qtbot: QtBot, qapp: QApplication, runs: list[_Asked]) -> ComparisonCharts:
    shown = ComparisonCharts(Theme(qapp, Scheme.DARK))
    qtbot.addWidget(shown)
    shown.resize(900, 700)
    shown.show_strips([Strip(f"run {n}", "", run, SECONDS, "10 s") for n, run in enumerate(runs)])
    shown.show()
    _settle(qtbot, shown)
    return shown


def _settle(qtbot: QtBot, charts: ComparisonCharts) -> None:
    """Until all is drawn that a change asks for."""
    qtbot.waitUntil(lambda: not charts._refit.isActive())


def _top(line: TimelineLine) -> int:
    """The uppermost pixel of the waiting line."""
    image, color = line.grab().toImage(), Concept.WAITING.color
    columns = range(0, image.width(), 5)
    return next(y for y in range(image.height()) if any(image.pixelColor(x, y) == color for x in columns))


def test_each_waiting_line_is_as_high_as_the_scale_beside_it_says(charts: ComparisonCharts) -> None:
    def differences() -> list[float]:
        lines = [chart.line for chart in charts.charts]
        assert len({line.highest for line in lines}) == 1
        most = [max(line.waiting_at(at)[0] for at in np.linspace(0, SECONDS, 500)) for line in lines]
        return [abs(_top(line) - line.y_of(waits)) for line, waits in zip(lines, most, strict=True)]

    assert max(differences()) <= 2
    charts.view.zoom(0.8, 0.0)
    assert max(differences()) <= 2


def test_another_size_draws_each_chart_once(qtbot: QtBot, charts: ComparisonCharts, runs: list[_Asked]) -> None:
    before = [run.times for run in runs]
    charts.resize(800, 600)
    _settle(qtbot, charts)
    assert [run.times - times for run, times in zip(runs, before, strict=True)] == [1, 1, 1, 1]
