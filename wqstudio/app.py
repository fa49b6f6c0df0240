"""The window's composition root: the only module that knows both the adapters and the window."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any

import qasync
from PySide6.QtWidgets import QApplication

from wqstudio.background import spawn
from wqstudio.brokers.factory import probe_connection
from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.local.nats_server import LocalNatsServer, default_folder
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import Connection
from wqstudio.domain.events import Event
from wqstudio.engine.studio import Studio
from wqstudio.options import Local, WindowOptions
from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.demo import DEMO
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.theme import Scheme, Theme


def run_window(options: WindowOptions) -> int:
    """Show the window and run until it is closed. Returns the exit code."""
    if _no_display():
        if options.screenshot is None:
            print(
                "wqstudio: there is no display to open a window on; start it from a desktop session, "
                "or play the demo without a window: wqstudio run demo",
                file=sys.stderr,
            )
            return 1
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)  # what is open is closed in order after the window
    theme = Theme(application, Scheme(options.theme) if options.theme else Scheme.SYSTEM)
    window = MainWindow(theme, SCENARIOS, probe_connection)
    if options.size is not None:
        window.resize(options.size.width, options.size.height)
    window.show()
    with qasync.QEventLoop(application) as loop:
        return int(loop.run_until_complete(_App(window).run(options)))


def _no_display() -> bool:
    wanted = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform.startswith("linux") and not any(os.environ.get(name) for name in wanted)


class _App:
    """Opens and closes what the window asks for, one connection at a time."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._switching = asyncio.Lock()
        self._open = AsyncExitStack()
        self._studio: Studio | None = None
        self._closed = asyncio.Event()
        window.closing.connect(self._closed.set)
        window.demo_requested.connect(lambda: self._start(self._open_local(Local.DEMO)))
        window.connection_chosen.connect(lambda connection: self._start(self._connect(connection)))
        window.disconnect_requested.connect(lambda: self._start(self._leave()))
        window.run_requested.connect(lambda name: self._start(self._run_scenario(name)))
        window.stop_requested.connect(lambda: self._start(self._stop_scenario()))

    async def run(self, options: WindowOptions) -> int:
        """Until the window is closed, or the picture is taken."""
        self._close_on_signals()
        if options.connection is not None:
            self._start(self._connect(options.connection))
        elif options.local is not None:
            self._start(self._open_local(options.local))
        code = 0
        if options.screenshot is not None:
            code = await self._take_picture(options)
        else:
            await self._closed.wait()
        await self._leave()
        return code

    def _close_on_signals(self) -> None:
        """Ctrl+C and SIGTERM close the window as its button does."""
        if sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self._window.close)

    def _start(self, action: Coroutine[Any, Any, None]) -> None:
        """Run what the user asked for; trouble is told in the window."""
        spawn(self._tell_trouble(action), "user action")

    async def _tell_trouble(self, action: Coroutine[Any, Any, None]) -> None:
        async with self._switching:
            try:
                await action
            except (BrokerError, LocalServerError) as error:
                self._window.show_trouble(str(error))

    async def _open_local(self, local: Local) -> None:
        await self._leave()
        self._window.show_progress("Starting a local NATS server …")
        folder = default_folder() if local is Local.KEPT else None
        server = LocalNatsServer(folder, on_event=self._tell)
        await server.start()
        self._open.push_async_callback(server.stop)
        await self._attach(server.connection)
        if local is Local.DEMO:
            await self._run_scenario(DEMO.name)

    async def _connect(self, connection: Connection) -> None:
        await self._leave()
        self._window.show_progress(f"Connecting to {', '.join(connection.urls)} …")
        await self._attach(connection)

    async def _attach(self, connection: Connection) -> None:
        self._studio = await Studio.open(connection)
        self._open.push_async_callback(self._studio.close)
        self._window.attach(self._studio)

    async def _leave(self) -> None:
        """Close what is open, the studio before its server."""
        if self._studio is not None:
            self._window.detach()
            self._studio = None
        stack, self._open = self._open.pop_all(), AsyncExitStack()
        await stack.aclose()

    async def _run_scenario(self, name: str) -> None:
        if self._studio is not None:
            await self._studio.play(next(scenario for scenario in SCENARIOS if scenario.name == name))

    async def _stop_scenario(self) -> None:
        if self._studio is not None:
            self._window.show_account(await self._studio.settle())

    async def _take_picture(self, options: WindowOptions) -> int:
        assert options.screenshot is not None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), options.after)
            return 1
        if self._window.grab().save(str(options.screenshot), "PNG"):
            return 0
        print(f"wqstudio: could not write a picture to {options.screenshot}", file=sys.stderr)
        return 1

    def _tell(self, event: Event) -> None:
        """Pass on what the local server says of itself."""
        if self._studio is not None:
            self._studio.tell(event)
