"""What the contract tests need of a broker beside the port: to be started, stopped, and used by others."""

from dataclasses import dataclass
from typing import Protocol

from nats.aio.msg import Msg

from tests.jetstream import JetStream
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.servers import NatsServer
from wqstudio.brokers.rabbitmq.marks import EXCHANGE
from wqstudio.domain.connection import Connection
from wqstudio.domain.task import TASK_HEADER


@dataclass(frozen=True)
class Traits:
    """In what brokers may differ."""

    deduplicates: bool
    """A message published again under the same identity is stored once."""
    takes_back: bool
    """A delivery has a deadline, after which it is somebody else's."""
    looks_without_touching: bool
    """Messages can be counted where they are, those in flight among them."""
    gauges_redelivered: bool
    """It tells how many messages in a queue are redelivered ones, and not only how many redeliveries there were."""
    makes_consumers: bool
    """Consumers are made with their queue, and are there while nobody works."""
    impossible_name: str


class Lab(Protocol):
    """A broker under test, with outside users of it. Queues are addressed by a route that leads to them."""

    @property
    def traits(self) -> Traits: ...

    def route(self, words: str) -> str:
        """How a publisher has to write ``words`` to reach the queues whose specs have a pattern for them."""
        ...

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
    def traits(self) -> Traits:
        return Traits(
            deduplicates=True,
            takes_back=True,
            looks_without_touching=True,
            gauges_redelivered=True,
            makes_consumers=True,
            impossible_name="my jobs",
        )

    def route(self, words: str) -> str:
        return words

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


class RabbitLab:
    """A virtual host of its own on a node that is shared, and stopped for all if it is stopped."""

    def __init__(self, host: RabbitHost) -> None:
        self._host = host
        self._user: RabbitUser | None = None
        self._held: list[int] = []
        self._stopped = False

    @property
    def traits(self) -> Traits:
        return Traits(
            deduplicates=False,
            takes_back=False,
            looks_without_touching=False,
            gauges_redelivered=False,
            makes_consumers=False,
            impossible_name="amq.jobs",
        )

    def route(self, words: str) -> str:
        return f"{EXCHANGE}/{words}"

    @property
    def connection(self) -> Connection:
        return self._host.connection

    async def publish(self, route: str, body: bytes, task: str = "") -> None:
        self._outsider.publish(route, body, {TASK_HEADER: task} if task else None, exchange=EXCHANGE)

    async def make_foreign_queue(self, name: str) -> None:
        self._outsider.declare(name)

    async def take(self, queue: str, consumer: str, count: int) -> None:
        del consumer
        self._held += [method.delivery_tag for method, _, _ in self._outsider.take(queue, count)]

    async def ack(self, count: int) -> None:
        settled, self._held = self._held[:count], self._held[count:]
        for tag in settled:
            self._outsider.ack(tag)

    async def give_back(self) -> None:
        for tag in self._held:
            self._outsider.nack(tag)
        self._held = []

    def stop(self) -> None:
        self._leave()
        self._host.node.kill()
        self._stopped = True

    def start(self) -> None:
        self._host.node.start()
        self._stopped = False

    async def close(self) -> None:
        if self._stopped:  # others need the node
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
