"""What the contract tests need of a broker beside the port: to be started, stopped, and used by others."""

from typing import Protocol

from nats.aio.msg import Msg

from tests.jetstream import JetStream
from tests.servers import NatsServer
from wqstudio.domain.connection import Connection
from wqstudio.domain.task import TASK_HEADER


class Lab(Protocol):
    """A broker under test, with outside users of it. Queues are addressed by a route that leads to them."""

    @property
    def connection(self) -> Connection: ...

    async def publish(self, route: str, body: bytes, task: str = "") -> None: ...

    async def make_foreign_queue(self, name: str) -> None:
        """One that the studio did not make."""
        ...

    async def take(self, queue: str, consumer: str, count: int) -> None:
        """Hold so many messages, unsettled."""
        ...

    async def ack(self, count: int) -> None:
        """Settle so many of those held, oldest first."""
        ...

    async def give_back(self) -> None:
        """Give back all that is held."""
        ...

    def stop(self) -> None: ...

    def start(self) -> None: ...

    async def close(self) -> None: ...


class NatsLab:
    def __init__(self, server: NatsServer) -> None:
        self._server = server
        self._jetstream: JetStream | None = None
        self._held: list[Msg] = []

    @property
    def connection(self) -> Connection:
        return self._server.connection

    async def publish(self, route: str, body: bytes, task: str = "") -> None:
        await (await self._client()).publish(route, body, headers={TASK_HEADER: task} if task else None)

    async def make_foreign_queue(self, name: str) -> None:
        await (await self._client()).stream(name, retention="workqueue")

    async def take(self, queue: str, consumer: str, count: int) -> None:
        taken = await (await self._client()).pull(queue, consumer, count)
        assert len(taken) == count
        self._held += taken

    async def ack(self, count: int) -> None:
        settled, self._held = self._held[:count], self._held[count:]
        await (await self._client()).settle(*settled)

    async def give_back(self) -> None:
        await (await self._client()).settle(*self._held, how=b"-NAK")
        self._held = []

    def stop(self) -> None:
        self._server.kill()

    def start(self) -> None:
        self._server.start()

    async def close(self) -> None:
        if self._jetstream is not None:
            await self._jetstream.close()

    async def _client(self) -> JetStream:
        if self._jetstream is None:
            self._jetstream = await JetStream.connect(self._server)
        return self._jetstream
