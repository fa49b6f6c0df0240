"""The window's composition root: the only module that knows both the adapters and the window.

Engine, clients and adapters take as long to load as Qt does: they are imported where a connection is opened or
tried, so that the first picture comes without them.
"""

import asyncio
import contextlib
import gc
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qasync
from PySide6.QtWidgets import QApplication

from wqstudio.background import cancel, spawn
from wqstudio.brokers.checks import Check, OnCheck
from wqstudio.brokers.local.rabbitmq_install import why_not_installed
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import Connection, Product, RabbitConnection
from wqstudio.domain.events import Event
from wqstudio.domain.scenario import Scenario
from wqstudio.engine.letters.whole_file import write_whole
from wqstudio.options import Local, WindowOptions
from wqstudio.scenarios import DEMO, SCENARIOS
from wqstudio.ui.compare_play import CompareAudience, ComparePlay
from wqstudio.ui.garbage import WindowThreadGarbage
from wqstudio.ui.lookups import Lookups
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.memory import Memory
from wqstudio.ui.picture import png_of
from wqstudio.ui.play import Audience, Play
from wqstudio.ui.promptness import be_prompt
from wqstudio.ui.theme import Scheme, Theme

if TYPE_CHECKING:
    from wqstudio.engine.playing.faults import Restart
    from wqstudio.engine.playing.player import Player
    from wqstudio.engine.studio import Studio
    from wqstudio.scenarios.comparing import Comparison

_FIRST_PICTURE = 2.0
"""Seconds to wait for it; a window that is started minimised paints nothing."""
_STARTING = {
    Product.NATS: "Starting a local NATS server …",
    Product.RABBITMQ: "Starting a local RabbitMQ node; this takes some seconds …",
}


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
    with be_prompt():
        application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)  # what is open is closed in order after the window
    WindowThreadGarbage(application)
    with ExitStack() as stack:
        window = make_window(application, options, _memory(options, stack))
        window.show()
        with qasync.QEventLoop(application) as loop:
            return _run_until_closed(loop, _App(window).run(options))


def _run_until_closed(loop: qasync.QEventLoop, running: Coroutine[Any, Any, int]) -> int:
    """Returns the exit code. Where the display goes away, Qt ends the loop before the window is closed."""
    task = loop.create_task(running)
    try:
        return int(loop.run_until_complete(task))
    except RuntimeError:
        if task.done():
            raise
        print("wqstudio: the display went away, and the window with it", file=sys.stderr)
        return 1


def make_window(application: QApplication, options: WindowOptions, memory: Memory) -> MainWindow:
    """As it is first shown: nothing is connected."""
    theme = Theme(application, Scheme(options.theme) if options.theme else Scheme.SYSTEM)
    window = MainWindow(theme, SCENARIOS, Lookups(_probe, _virtual_hosts), memory, rabbit_missing=why_not_installed())
    if options.size is not None:
        window.take_size(options.size.width, options.size.height)
    return window


def _memory(options: WindowOptions, stack: ExitStack) -> Memory:
    """Pictures are made without one, so that they come out the same everywhere."""
    if options.screenshot is None:
        return Memory()
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="wqstudio-"))
    return Memory(Path(folder) / "window.ini")


def _no_display() -> bool:
    wanted = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform.startswith("linux") and not any(os.environ.get(name) for name in wanted)


async def _probe(connection: Connection, on_check: OnCheck) -> tuple[Check, ...]:
    from wqstudio.brokers.factory import probe_connection  # noqa: PLC0415  loaded late, see above

    return await probe_connection(connection, on_check)


async def _virtual_hosts(connection: RabbitConnection) -> Sequence[str]:
    from wqstudio.brokers.factory import virtual_hosts  # noqa: PLC0415  loaded late, see above

    return await virtual_hosts(connection)


def _limits_left_lifted() -> Sequence[str]:
    """By looks that were killed, each a sentence; in a thread."""
    from wqstudio.engine.looks.dead_letters import journal_file  # noqa: PLC0415  the same
    from wqstudio.engine.moves import lifted_limits  # noqa: PLC0415  loaded late, see above

    return lifted_limits.reminders(journal_file())


class _App:
    """Opens and closes what the window asks for, one connection at a time."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._switching = asyncio.Lock()
        self._actions: set[asyncio.Task[None]] = set()
        self._open = AsyncExitStack()
        self._studio: Studio | None = None
        self._play: Play | None = None
        self._comparisons: ComparePlay | None = None
        self._closed, self._painted = asyncio.Event(), asyncio.Event()
        window.painted.connect(self._painted.set)
        window.closing.connect(self._closed.set)
        window.demo_requested.connect(lambda product: self._start(self._open_local(Local.DEMO, product)))
        window.scenarios.gallery_requested.connect(
            lambda product, scenario: self._start(self._open_gallery(product, scenario))
        )
        window.local_requested.connect(lambda product: self._start(self._open_local(Local.KEPT, product)))
        window.connection_chosen.connect(lambda connection: self._start(self._connect(connection)))
        window.disconnect_requested.connect(lambda: self._start(self._leave()))
        window.scenarios.run_requested.connect(lambda scenario: self._start(self._run_scenario(scenario)))
        window.scenarios.stop_requested.connect(lambda: self._start(self._stop_scenario()))
        window.comparisons.requested.connect(lambda comparison: self._start(self._compare(comparison)))
        window.comparisons.stop_requested.connect(lambda: self._start(self._stop_comparing()))
        window.comparisons.local_requested.connect(lambda product, of: self._start(self._open_comparison(product, of)))

    async def run(self, options: WindowOptions) -> int:
        """Until the window is closed, or the picture is taken."""
        self._window.begin_with(options.tab, options.queue)
        self._close_on_signals()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._painted.wait(), _FIRST_PICTURE)
        if options.compare:
            self._start(self._compare_named(options))
        elif options.connection is not None:
            self._start(self._connect(options.connection))
        elif options.local is not None:
            self._start(self._open_local(options.local, options.product, options.folder))
        elif options.screenshot is None:
            self._start(self._remind())
        code = 0
        if options.screenshot is not None:
            code = await self._take_picture(options)
        else:
            await self._closed.wait()
        for action in tuple(self._actions):
            await cancel(action)
        await self._leave()
        return code

    def _close_on_signals(self) -> None:
        """Ctrl+C and SIGTERM close the window as its button does."""
        if sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self._window.close)

    def _start(self, action: Coroutine[Any, Any, None]) -> None:
        """Run what the user asked for; trouble is told in the window."""
        task = spawn(self._tell_trouble(action), "user action")
        self._actions.add(task)
        task.add_done_callback(self._actions.discard)

    async def _tell_trouble(self, action: Coroutine[Any, Any, None]) -> None:
        async with self._switching:
            try:
                await action
            except BrokerError as error:
                self._window.show_trouble(str(error))

    async def _remind(self) -> None:
        """On the start page. Whoever connects at once is told in the log."""
        if said := await asyncio.to_thread(_limits_left_lifted):
            self._window.show_trouble("\n".join(said))

    async def _open_local(self, local: Local, product: Product, wanted: Path | None = None) -> None:
        await self._leave()
        self._window.show_progress(_STARTING[product])
        from wqstudio.brokers.local.choice import default_folder, local_server  # noqa: PLC0415  loaded late, see above

        folder = (wanted or default_folder(product)) if local is Local.KEPT else None
        server = local_server(product, folder, on_event=self._tell)
        await server.start()
        self._open.push_async_callback(server.stop)
        await self._attach(server.connection, restart=server.restart)
        if local is Local.DEMO:
            await self._run_scenario(SCENARIOS.named(DEMO))

    async def _open_gallery(self, product: Product, scenario: Scenario | None) -> None:
        await self._open_local(Local.GALLERY, product)
        self._window.scenarios.show_gallery(scenario)

    async def _open_comparison(self, product: Product, scenario: Scenario) -> None:
        await self._open_local(Local.GALLERY, product)
        self._window.comparisons.compare(scenario, product)

    async def _compare_named(self, options: WindowOptions) -> None:
        """Where the options say; else on a local broker, of RabbitMQ where that can be."""
        scenario = SCENARIOS.named(options.compare)
        if scenario is None:
            self._window.show_trouble(f"There is no scenario {options.compare}; wqstudio run --list names them.")
        elif options.connection is not None:
            await self._connect(options.connection)
            self._window.comparisons.compare(scenario, options.connection.product)
        elif options.local is Local.KEPT:
            await self._open_local(Local.KEPT, options.product, options.folder)
            self._window.comparisons.compare(scenario, options.product)
        else:
            rabbit = Product.RABBITMQ in scenario.products and not why_not_installed()
            product = Product.RABBITMQ if rabbit else scenario.products[0]
            await self._open_comparison(options.product if options.local else product, scenario)

    async def _connect(self, connection: Connection) -> None:
        await self._leave()
        self._window.show_progress(f"Connecting to {', '.join(connection.urls)} …")
        await self._attach(connection)

    async def _attach(self, connection: Connection, restart: "Restart | None" = None) -> None:
        """``restart``: of the broker, where the studio itself started it."""
        from wqstudio.engine.studio import Studio  # noqa: PLC0415  loaded late, see above

        studio = await Studio.open(connection)
        self._open.push_async_callback(studio.close)
        await studio.open_desk()
        self._studio = studio
        own = restart is not None
        self._window.attach(self._studio, own=own)
        gc.collect()
        gc.freeze()  # this lives as long as the connection; looking through it for garbage would cost two frames
        self._open.callback(gc.unfreeze)
        audience = Audience(self._window.scenarios.follow, self._window.scenarios.show_played)
        self._play = Play(self._studio, self._window.show_run_state, audience, restart, keep=own)
        said = self._window.comparisons
        told = CompareAudience(said.show_comparing, said.show_compared, said.show_over)
        self._comparisons = ComparePlay(self._play, connection.product, told, self._local_player)

    async def _leave(self) -> None:
        """Close what is open, the studio before its server."""
        if self._play is not None and self._comparisons is not None:
            await self._comparisons.close()
            await self._play.close()
            self._window.detach()
            self._studio = self._play = self._comparisons = None
        stack, self._open = self._open.pop_all(), AsyncExitStack()
        await stack.aclose()

    async def _run_scenario(self, scenario: Scenario | None) -> None:
        if self._play is not None and scenario is not None:
            if self._play.may_run:
                self._window.show_trouble("")  # with what was played before
            await self._play.run(scenario)

    async def _stop_scenario(self) -> None:
        if self._play is not None and (account := await self._play.stop()) is not None:
            self._window.show_account(account)

    async def _compare(self, comparison: "Comparison") -> None:
        if self._comparisons is not None:
            self._window.show_trouble("")  # as for a run
            self._comparisons.begin(comparison)

    async def _stop_comparing(self) -> None:
        if self._comparisons is not None:
            await self._comparisons.stop()

    @contextlib.asynccontextmanager
    async def _local_player(self, product: Product) -> "AsyncIterator[Player]":
        from wqstudio.brokers.local.choice import local_server  # noqa: PLC0415  loaded late, see above
        from wqstudio.engine.playing.player import Player  # noqa: PLC0415  the same
        from wqstudio.engine.studio import Studio  # noqa: PLC0415  the same

        server = local_server(product, on_event=self._tell)
        await server.start()
        try:
            studio = await Studio.open(server.connection)
            try:
                yield Player(studio, server.restart)
            finally:
                await studio.close()
        finally:
            await server.stop()

    async def _take_picture(self, options: WindowOptions) -> int:
        """``after`` seconds from now. Returns the exit code: 0 where it is there, and shows what was wanted."""
        assert options.screenshot is not None
        trouble = "the window was closed before its picture was taken"
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), options.after)
        if not self._closed.is_set():
            trouble = self._picture_trouble(options, options.screenshot)
        if trouble:
            print(f"wqstudio: {trouble}", file=sys.stderr)
        return 1 if trouble else 0

    def _picture_trouble(self, options: WindowOptions, file: Path) -> str:
        """Take it. Returns what went wrong; empty: nothing."""
        try:
            write_whole(file, png_of(self._window))
        except OSError as error:
            return f"could not write a picture to {file}: {error.strerror}"
        if self._studio is None and (options.local or options.connection or options.compare):
            return f"{file} shows what kept the studio from opening"
        return ""

    def _tell(self, event: Event) -> None:
        """Pass on what the local server says of itself."""
        if self._studio is not None:
            self._studio.tell(event)
