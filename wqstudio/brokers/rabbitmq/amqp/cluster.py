"""Which cluster a connection leads to: brokers may take turns on one address."""

from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.domain.connection import RabbitConnection


async def cluster_of(connection: RabbitConnection) -> str:
    """As it calls itself; empty where it does not. UnreachableError, DeniedError."""
    client = await connect_client(connection, name="wqstudio place", reconnect=False)
    try:
        return str(client.server.get("cluster_name", ""))
    finally:
        await client.close()
