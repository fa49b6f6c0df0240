"""Opens what workers and producers need: a connection each, so that the server sees them as separate clients."""

from wqstudio.brokers.nats.client import connect_client
from wqstudio.brokers.nats.publishing import PublishingSession
from wqstudio.brokers.nats.pulling import PullingSession
from wqstudio.brokers.port import PublisherSession, WorkerSession
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.queue import Source


async def open_worker(connection: NatsConnection, source: Source, prefetch: int) -> WorkerSession:
    """UnreachableError, DeniedError; RefusedError when there is no such consumer, or it cannot be pulled from."""
    session = PullingSession(source, prefetch)
    client = await connect_client(connection, name="wqstudio worker", on_link=session.on_link)
    try:
        await session.start(client)
    except BaseException:
        session.abort()
        raise
    return session


async def open_publisher(connection: NatsConnection) -> PublisherSession:
    session = PublishingSession()
    client = await connect_client(connection, name="wqstudio producer", on_link=session.on_link)
    try:
        await session.start(client)
    except BaseException:
        session.abort()
        raise
    return session
