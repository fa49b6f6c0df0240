"""A RabbitMQ virtual host with 5,000 queues."""

from pika import spec

from tests.rabbit_servers import RabbitHost
from wqstudio.brokers.rabbitmq.amqp.client import connect_client

QUEUES = 5_000


async def make_queues(host: RabbitHost) -> None:
    """Every queue another length, so that packing finds no more alike than it would elsewhere."""
    client = await connect_client(host.connection, name="bench")
    async with client.channel() as channel:
        for number in range(QUEUES):
            name = f"queue-{number * 7_919 % 99_991}"
            await channel.call(spec.Queue.Declare(queue=name), "making queues")
            for _ in range(number % 3):
                channel.publish("", name, b"\x00\x00", b"task" * (number % 11))
        await channel.call(spec.Basic.Qos(), "waiting for the last")
    await client.close()
