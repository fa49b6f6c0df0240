"""Somebody else's program: uses a broker through pika's blocking connection, and not through the studio."""

from collections.abc import Mapping
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

from tests.rabbit_servers import RabbitHost


def connect_program(host: RabbitHost, name: str = "") -> pika.BlockingConnection:
    """Somebody's program with channels of its own choice, and a name for its connection if it gives it one."""
    given = host.connection
    parameters = pika.URLParameters(given.urls[0])
    parameters.credentials = pika.PlainCredentials(given.user, given.password)
    parameters.virtual_host = given.vhost
    if name:
        parameters.client_properties = {"connection_name": name}
    parameters.heartbeat = 0  # nobody turns its loop while a test waits for something else
    return pika.BlockingConnection(parameters)


class RabbitUser:
    """Connects at once; every call opens the channel anew if the one before was closed."""

    def __init__(self, host: RabbitHost) -> None:
        self._connection = connect_program(host)
        self._channel: BlockingChannel = self._connection.channel()
        self._channel.confirm_delivery()

    def declare(self, queue: str, arguments: Mapping[str, Any] | None = None) -> None:
        self._channel.queue_declare(queue, durable=True, arguments=dict(arguments or {}))

    def bind(self, exchange: str, queue: str) -> None:
        """To a fanout exchange, which is made if it is not there."""
        self._channel.exchange_declare(exchange, "fanout")
        self._channel.queue_bind(queue, exchange)

    def delete(self, queue: str) -> None:
        self._channel.queue_delete(queue)

    def publish(
        self, routing_key: str, body: bytes, headers: Mapping[str, Any] | None = None, *, exchange: str = ""
    ) -> None:
        """Return once it is confirmed."""
        properties = pika.BasicProperties(headers=dict(headers) if headers else None, delivery_mode=2)
        self._channel.basic_publish(exchange, routing_key, body, properties, mandatory=True)

    def take(self, queue: str, count: int) -> list[tuple[Any, Any, bytes]]:
        """So many messages (method, properties, body), unsettled."""
        taken = [self._channel.basic_get(queue) for _ in range(count)]
        assert all(method is not None for method, _, _ in taken), f"{queue} has no {count} messages"
        return taken

    def empty(self, queue: str) -> list[bytes]:
        """The bodies of all that waits in it, which is settled; a quorum queue counts later than it gives out."""
        bodies = []
        while (taken := self._channel.basic_get(queue))[0] is not None:
            self._channel.basic_ack(taken[0].delivery_tag)
            bodies.append(taken[2])
        self._settled()
        return bodies

    def ready(self, queue: str) -> int:
        """Messages that wait in it."""
        return int(self._channel.queue_declare(queue, passive=True).method.message_count)

    def consumers(self, queue: str) -> int:
        return int(self._channel.queue_declare(queue, passive=True).method.consumer_count)

    def ack(self, tag: int) -> None:
        self._channel.basic_ack(tag)
        self._settled()

    def nack(self, tag: int, *, requeue: bool = True) -> None:
        self._channel.basic_nack(tag, requeue=requeue)
        self._settled()

    def recover(self) -> None:
        """All that is unsettled goes back to its queue."""
        self._channel.basic_recover(requeue=True)

    def close(self) -> None:
        if self._connection.is_open:
            self._connection.close()

    def _settled(self) -> None:
        """What is asked after it is answered after it."""
        self._channel.basic_qos()
