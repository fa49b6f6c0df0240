"""Connections that break as a network breaks them: at once, and with nothing said."""

from typing import Any

from tests.rabbit_letters import cut
from wqstudio.brokers.nats.letters.letters import NatsLetters
from wqstudio.brokers.nats.letters.outlet import NatsOutlet
from wqstudio.brokers.rabbitmq.letters.letters import RabbitLetters
from wqstudio.brokers.rabbitmq.letters.outlet import RabbitOutlet

Party = NatsLetters | NatsOutlet | RabbitLetters | RabbitOutlet


def break_connection(party: Party) -> None:
    """Of one that has one."""
    if isinstance(party, RabbitLetters | RabbitOutlet):
        cut(party._client)
    else:
        transport: Any = party._link.client._transport
        transport._io_writer.transport.abort()
