"""A real RabbitMQ node for tests, and virtual hosts on it.

The node takes some 6 s to start, so a test session has one, and each test a virtual host and a user of its own.
With ``WQSTUDIO_RABBITMQ_HOME`` it is the RabbitMQ inside that system tree, entered by chroot.
"""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import urllib.request
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import psutil

from wqstudio.background import cancel
from wqstudio.brokers.local.rabbitmq_install import Installation, find_installation, installation_in
from wqstudio.brokers.local.rabbitmq_server import LocalRabbitServer
from wqstudio.brokers.local.rabbitmq_settings import NODE, STATISTICS_EVERY
from wqstudio.domain.connection import RabbitConnection

TREE = "WQSTUDIO_RABBITMQ_HOME"
BY_DEFAULT = None
"""Statistics as they come on a node that nobody configured: every 5 s, and late."""
FULL_MEMORY = "vm_memory_monitor:set_vm_memory_high_watermark({absolute, 1000000})"
ENOUGH_MEMORY = "vm_memory_monitor:set_vm_memory_high_watermark(0.4)"
"""Erlang for ``control("eval", …)``: the alarm in which the node reads nothing from those who publish, and its end."""
_WITHIN = 90.0
"""Seconds for anything the node is asked to do."""

T = TypeVar("T")


class RabbitNode:
    """Runs on a loop in a thread of its own, since it outlives the loops of the tests."""

    def __init__(self, statistics_every: int | None = STATISTICS_EVERY) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        tree = os.environ.get(TREE)
        self._installation = installation_in(Path(tree)) if tree else find_installation()
        self._server = _server(self._installation, statistics_every)
        self._numbers = itertools.count(1)

    @property
    def connection(self) -> RabbitConnection:
        """As administrator, to the virtual host ``/``."""
        return self._server.connection

    @property
    def server(self) -> LocalRabbitServer:
        return self._server

    @property
    def installation(self) -> Installation:
        return self._installation

    @property
    def log(self) -> str:
        return (self._server.folder / "rabbitmq-server.log").read_text(errors="replace")

    def start(self) -> None:
        """Return when it answers. The ports stay the same from start to start, and so do the data."""
        self._await(self._server.start())

    def kill(self) -> None:
        """``kill -9``, and gone until ``start``."""
        self._await(self._kill())

    @property
    def is_dead(self) -> bool:
        """Its process is gone; to be asked after ``let_die``."""
        return not psutil.pid_exists(self._server.pid)

    def let_die(self) -> None:
        """Do not start it again by itself once it is killed."""
        self._await(cancel(self._server._watching))

    def restart(self) -> None:
        """In good order."""
        self._await(self._server.restart())

    def remember(self) -> None:
        """A node that is killed forgets even durable queues it was told of just before: not those of before this."""
        self.control("eval", "mnesia:sync_log(), [dets:sync(Table) || Table <- dets:all()].")

    def enable_shovels(self) -> None:
        """For as long as there is this node."""
        file = self._server.folder / "enabled_plugins"
        file.write_text("[rabbitmq_management,rabbitmq_shovel].")
        self.control("eval", f'rabbit_plugins:ensure("{self._installation.inside(file)}").')

    def close(self) -> None:
        self.kill()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_WITHIN)
        self._loop.close()
        shutil.rmtree(self._server.folder, ignore_errors=True)

    def make_host(self, name: str = "") -> "RabbitHost":
        """A fresh virtual host with a user that may do everything there, and see it in the management API."""
        number = next(self._numbers)
        vhost, user = name or f"test-{number}", f"user-{number}"
        self.manage("PUT", f"vhosts/{quote(vhost, safe='')}")
        self.manage("PUT", f"users/{user}", {"password": "secret of the test", "tags": "monitoring"})
        rights = {"configure": ".*", "write": ".*", "read": ".*"}
        self.manage("PUT", f"permissions/{quote(vhost, safe='')}/{user}", rights)
        # The administrator looks into it too, as an outside user would.
        self.manage("PUT", f"permissions/{quote(vhost, safe='')}/{self.connection.user}", rights)
        connection = replace(self.connection, user=user, password="secret of the test", vhost=vhost)
        return RabbitHost(self, connection)

    def manage(self, method: str, path: str, body: object = None) -> Any:
        """A request to the management API below ``/api/``, as administrator: what it answers."""
        account = f"{self.connection.user}:{self.connection.password}".encode()
        request = urllib.request.Request(
            f"{self.connection.management_url}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Basic {base64.b64encode(account).decode()}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=_WITHIN) as response:
            text = response.read()
        return json.loads(text) if text else None

    def control(self, *arguments: str) -> str:
        """``rabbitmqctl``: what it answers."""
        start, inside = self._installation.node, self._installation.inside
        command = (*start[:-1], str(Path(start[-1]).with_name("rabbitmqctl")), "--quiet", "--node", NODE)
        return subprocess.run(
            [*command, *arguments],
            env={
                "PATH": os.pathsep.join([os.environ["PATH"], "/usr/bin", "/bin"]),
                "LANG": "C.UTF-8",
                "HOME": inside(self._server.folder / "home"),
                "ERL_EPMD_PORT": str(self._server.ports.port_mapper),
            },
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=_WITHIN,
        ).stdout

    async def _kill(self) -> None:
        await cancel(self._server._watching)  # it would revive the node
        with contextlib.suppress(ProcessLookupError):  # the test may have ended it
            os.kill(self._server.pid, signal.SIGKILL)
        await self._server.stop()

    def _await(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(_WITHIN)


@dataclass(frozen=True)
class RabbitHost:
    """A virtual host, and how to reach it."""

    node: RabbitNode = field(repr=False)
    connection: RabbitConnection

    @property
    def path(self) -> str:
        """The name as the management API's paths want it."""
        return quote(self.connection.vhost, safe="")

    def manage(self, method: str, path: str, body: object = None) -> Any:
        """As ``RabbitNode.manage``, with ``{vhost}`` in the path replaced."""
        return self.node.manage(method, path.replace("{vhost}", self.path), body)

    def names(self, things: str) -> set[str]:
        """Of the queues, exchanges, policies … that are there."""
        return {each["name"] for each in self.manage("GET", f"{things}/{{vhost}}")}

    def remove(self) -> None:
        self.manage("DELETE", "vhosts/{vhost}")
        self.manage("DELETE", f"users/{self.connection.user}")


def _server(installation: Installation, statistics_every: int | None) -> LocalRabbitServer:
    """Its data are in a folder that outlives a kill, where the installation can see it."""
    temporary = installation.root / tempfile.gettempdir().lstrip("/")
    folder = Path(tempfile.mkdtemp(prefix="wqstudio-rabbit-", dir=temporary))
    return LocalRabbitServer(folder, installation=installation, statistics_every=statistics_every)
