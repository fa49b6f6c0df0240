"""Fixtures for the window: one loop that drives both Qt and asyncio, as in the program itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
import qasync
from PySide6.QtWidgets import QApplication

from tests.contract.graveyards import NatsGraveyard, buried
from tests.jetstream import JetStream
from tests.servers import NatsServer
from tests.ui.letter_windows import ORDERS, letters_window_on
from wqstudio.engine.studio import Studio
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.theme import Scheme, Theme


@cache
def _application() -> QApplication:
    """Kept alive here; pytest-qt's ``qapp`` finds and takes it."""
    there = QApplication.instance()
    application = there if isinstance(there, QApplication) else QApplication(["wqstudio"])
    application.setQuitOnLastWindowClosed(False)  # a test that closes its window goes on
    return application


class _Handle(asyncio.Handle):
    """Runs as on a running loop even when pytest-qt processes events between a test and its fixtures.

    pytest-asyncio starts and stops the loop for each of these, but Qt's timers, by which qasync calls, go on.
    """

    _loop: asyncio.AbstractEventLoop

    def _run(self) -> None:
        if asyncio.events._get_running_loop() is not None:
            super()._run()
            return
        asyncio.events._set_running_loop(self._loop)
        try:
            super()._run()
        finally:
            asyncio.events._set_running_loop(None)


class _QtLoop(qasync.QEventLoop):  # type: ignore[misc]  # qasync ships no types
    def _add_callback(self, handle: Any, delay: float = 0) -> asyncio.Handle:
        again = _Handle(handle._callback, handle._args, self, handle._context)
        return cast("asyncio.Handle", super()._add_callback(again, delay))


def _qt_loop() -> asyncio.AbstractEventLoop:
    return cast("asyncio.AbstractEventLoop", _QtLoop(_application()))


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Async tests below this folder run on Qt's loop.

    While such a test awaits, the window lives; ``qtbot.wait…`` would nest a second loop and must not be used in it.
    """
    return {"qt": _qt_loop}


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, Scheme.DARK)


@pytest_asyncio.fixture
async def studio(nats_server: NatsServer) -> AsyncIterator[Studio]:
    """Open on a fresh server; closed with all that it started."""
    opened = await Studio.open(nats_server.connection, worker_hosts=1)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def jetstream(jetstream: JetStream) -> JetStream:
    """With a stream of dead letters, ``dead``, that is empty."""
    await jetstream.stream("dead", metadata={"dead_letter_queue": "true"}, allow_direct=True)
    return jetstream


@pytest_asyncio.fixture
async def graveyard(nats_server: NatsServer) -> AsyncIterator[NatsGraveyard]:
    """With ``ORDERS`` dead in it; a module that needs another one has its own."""
    async with buried(NatsGraveyard(nats_server), ORDERS) as made:
        yield made


@pytest_asyncio.fixture
async def window(graveyard: NatsGraveyard, theme: Theme, tmp_path: Path) -> AsyncIterator[MainWindow]:
    """On the tab of dead letters, whose rows are read; a module that needs another one has its own."""
    async with letters_window_on(graveyard.connection, theme, tmp_path) as shown:
        yield shown
