"""A RabbitMQ node of the studio's own on loopback ports, gone when the studio is gone."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import BinaryIO

import platformdirs

from wqstudio.background import cancel, spawn
from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.local.folder import MIN_FREE, unusable
from wqstudio.brokers.local.guarded import GuardedProcess, start_guarded
from wqstudio.brokers.local.home import Home
from wqstudio.brokers.local.rabbitmq_install import Installation, find_installation
from wqstudio.brokers.local.rabbitmq_settings import (
    HOST,
    STATISTICS_EVERY,
    USER,
    Layout,
    Ports,
    environment,
    prepare,
)
from wqstudio.brokers.local.revival import OnEvent, Revival
from wqstudio.brokers.local.server_log import ServerLog
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
        statistics_every: int | None = STATISTICS_EVERY,
    ) -> None:
        """``folder`` None: a temporary one, removed afterwards. ``installation`` None: the one of this computer."""
        self._home = Home(folder, "wqstudio-rabbitmq-", min_free)
        self._installation = installation
        self._statistics_every = statistics_every
        self._revival = Revival(
            "The local RabbitMQ node", self._launch, self._last_words, quick=QUICK_DEATH, on_event=on_event
        )
        self._ports: Ports | None = None
        self._password = ""
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
        return self._home.folder

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
        await self._begin(self._home.enter())

    async def restart(self) -> None:
        """As ``LocalServer.restart``."""
        await cancel(self._watching)
        await self._begin(self._end_by_itself())

    async def stop(self) -> None:
        """Stop in good order and return when nothing is left of it but the data."""
        await cancel(self._watching)
        self._watching = None
        await self._end_processes()
        self._home.leave()

    async def _begin(self, first: Awaitable[None]) -> None:
        """Do the ``first``, and start. Stopped, where either cannot be done."""
        try:
            await first
            node = await self._launch()
        except BaseException:
            await self.stop()
            raise
        self._watching = spawn(self._revival.watch(node), "local RabbitMQ", self._revival.failed)

    async def _end_by_itself(self) -> None:
        if self._node is not None:
            await self._node.end(GRACE)

    async def _launch(self) -> GuardedProcess:
        await self._end_processes()
        ports = self._ports = self._choose_ports()
        try:
            with self._log.renew() as log:
                self._password = prepare(self._layout, ports, self._statistics_every)
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
        assert self._installation is not None
        variables = environment(self._layout, ports, self._installation, self._statistics_every)
        self._port_mapper = await start_guarded(self._installation.port_mapper, log=log, environment=variables)
        self._node = await start_guarded(
            self._installation.node,
            log=log,
            grace=GRACE_OF_TEMPORARY if self._home.temporary else GRACE,
            remove=self._home.temporary,
            keep=(self._home.lock,),
            environment=variables,
        )
        return self._node

    async def _end_processes(self) -> None:
        for process in (self._node, self._port_mapper):
            if process is not None:
                await process.stop()
        self._node = self._port_mapper = None

    async def _until_ready(self, node: GuardedProcess, ports: Ports) -> None:
        """Raises LocalServerError when the process ends first, or READY_WITHIN has passed."""
        try:
            await node.until(_all_answer(ports), READY_WITHIN)
        except LocalServerError as error:
            raise LocalServerError(f"The local RabbitMQ node {error}. {self._last_words()}") from None

    @property
    def _layout(self) -> Layout:
        return Layout(self.folder)

    @property
    def _log(self) -> ServerLog:
        return ServerLog(self._layout.log)

    def _last_words(self) -> str:
        return self._log.end()


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
