"""Which queues receive what is published, by exchanges and bindings as the management API tells them."""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

from wqstudio.brokers.rabbitmq.management.dead_letters import Routes
from wqstudio.brokers.rabbitmq.management.looking_up import routes_of
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.reading import Reading, Unknown

Way: TypeAlias = tuple[str, str]
"""Exchange and routing key. Of the default exchange, which has no name, the key is the queue's."""


class Leading:
    """For one outlet: bindings are read once."""

    def __init__(self, connection: RabbitConnection) -> None:
        self._connection = connection
        self._looking = asyncio.Lock()
        self._routes: Reading[Routes] | None = None
        """None: they were not asked for yet."""

    async def behind(self, way: Way) -> Reading[Sequence[str]]:
        """At the end of it; of an exchange that goes by headers, all it may lead to."""
        exchange, key = way
        if not exchange:
            return (key,)
        routes = await self._known()
        return routes if isinstance(routes, Unknown) else routes.behind(exchange, key)

    async def gap(self, way: Way) -> str:
        """What is missing on a way that leads to no queue, and the remedy; empty: it leads to one, or may do."""
        exchange, key = way
        routes = await self._known() if exchange else Unknown("the default exchange has no bindings")
        return "" if isinstance(routes, Unknown) or routes.behind(exchange, key) else routes.gap(exchange, key)

    async def _known(self) -> Reading[Routes]:
        async with self._looking:
            if self._routes is None:
                self._routes = await routes_of(self._connection)
            return self._routes
