"""Opens what workers and producers need: a connection each, so that the server sees them as separate clients."""

from wqstudio.brokers.nats.link.connecting import connect_client
from wqstudio.brokers.nats.sessions.preferring import PreferringSession
from wqstudio.brokers.nats.sessions.publishing import PublishingSession
from wqstudio.brokers.nats.sessions.pulling import PullingSession
from wqstudio.brokers.sessions import PublisherSession, WorkerSession
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.queue import Source


class NatsSessions:
    """``Sessions`` on NATS."""

    def __init__(self, connection: NatsConnection) -> None:
        self._connection = connection

    async def open_worker(
        self,
        source: Source,
        prefetch: int,
        *,
        name: str = "",
        automatic_acks: bool = False,
        prior: Source | None = None,
    ) -> WorkerSession:
        """Whether messages are acknowledged at all, and what it is called, is the consumer's to say."""
        del automatic_acks, name
        if prior is not None:
            return await self._open_preferring(prior, source, prefetch)
        session = PullingSession(source, prefetch)
        await self._start("wqstudio worker", session)
        return session

    async def _open_preferring(self, first: Source, second: Source, prefetch: int) -> WorkerSession:
        session = PreferringSession(first, second, prefetch)
        await self._start("wqstudio worker", session.first)
        try:
            await self._start("wqstudio worker", session.second)
        except BaseException:
            session.first.abort()
            raise
        return session

    async def open_publisher(self, *, persistent: bool = True) -> PublisherSession:
        """What outlives the server is the stream's to say."""
        del persistent
        session = PublishingSession()
        await self._start("wqstudio producer", session)
        return session

    async def _start(self, name: str, session: PullingSession | PublishingSession) -> None:
        client = await connect_client(self._connection, name=name, on_link=session.on_link)
        try:
            await session.start(client)
        except BaseException:
            session.abort()
            raise
