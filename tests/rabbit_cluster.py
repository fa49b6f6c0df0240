"""A second RabbitMQ node, in a cluster with the first."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.rabbit_servers import RabbitNode
from wqstudio.brokers.local.guarded import GuardedProcess, start_guarded
from wqstudio.brokers.local.rabbitmq_settings import HOST, NODE, STATISTICS_EVERY, Layout, Ports, environment, prepare
from wqstudio.domain.connection import RabbitConnection

_NAME = "second@localhost"
_WITHIN = 60.0
_FORMATION = f"""
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = {NODE}
cluster_formation.classic_config.nodes.2 = {_NAME}
"""


class SecondNode:
    """Joins the cluster of the first when it starts for the first time. Users and virtual hosts are the first's."""

    def __init__(self, first: RabbitNode) -> None:
        beside = first.server.folder
        self._first = first
        self._layout = Layout(Path(tempfile.mkdtemp(prefix="second-", dir=beside)))
        self._layout.home.mkdir(mode=0o700)
        shutil.copy2(Layout(beside).home / ".erlang.cookie", self._layout.home)
        self._ports = replace(Ports.free(), port_mapper=first.server.ports.port_mapper)
        prepare(self._layout, self._ports, STATISTICS_EVERY)
        with self._layout.config.open("a") as config:
            config.write(_FORMATION)
        self._process: GuardedProcess | None = None

    def connection(self, of: RabbitConnection) -> RabbitConnection:
        """The same user and virtual host, on this node."""
        return replace(of, urls=(f"amqp://{HOST}:{self._ports.amqp}",), management_url="")

    async def start(self) -> None:
        """Return when clients can connect."""
        installation = self._first.installation
        variables = environment(self._layout, self._ports, installation, STATISTICS_EVERY)
        variables["RABBITMQ_NODENAME"] = _NAME
        with self._layout.log.open("ab") as log:
            self._process = await start_guarded(installation.node, log=log, grace=1.0, environment=variables)
        await self._process.until(self._answers(), _WITHIN)

    async def kill(self) -> None:
        assert self._process is not None, "it does not run"
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)
        await self._process.stop()
        self._process = None

    async def close(self) -> None:
        """The first is alone again."""
        if self._process is not None:
            await self.kill()
        await asyncio.to_thread(self._first.control, "forget_cluster_node", _NAME)
        shutil.rmtree(self._layout.folder)

    async def _answers(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(HOST, self._ports.amqp)
                writer.close()
                return
            await asyncio.sleep(0.05)
