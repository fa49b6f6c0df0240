"""Whether our user may publish to the default exchange, where only a try shows it: by a message that no queue takes.

RabbitMQ asks for the permission before it looks for a queue, and gives the message back. So nothing is stored, and
nobody receives anything. Behind another exchange somebody might.
"""

import asyncio
from uuid import uuid4

from wqstudio.brokers.port import DeniedError, RefusedError
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.confirming import ConfirmingChannel
from wqstudio.brokers.rabbitmq.amqp.properties import Properties
from wqstudio.domain.reading import Reading, Unknown

_WITHIN = 3.0
"""Seconds: a broker that blocks publishers answers nothing."""


async def may_publish(client: RabbitClient) -> Reading[bool]:
    """UnreachableError alone."""
    try:
        async with asyncio.timeout(_WITHIN):
            channel = await ConfirmingChannel.open(client)
            await channel.publish("", f"wqstudio-nobody-{uuid4().hex}", Properties().encode(), b"")
    except DeniedError:
        return False
    except RefusedError:  # it came back
        await channel.close()
    except TimeoutError:
        return Unknown("RabbitMQ did not answer in time")
    return True
