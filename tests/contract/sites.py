"""A broker of each kind as the contract tests have it: killed, started again, and used by somebody else."""

import asyncio

from tests.jetstream import JetStream
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.servers import NatsServer
from wqstudio.domain.connection import Connection


class NatsSite:
    """A server of its own."""

    def __init__(self, server: NatsServer) -> None:
        self._server = server
        self._user: JetStream | None = None

    @property
    def connection(self) -> Connection:
        return self._server.connection

    def remember(self) -> None:
        """It does so anyway."""

    @property
    def pid(self) -> int:
        return self._server.pid

    @property
    def is_dead(self) -> bool:
        return self._server.is_dead

    async def leave(self) -> None:
        """Nobody starts it again anyway."""
        await self.close()

    def kill(self) -> None:
        self._server.kill()

    def start(self) -> None:
        self._server.start()

    def restart(self) -> None:
        """In good order."""
        self._server.stop()
        self._server.start()

    async def close(self) -> None:
        if self._user is not None:
            await self._user.close()
            self._user = None

    async def _jetstream(self) -> JetStream:
        if self._user is None:
            self._user = await JetStream.connect(self._server)
        return self._user


class RabbitSite:
    """A virtual host of its own on a node that is shared, and killed for all if it is killed."""

    def __init__(self, host: RabbitHost) -> None:
        self._host = host
        self._user: RabbitUser | None = None
        self._killed = False

    @property
    def connection(self) -> Connection:
        return self._host.connection

    def remember(self) -> None:
        self._host.node.remember()

    @property
    def pid(self) -> int:
        return self._host.node.server.pid

    @property
    def is_dead(self) -> bool:
        return self._host.node.is_dead

    async def leave(self) -> None:
        self._leave()
        await asyncio.to_thread(self._host.node.let_die)

    def kill(self) -> None:
        self._leave()
        self._host.node.kill()
        self._killed = True

    def start(self) -> None:
        self._host.node.start()
        self._killed = False

    def restart(self) -> None:
        """In good order."""
        self._host.node.restart()

    async def close(self) -> None:
        if self._killed:  # others need the node
            self.start()
        self._leave()

    def _leave(self) -> None:
        if self._user is not None:
            self._user.close()
            self._user = None

    @property
    def _outsider(self) -> RabbitUser:
        if self._user is None:
            self._user = RabbitUser(self._host)
        return self._user
