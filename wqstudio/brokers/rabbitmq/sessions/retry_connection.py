"""The connection on which the workers of a process publish what they give back for later.

RabbitMQ, when it is short of memory, reads nothing from a connection that has published. Were it a worker's own, its
acknowledgements would be stuck there, too, and the queue would never get shorter.
"""

import asyncio

from wqstudio.brokers.port import LinkState
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.amqp.selector import SelectorThread
from wqstudio.brokers.rabbitmq.sessions.retrying import RetryLane
from wqstudio.domain.connection import RabbitConnection


class RetryConnection:
    """Made when it is first needed, and gone with the last who entered."""

    def __init__(self, connection: RabbitConnection, thread: SelectorThread) -> None:
        self._connection = connection
        self._thread = thread
        self._users = 0
        self._client: RabbitClient | None = None
        self._connecting = asyncio.Lock()
        self._lanes: dict[str, RetryLane] = {}

    @property
    def trouble(self) -> str:
        """Why the broker takes nothing from it for now."""
        link = self._client.link if self._client is not None else None
        return link.reason if link is not None and link.state is LinkState.CONNECTED else ""

    def enter(self) -> None:
        """Followed by one ``leave`` or one ``drop``."""
        self._users += 1

    async def leave(self) -> None:
        if (client := self._last_gone()) is not None:
            await client.close()

    def drop(self) -> None:
        """As after a crash; what others have under way on it stays."""
        if (client := self._last_gone()) is not None:
            client.abort()

    async def lane(self, queue: str) -> RetryLane:
        """UnreachableError, DeniedError: there is no connection, and none can be had."""
        async with self._connecting:
            if self._client is None:
                self._client = await connect_client(self._connection, name="wqstudio retries", thread=self._thread)
        return self._lanes.setdefault(queue, RetryLane(self._client, queue))

    def _last_gone(self) -> RabbitClient | None:
        self._users -= 1
        if self._users:
            return None
        client, self._client = self._client, None
        self._lanes.clear()
        return client
