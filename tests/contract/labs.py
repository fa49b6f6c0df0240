"""What the contract tests need of a broker beside the port: to be killed, started, and used by others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from nats.aio.msg import Msg

from tests.contract.sites import NatsSite, RabbitSite
from tests.rabbit_servers import RabbitHost
from tests.servers import NatsServer
from wqstudio.brokers.nats.link.wire_headers import fields
from wqstudio.brokers.rabbitmq.amqp.marks import EXCHANGE
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

    async def stored(self, queue: str) -> list[tuple[Mapping[str, str], bytes]]:
        """Headers and bodies of all that waits there; it is looked at, and stays."""
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

    def remember(self) -> None:
        """Have the queues there are outlive a kill."""
        ...

    def kill(self) -> None: ...

    def start(self) -> None: ...

    def restart(self) -> None: ...

    async def close(self) -> None: ...


class NatsLab(NatsSite):
    def __init__(self, server: NatsServer) -> None:
        super().__init__(server)
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

    async def publish(self, route: str, body: bytes, task: str = "") -> None:
        await (await self._jetstream()).publish(route, body, headers={TASK_HEADER: task} if task else None)

    async def make_foreign_queue(self, name: str) -> None:
        await (await self._jetstream()).stream(name, retention="workqueue")

    async def stored(self, queue: str) -> list[tuple[Mapping[str, str], bytes]]:
        found = await (await self._jetstream()).stored(queue)
        return [
            ({name.decode(): value.decode() for name, value in fields(head)}, body) for _, head, body in found.values()
        ]

    async def take(self, queue: str, consumer: str, count: int) -> None:
        taken = await (await self._jetstream()).pull(queue, consumer, count)
        assert len(taken) == count
        self._held += taken

    async def ack(self, count: int) -> None:
        settled, self._held = self._held[:count], self._held[count:]
        await (await self._jetstream()).settle(*settled)

    async def give_back(self) -> None:
        await (await self._jetstream()).settle(*self._held, how=b"-NAK")
        self._held = []


class RabbitLab(RabbitSite):
    def __init__(self, host: RabbitHost) -> None:
        super().__init__(host)
        self._held: list[int] = []

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

    async def publish(self, route: str, body: bytes, task: str = "") -> None:
        self._outsider.publish(route, body, {TASK_HEADER: task} if task else None, exchange=EXCHANGE)

    async def make_foreign_queue(self, name: str) -> None:
        self._outsider.declare(name)

    async def stored(self, queue: str) -> list[tuple[Mapping[str, str], bytes]]:
        taken = self._outsider.take(queue, self._outsider.ready(queue))
        self._outsider.recover()
        return [({name: str(value) for name, value in each.headers.items()}, body) for _, each, body in taken]

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
