"""Opens what workers and producers need: a connection and a channel each.

The management counts unacknowledged messages by channel, and a crash has to drop what is a worker's own alone.
"""

from wqstudio.brokers.port import PublisherSession, WorkerSession
from wqstudio.brokers.rabbitmq.client import connect_client
from wqstudio.brokers.rabbitmq.consuming import ConsumingSession
from wqstudio.brokers.rabbitmq.limits import most_deliveries
from wqstudio.brokers.rabbitmq.publishing import PublishingSession
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.queue import Source


async def open_worker(connection: RabbitConnection, source: Source, prefetch: int) -> WorkerSession:
    """UnreachableError, DeniedError; RefusedError when there is no such queue, or it cannot be consumed."""
    session = ConsumingSession(source, prefetch, await most_deliveries(connection, source.queue))
    await connect_client(connection, name="wqstudio worker", on_link=session.on_link, set_up=session.set_up)
    return session


async def open_publisher(connection: RabbitConnection) -> PublisherSession:
    session = PublishingSession()
    await connect_client(connection, name="wqstudio producer", on_link=session.on_link, set_up=session.set_up)
    return session
