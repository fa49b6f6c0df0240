"""How often a queue's messages are delivered at most, for the copies that the studio makes of them.

A quorum queue counts a message's deliveries; a copy that comes back after a delay is a new message to it. So that a
poison task does not go round for ever, a worker holds copies to the same limit.
"""

from wqstudio.brokers.port import BrokerError
from wqstudio.brokers.rabbitmq import address
from wqstudio.brokers.rabbitmq.finding import Finder
from wqstudio.domain.connection import RabbitConnection


async def most_deliveries(connection: RabbitConnection, queue: str) -> int | None:
    """By the queue's delivery-limit, argument or policy. None: no limit, or nobody to ask for it."""
    try:
        api, _ = await Finder(connection, address.parse_all(connection)).find()
    except BrokerError:
        return None
    try:
        record = await api.queue(queue)
    except BrokerError:
        return None
    finally:
        api.close()
    limit = record.rule("delivery-limit") if record is not None else None
    return limit + 1 if isinstance(limit, int) and limit >= 0 else None
