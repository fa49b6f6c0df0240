"""Dead letters of RabbitMQ for tests: put there in exact bytes, and looked at without the studio's looking."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from pika import spec

from tests.rabbit_servers import RabbitHost
from tests.waiting import until
from wqstudio.brokers.factory import open_letters, open_outlet
from wqstudio.brokers.letters import Copy, Held, Letters, Outlet
from wqstudio.brokers.rabbitmq.amqp import envelope
from wqstudio.brokers.rabbitmq.amqp.channel import Listener
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.confirming import ConfirmingChannel
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered
from wqstudio.brokers.rabbitmq.amqp.properties import Properties
from wqstudio.domain.letter import Destination, Outcome

QUORUM = {"x-queue-type": "quorum"}
PLAIN = Properties(delivery_mode=2)


def is_4(host: RabbitHost) -> bool:
    """Quorum queues have a limit on deliveries by default, and a policy may say -1."""
    return int(str(host.manage("GET", "overview")["rabbitmq_version"]).partition(".")[0]) >= 4


def set_policy(host: RabbitHost, queue: str, **definition: object) -> None:
    rules = {key.replace("_", "-"): value for key, value in definition.items()}
    policy = {"pattern": f"^{queue}$", "definition": rules, "apply-to": "queues", "priority": 3}
    host.manage("PUT", f"policies/{{vhost}}/of-{queue}", policy)


def make_policymaker(host: RabbitHost) -> None:
    user = {"password": host.connection.password, "tags": "monitoring,policymaker"}
    host.manage("PUT", f"users/{host.connection.user}", user)


async def put(client: RabbitClient, queue: str, *bodies: bytes, properties: Properties = PLAIN) -> None:
    channel = await ConfirmingChannel.open(client)
    for stored in [channel.publish("", queue, properties.encode(), body) for body in bodies]:
        await stored
    await channel.close()


async def take_all(client: RabbitClient, queue: str) -> list[Delivered]:
    """What waits in the queue, in its order; it is gone from there afterwards."""
    got: list[Delivered] = []
    async with client.channel(Listener(delivered=got.append)) as channel:
        looking = spec.Queue.Declare(queue=queue, passive=True)
        ready = (await channel.call(looking, "looking")).message_count
        await channel.call(spec.Basic.Consume(queue=queue, no_ack=True), "consuming")
        await until(lambda: len(got) >= ready)
    return got


def bodies(count: int) -> list[bytes]:
    return [b"letter %d" % number for number in range(count)]


def entries(properties: bytes) -> set[bytes]:
    """The headers, each in its very bytes; of their order, brokers think differently."""
    return set(envelope.entries(envelope.split(properties).table))


async def all_of(letters: Letters, size: int = 100) -> list[Held]:
    return [held async for batch in letters.batches(size) for held in batch]


async def put_copies(outlet: Outlet, letters: Sequence[Held], to: str, exchange: str = "") -> Sequence[Outcome]:
    return await outlet.put([Copy(held, Destination(to, to, exchange), f"test.{held.id}") for held in letters])


def cut(client: RabbitClient) -> None:
    """Have the connection break, as a network does it."""
    wire = client._wire
    assert wire is not None
    wire._post(wire._abort)


@asynccontextmanager
async def opened(host: RabbitHost, queue: str) -> AsyncIterator[Letters]:
    letters = await open_letters(host.connection, queue)
    try:
        yield letters
    finally:
        await letters.close()


@asynccontextmanager
async def outlet_on(host: RabbitHost) -> AsyncIterator[Outlet]:
    outlet = await open_outlet(host.connection)
    try:
        yield outlet
    finally:
        await outlet.close()
