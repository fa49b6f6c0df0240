"""Whether our user may publish to the default exchange, where only a try shows it: by a message that no queue takes.

RabbitMQ asks for the permission before it looks for a queue, and gives the message back. So nothing is stored, and
nobody receives anything, save who traces all that is published: the default exchange has no alternate one, whatever a
policy says. Behind another exchange somebody might.
"""

import asyncio
from uuid import uuid4

from wqstudio.brokers.port import DeniedError, RefusedError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.amqp.confirming import ConfirmingChannel
from wqstudio.brokers.rabbitmq.amqp.properties import Properties
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.reading import Reading, Unknown

_WITHIN = 3.0
"""Seconds."""


async def may_publish(connection: RabbitConnection) -> Reading[bool]:
    """On a connection of its own: a broker that blocks publishers answers this, and reads nothing after it.
    UnreachableError: it went in the middle of that. One that cannot be had, as there are too many, tells nothing.
    """
    try:
        client = await connect_client(connection, name="wqstudio trial", reconnect=False)
    except (DeniedError, UnreachableError) as error:
        return Unknown(str(error))
    try:
        async with asyncio.timeout(_WITHIN):
            return await _is_let_through(client)
    except TimeoutError:
        client.abort()
        return Unknown("RabbitMQ did not answer in time")
    finally:
        if client.blocked:
            client.abort()
        await client.close()


async def _is_let_through(client: RabbitClient) -> bool:
    channel = await ConfirmingChannel.open(client)
    try:
        await channel.publish("", f"wqstudio-nobody-{uuid4().hex}", Properties().encode(), b"")
    except DeniedError:
        return False
    except RefusedError:  # it came back
        pass
    return True
