"""Picks the adapter for workers and producers, as ``factory.py`` does for the rest, and loads no other.

Each host of a fleet is a process that imports what it needs; one adapter takes it three quarters of the time of two.
"""

from typing import assert_never

from wqstudio.brokers.sessions import Sessions
from wqstudio.domain.connection import Connection, NatsConnection, RabbitConnection


def sessions_on(connection: Connection) -> Sessions:
    """For the workers and producers of this process."""
    match connection:
        case NatsConnection():
            from wqstudio.brokers.nats.sessions.sessions import NatsSessions

            return NatsSessions(connection)
        case RabbitConnection():
            from wqstudio.brokers.rabbitmq.sessions.sessions import RabbitSessions

            return RabbitSessions(connection)
        case _:
            assert_never(connection)
