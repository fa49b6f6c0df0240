"""What AMQP alone tells of a queue: a passive declare, 0.3 ms on the wire and of this very instant."""

from collections.abc import Iterable
from typing import NamedTuple

from pika import spec

from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.errors import ChannelError
from wqstudio.domain.reading import Reading, Unknown


class Declared(NamedTuple):
    ready: int
    consumers: int


async def look(client: RabbitClient, queues: Iterable[str]) -> dict[str, Reading[Declared]]:
    """Those of the queues that are there. Unknown: refused, as another connection's exclusive queue is.

    A refusal ends its channel, so those that follow need another. UnreachableError when the connection is lost.
    """
    seen: dict[str, Reading[Declared]] = {}
    waiting = list(queues)
    while waiting:
        async with client.channel() as channel:
            while waiting and channel.is_open:
                name = waiting.pop(0)
                try:
                    answer = await channel.call(
                        spec.Queue.Declare(queue=name, passive=True), f"Looking at the queue {name}"
                    )
                    seen[name] = Declared(answer.message_count, answer.consumer_count)
                except UnreachableError:
                    raise
                except ChannelError as error:
                    if not error.not_found:
                        seen[name] = Unknown(str(error))
                except BrokerError as error:
                    seen[name] = Unknown(str(error))
    return seen
