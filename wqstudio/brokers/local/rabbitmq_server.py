"""A RabbitMQ node of the studio's own on loopback ports, gone when the studio is gone."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable
from pathlib import Path
from typing import BinaryIO

import platformdirs

from wqstudio.background import cancel, spawn
from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.local.folder import LOCK_WAIT, MIN_FREE, FolderLock, claim, unusable
from wqstudio.brokers.local.guarded import GuardedProcess, start_guarded
from wqstudio.brokers.local.rabbitmq_install import Installation, find_installation
from wqstudio.brokers.local.rabbitmq_settings import HOST, USER, Layout, Ports, environment, prepare
from wqstudio.brokers.local.revival import OnEvent, Revival
from wqstudio.domain.connection import RabbitConnection

READY_WITHIN = 60.0
"""Seconds from the start to the first answer: Erlang takes 5 to 10, a busy computer or a large store longer."""
QUICK_DEATH = 30.0
GRACE = 20.0
"""Seconds a node may take to end in good order; with the management plugin it takes some 6."""
GRACE_OF_TEMPORARY = 1.0
"""The same where the data are thrown away."""
_AMQP_GREETING = b"AMQP\x00\x00\x09\x01"
_HTTP_GREETING = b"GET / HTTP/1.0\r\n\r\n"


def default_folder() -> Path:
    """Where the data of the local node live when the user names no other place."""
    return platformdirs.user_data_path("wqstudio") / "rabbitmq"


class LocalRabbitServer:
    """Start it, use ``connection``, stop it. It restarts itself on the same ports when the process dies."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        on_event: OnEvent | None = None,
        min_free: int = MIN_FREE,
        installation: Installation | None = None,
    ) -> None:
        """``folder`` None: a temporary one, removed afterwards. ``installation`` None: the one of this computer."""
        self._wanted_folder = folder
        self._min_free = min_free
        self._installation = installation
        self._revival = Revival(
            "The local RabbitMQ node", self._launch, self._tail, quick=QUICK_DEATH, on_event=on_event
        )
        self._layout = Layout(Path())
        self._ports: Ports | None = None
        self._password = ""
        self._lock: FolderLock | None = None
        self._port_mapper: GuardedProcess | None = None
        self._node: GuardedProcess | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def connection(self) -> RabbitConnection:
        assert self._ports is not None, "the ports are known once the node has started"
        return RabbitConnection(
            urls=(f"amqp://{HOST}:{self._ports.amqp}",),
            name="local RabbitMQ",
            user=USER,
            password=self._password,
            management_url=f"http://{HOST}:{self._ports.management}",
        )

    @property
    def ports(self) -> Ports:
        assert self._ports is not None, "the ports are known once the node has started"
        return self._ports

    @property
    def folder(self) -> Path:
        """Where the data and ``rabbitmq-server.log`` are while it runs."""
        return self._layout.folder

    @property
    def pid(self) -> int:
        """The Erlang machine's process id."""
        assert self._node is not None, "the node does not run"
        return self._node.pid

    @property
    def guard_pid(self) -> int:
        """The process that ends the node when this program goes away."""
        assert self._node is not None, "the node does not run"
        return self._node.guard_pid

    @property
    def port_mapper_pid(self) -> int:
        """Of the node's own epmd, which has a guard of its own."""
        assert self._port_mapper is not None, "the node does not run"
        return self._port_mapper.pid

    async def start(self) -> None:
        """Return when AMQP and the management API answer. LocalServerError says why they do not."""
        self._installation = self._installation or find_installation()
        self._layout = Layout(self._wanted_folder or Path(tempfile.mkdtemp(prefix="wqstudio-rabbitmq-")))
        try:
            self._lock = await claim(self.folder, min_free=self._min_free, wait=LOCK_WAIT)
            node = await self._launch()
        except BaseException:
            await self.stop()
            raise
        self._watching = spawn(self._revival.watch(node), "local RabbitMQ", self._revival.failed)

    async def stop(self) -> None:
        """Stop in good order and return when nothing is left of it but the data."""
        await cancel(self._watching)
        self._watching = None
        await self._end_processes()
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if self._temporary and self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _temporary(self) -> bool:
        return self._wanted_folder is None

    async def _launch(self) -> GuardedProcess:
        await self._end_processes()
        ports = self._ports = self._choose_ports()
        try:
            with self._fresh_log() as log:
                self._password = prepare(self._layout, ports)
                node = await self._start_processes(ports, log)
        except OSError as error:
            raise unusable(self.folder, error) from error
        try:
            await self._until_ready(node, ports)
        except BaseException:
            await self._end_processes()
            raise
        return node

    def _choose_ports(self) -> Ports:
        """The same again, where there were some: others know them."""
        if self._ports is None:
            return Ports.free()
        if (taken := self._ports.taken()) is not None:
            raise LocalServerError(f"Port {taken} on {HOST} was taken by another program meanwhile; end that one.")
        return self._ports

    async def _start_processes(self, ports: Ports, log: BinaryIO) -> GuardedProcess:
        assert self._lock is not None
        assert self._installation is not None
        variables = environment(self._layout, ports, self._installation)
        self._port_mapper = await start_guarded(self._installation.port_mapper, log=log, environment=variables)
        self._node = await start_guarded(
            self._installation.node,
            log=log,
            grace=GRACE_OF_TEMPORARY if self._temporary else GRACE,
            remove=self.folder if self._temporary else None,
            keep=(self._lock.descriptor,),
            environment=variables,
        )
        return self._node

    async def _end_processes(self) -> None:
        for process in (self._node, self._port_mapper):
            if process is not None:
                await process.stop()
        self._node = self._port_mapper = None

    def _fresh_log(self) -> BinaryIO:
        """The log of the process before stays as ``.old``."""
        log = self._layout.log
        if log.exists():
            log.replace(log.with_suffix(".log.old"))
        return log.open("wb")

    async def _until_ready(self, node: GuardedProcess, ports: Ports) -> None:
        """Raises LocalServerError when the process ends first, or READY_WITHIN has passed."""
        answering = asyncio.ensure_future(_all_answer(ports))
        ending = asyncio.ensure_future(node.wait())
        try:
            await asyncio.wait([answering, ending], timeout=READY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                return
            what = "ended at its start" if ending.done() else f"did not answer within {READY_WITHIN:.0f} s"
            raise LocalServerError(f"The local RabbitMQ node {what}. {self._tail()}")
        finally:
            await cancel(answering)
            await cancel(ending)

    def _tail(self) -> str:
        """The last lines of the log, and where the rest is."""
        try:
            lines = self._layout.log.read_text(errors="replace").splitlines()[-8:]
        except OSError as error:
            return f"Its log {self._layout.log} cannot be read ({error.strerror})."
        return f"Its log {self._layout.log} ends:\n" + "\n".join(lines)


async def _all_answer(ports: Ports) -> None:
    probes: tuple[Awaitable[None], ...] = (
        _answers(ports.amqp, _AMQP_GREETING),
        _answers(ports.management, _HTTP_GREETING),
        _answers(ports.prometheus, _HTTP_GREETING),
    )
    await asyncio.gather(*probes)


async def _answers(port: int, greeting: bytes) -> None:
    """Return once somebody answers the greeting there."""
    while not await _answer(port, greeting):  # noqa: ASYNC110 - a port that opens tells nobody
        await asyncio.sleep(0.05)


async def _answer(port: int, greeting: bytes) -> bytes:
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return b""
    try:
        writer.write(greeting)
        return await reader.read(1)
    except OSError:
        return b""
    finally:
        writer.close()
