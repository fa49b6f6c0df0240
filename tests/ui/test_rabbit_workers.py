"""Workers on a RabbitMQ node, as far as they differ from those on NATS."""

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from tests.rabbit_servers import RabbitHost
from tests.ui.windows import child, window_on
from tests.waiting import until
from wqstudio.domain.queue import ConsumerState
from wqstudio.domain.reading import known
from wqstudio.domain.worker import Phase
from wqstudio.engine.studio import Studio
from wqstudio.ui.panels.worker_controls import WorkerControls
from wqstudio.ui.panels.worker_form import WorkerForm
from wqstudio.ui.panels.worker_list import WorkerList
from wqstudio.ui.panels.workers import WorkersPanel
from wqstudio.ui.theme import Theme


@pytest_asyncio.fixture
async def panel(rabbit_host: RabbitHost, theme: Theme, tmp_path: Path) -> AsyncIterator[tuple[WorkersPanel, Studio]]:
    """Of a window on a node with the queue ``jobs``."""
    rabbit_host.manage("PUT", "queues/{vhost}/jobs", {"durable": True})
    async with window_on(rabbit_host.connection, theme, tmp_path) as window:
        shown = child(window, WorkersPanel, "workersPanel")
        await until(child(shown, QPushButton, "addFast").isEnabled)
        yield shown, shown._studio


async def test_no_limit_of_prefetch_can_be_chosen_before_and_after_the_start(
    panel: tuple[WorkersPanel, Studio], qtbot: QtBot
) -> None:
    shown, studio = panel
    shown._on_more()
    form = child(shown, WorkerForm, "workerForm")
    asked = child(form, QSpinBox, "workerFormPrefetch")
    asked.setValue(0)
    assert asked.text() == "unlimited"
    qtbot.mouseClick(form.button, Qt.MouseButton.LeftButton)
    question = child(shown, QPushButton, "confirmationAnyway")
    await until(question.isVisible)
    question.click()
    await until(lambda: 1 in studio.fleet.workers and studio.fleet.workers[1].phase is Phase.WAITING)
    assert studio.fleet.workers[1].spec.prefetch == 0
    child(shown, WorkerList, "workersList").select(1)
    await until(lambda: shown.findChild(WorkerControls) is not None)
    live = child(shown, QSpinBox, "workerPrefetch")
    assert live.text() == "unlimited"
    for wanted in (5, 0):
        live.setValue(wanted)
        await until(partial(_has_prefetch, studio, wanted))
    (consumer,) = _consumers(studio)
    assert re.fullmatch(r"worker-1\.[0-9a-f]{4}-\d+", consumer.name)  # another for each prefetch


def _has_prefetch(studio: Studio, wanted: int) -> bool:
    """So the node says of the only consumer."""
    return [each.prefetch for each in _consumers(studio)] == [wanted]


def _consumers(studio: Studio) -> tuple[ConsumerState, ...]:
    snapshot = studio.monitor.snapshot
    queues = known(snapshot.queues, {}) if snapshot is not None else {}
    return known(queues["jobs"].consumers, ()) if "jobs" in queues else ()
