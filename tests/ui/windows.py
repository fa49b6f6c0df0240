"""A window around a studio of its own, for tests that look at one broker or another."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QWidget

from wqstudio.background import spawn
from wqstudio.brokers.factory import probe_connection, virtual_hosts
from wqstudio.domain.connection import Connection
from wqstudio.engine.playing.faults import Restart
from wqstudio.engine.studio import Studio
from wqstudio.scenarios import SCENARIOS
from wqstudio.ui.lookups import Lookups
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.memory import Memory
from wqstudio.ui.play import Audience, Play
from wqstudio.ui.theme import Theme

W = TypeVar("W", bound=QWidget)


@asynccontextmanager
async def window_on(
    connection: Connection, theme: Theme, folder: Path, *, own: bool = False, scenario_folder: Path | None = None
) -> AsyncIterator[MainWindow]:
    """``own``: as if the studio had started the broker."""
    lookups = Lookups(probe_connection, virtual_hosts)
    memory = Memory(folder / "window.ini")
    window = MainWindow(theme, SCENARIOS, lookups, memory, scenario_folder=scenario_folder or folder / "scenarios")
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    studio = await Studio.open(connection, worker_hosts=1)
    try:
        await studio.open_desk()
        window.attach(studio, own=own)
        yield window
    finally:
        window.detach()
        window.close()
        window.deleteLater()
        await studio.close()


@asynccontextmanager
async def playing(window: MainWindow, restart: Restart | None = None) -> AsyncIterator[Play]:
    """Scenarios are played in the window, tied to it as the program itself does."""
    assert window.studio is not None
    audience = Audience(window.scenarios.follow, window.scenarios.show_played)
    play = Play(window.studio, window.show_run_state, audience, restart, keep=True)
    window.scenarios.run_requested.connect(lambda scenario: spawn(play.run(scenario), "run"))
    window.scenarios.stop_requested.connect(lambda: spawn(_stop(play), "stop"))
    yield play
    await play.close()


async def _stop(play: Play) -> None:
    await play.stop()


def child(window: QWidget, kind: type[W], name: str) -> W:
    found = window.findChild(kind, name)
    assert found is not None, name
    return found
