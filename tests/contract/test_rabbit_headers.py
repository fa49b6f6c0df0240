"""Headers of every kind, through a real node and back."""

import asyncio
from collections.abc import Mapping

from hypothesis import HealthCheck, given, settings, strategies as st
from pika import spec

from tests.rabbit_servers import RabbitNode
from tests.unit.brokers.rabbitmq.field_tables import KNOWN_TO_RABBITMQ, tables
from tests.waiting import until
from wqstudio.brokers.rabbitmq.amqp.channel import Listener
from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.brokers.rabbitmq.amqp.codec import decode_table, encode_table
from wqstudio.brokers.rabbitmq.amqp.confirming import ConfirmingChannel
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered
from wqstudio.brokers.rabbitmq.amqp.properties import Properties, decode_properties
from wqstudio.domain.connection import RabbitConnection


async def _through(connection: RabbitConnection, headers: list[bytes]) -> list[bytes]:
    """As they come back, in the order they were sent in, each read and written anew on its way."""
    client = await connect_client(connection, name="test")
    got: list[Delivered] = []
    try:
        channel = await client.open_channel(Listener(delivered=got.append))
        queue = (await channel.call(spec.Queue.Declare(exclusive=True), "declaring a queue")).queue
        await channel.call(spec.Basic.Consume(queue=queue, no_ack=True), "consuming")
        publishing = await ConfirmingChannel.open(client)
        sent = [encode_table(decode_table(one)) for one in headers]
        await asyncio.gather(*(publishing.publish("", queue, Properties(headers=one).encode(), b"") for one in sent))
        await until(lambda: len(got) == len(headers))
    finally:
        await client.close()
    return [_in_order(decode_properties(message.properties).table) for message in got]


def _in_order(table: Mapping[str, object]) -> bytes:
    """With their types. RabbitMQ 4 sorts them."""
    return encode_table(dict(sorted(table.items())))


@given(st.lists(tables(KNOWN_TO_RABBITMQ), min_size=20, max_size=50))
@settings(max_examples=3, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
def test_any_headers_come_back_byte_for_byte(rabbit_node: RabbitNode, headers: list[bytes]) -> None:
    """Some 100 tables; the health of the data is that of large lists."""
    expected = [_in_order(decode_table(one)) for one in headers]
    assert asyncio.run(_through(rabbit_node.connection, headers)) == expected
