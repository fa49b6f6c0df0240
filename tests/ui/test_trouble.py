"""The program's own wiring: what went wrong in a run is said until the next one begins."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtWidgets import QLabel, QWidget

from tests.servers import NatsServer
from tests.ui.scenario_texts import SHORT
from tests.ui.windows import child
from tests.waiting import until
from wqstudio import app
from wqstudio.brokers.factory import probe_connection, virtual_hosts
from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Setting
from wqstudio.engine.looks import dead_letters
from wqstudio.options import WindowOptions
from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.comparing import Comparison
from wqstudio.scenarios.reading import read
from wqstudio.ui.lookups import Lookups
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.memory import Memory
from wqstudio.ui.theme import Theme

PLAYABLE = read(SHORT, "short", "short")
ELSEWHERE = read(SHORT.replace('"nats"', '"rabbitmq"'), "rabbit", "rabbit")
"""It cannot be played on NATS."""


@pytest_asyncio.fixture
async def window(
    nats_server: NatsServer, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MainWindow]:
    """Of the program as it runs, connected."""
    monkeypatch.setattr(dead_letters, "journal_file", lambda: tmp_path / "journal.sqlite")
    memory = Memory(tmp_path / "window.ini")
    shown = MainWindow(theme, SCENARIOS, Lookups(probe_connection, virtual_hosts), memory, scenario_folder=tmp_path)
    shown.resize(1100, 700)
    shown.show()
    running = asyncio.ensure_future(app._App(shown).run(WindowOptions(connection=nats_server.connection)))
    await until(lambda: shown.studio is not None)
    yield shown
    shown.close()
    assert await running == 0
    shown.deleteLater()


@pytest_asyncio.fixture
async def trouble(window: MainWindow) -> QLabel:
    """Said in red, of a run that could not begin."""
    window.scenarios.run_requested.emit(ELSEWHERE)
    said = child(window, QLabel, "trouble")
    await until(said.isVisible)
    assert "could not be played" in said.text()
    return said


async def test_a_new_run_takes_away_what_was_said_of_the_one_before(window: MainWindow, trouble: QLabel) -> None:
    window.scenarios.run_requested.emit(PLAYABLE)
    await until(lambda: not trouble.isVisible())
    await until(child(window, QWidget, "playStrip").isVisible)
    assert not trouble.isVisible()


async def test_so_does_a_comparison(window: MainWindow, trouble: QLabel) -> None:
    settings = (Setting("one", prefetch=1), Setting("ten", prefetch=10))
    window.comparisons.requested.emit(Comparison(PLAYABLE, settings, Product.NATS))
    await until(lambda: not trouble.isVisible())
