"""Opens what workers and producers need: a connection and a channel each, all of them in one thread.

The management counts unacknowledged messages by channel, and a crash has to drop a worker's connection and nobody
else's.
"""

from wqstudio.brokers.port import RefusedError
from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.brokers.rabbitmq.amqp.selector import SelectorThread
from wqstudio.brokers.rabbitmq.management import wording
from wqstudio.brokers.rabbitmq.sessions.consuming import ConsumingSession
from wqstudio.brokers.rabbitmq.sessions.limits import LimitBook
from wqstudio.brokers.rabbitmq.sessions.publishing import PublishingSession
from wqstudio.brokers.rabbitmq.sessions.retry_connection import RetryConnection
from wqstudio.brokers.sessions import PublisherSession, WorkerSession
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.queue import Source


class RabbitSessions:
    """``Sessions`` on RabbitMQ."""

    def __init__(self, connection: RabbitConnection) -> None:
        self._connection = connection
        self._thread = SelectorThread()
        self._limits = LimitBook(connection)
        self._retries = RetryConnection(connection, self._thread)

    async def open_worker(
        self,
        source: Source,
        prefetch: int,
        *,
        name: str = "",
        automatic_acks: bool = False,
        prior: Source | None = None,
    ) -> WorkerSession:
        """With ``prior`` refused: what RabbitMQ has pushed from the one queue cannot wait for what the other gets."""
        if prior is not None:
            raise RefusedError(wording.no_prior(prior.queue, source.queue))
        session = ConsumingSession(
            source, prefetch, self._limits, self._retries, name=name, automatic_acks=automatic_acks
        )
        await self._connect("wqstudio worker", session)
        return session

    async def open_publisher(self, *, persistent: bool = True) -> PublisherSession:
        session = PublishingSession(persistent=persistent)
        await self._connect("wqstudio producer", session)
        return session

    async def _connect(self, name: str, session: ConsumingSession | PublishingSession) -> None:
        await connect_client(
            self._connection, name=name, on_link=session.on_link, set_up=session.set_up, thread=self._thread
        )
