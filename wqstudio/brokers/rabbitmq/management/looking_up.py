"""A queue, or the ways to queues, by the management API, for whoever has no connection to that API of his own."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from wqstudio.brokers.port import BrokerError
from wqstudio.brokers.rabbitmq.amqp import address
from wqstudio.brokers.rabbitmq.management.api import ManagementApi
from wqstudio.brokers.rabbitmq.management.dead_letters import Routes
from wqstudio.brokers.rabbitmq.management.finding import Finder
from wqstudio.brokers.rabbitmq.management.governing import look_up
from wqstudio.brokers.rabbitmq.management.records import QueueRecord
from wqstudio.brokers.rabbitmq.management.refusals import ManagementError
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.reading import Reading, Unknown

R = TypeVar("R")


async def looked_up(connection: RabbitConnection, queue: str) -> Reading[QueueRecord]:
    """As ``look_up``; the API is looked for, asked and left. Unknown, in a sentence: it does not tell."""

    async def read(api: ManagementApi) -> Reading[QueueRecord]:
        return await look_up(api, queue) or Unknown("the management API does not list it yet.")

    return await _asked(connection, read)


async def routes_of(connection: RabbitConnection) -> Reading[Routes]:
    """Of the connection's own virtual host; as ``looked_up``."""

    async def read(api: ManagementApi) -> Reading[Routes]:
        return Routes((await api.exchanges()).items, (await api.bindings()).items)

    return await _asked(connection, read)


async def writable(connection: RabbitConnection) -> Reading[re.Pattern[str]]:
    """Exchanges that our user may publish to, by name. Unknown also where he is no administrator, who alone is told."""
    here = address.account(connection, address.parse_all(connection)[0]).vhost

    async def read(api: ManagementApi) -> Reading[re.Pattern[str]]:
        pattern = next((each.write for each in await api.permissions() if each.vhost == here), None)
        if pattern is None:
            return Unknown("the management API lists no permissions of this user")
        try:
            return re.compile(pattern or "^$")
        except re.error as error:  # Erlang's patterns are not quite Python's
            return Unknown(f"the permission {pattern} is beyond us: {error}")

    return await _asked(connection, read)


async def _asked(connection: RabbitConnection, read: Callable[[ManagementApi], Awaitable[Reading[R]]]) -> Reading[R]:
    here = replace(connection, all_vhosts=False)
    try:
        api, _ = await Finder(here, address.parse_all(here)).find()
    except BrokerError as error:  # of the management API: the way to the broker itself stands
        return Unknown(str(error))
    try:
        return await read(api)
    except ManagementError as error:
        return Unknown(str(error))
    finally:
        api.close()
