"""Picks the adapter for a connection. The only place that knows them all."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from wqstudio.brokers.checks import Check, OnCheck
from wqstudio.brokers.letters import Copies, Letters, Made, Outlet
from wqstudio.brokers.nats import (
    broker as nats_broker,
    copies as nats_copies,
    letters as nats_letters,
    outlet as nats_outlet,
    probe as nats_probe,
)
from wqstudio.brokers.port import Broker
from wqstudio.brokers.rabbitmq import (
    broker as rabbit_broker,
    copies as rabbit_copies,
    finding as rabbit_finding,
    letters_opening as rabbit_letters,
    outlet as rabbit_outlet,
    probe as rabbit_probe,
)
from wqstudio.domain.connection import Connection, NatsConnection, RabbitConnection
from wqstudio.domain.letter import Destination


async def open_broker(connection: Connection) -> Broker:
    """Connect. Raises UnreachableError or DeniedError with the remedy when that cannot be done."""
    match connection:
        case NatsConnection():
            return await nats_broker.connect(connection)
        case RabbitConnection():
            return await rabbit_broker.connect(connection)
        case _:
            assert_never(connection)


async def open_letters(connection: Connection, queue: str, *, exhausted: bool = False) -> Letters:
    """The dead letters that lie in the queue; with ``exhausted``, the messages exhausted in place in a work queue.

    UnreachableError, DeniedError; RefusedError where there are no such letters to be told from others.
    """
    match connection:
        case NatsConnection():
            return await nats_letters.open_letters(connection, queue, exhausted=exhausted)
        case RabbitConnection():
            return await rabbit_letters.open_letters(connection, queue, exhausted=exhausted)
        case _:
            assert_never(connection)


async def open_copies(
    connection: Connection, targets: Sequence[Destination], made: Mapping[str, Made], *, again: bool = False
) -> Sequence[Copies]:
    """Copies of a requeue by their marks, as far as they are where they went; one for each target there is.

    ``again``: an earlier try has had some of them in hand, and they have come back.

    UnreachableError, DeniedError, RefusedError.
    """
    match connection:
        case NatsConnection():
            return await nats_copies.open_copies(connection, targets, made)
        case RabbitConnection():
            return await rabbit_copies.open_copies(connection, targets, made, again=again)
        case _:
            assert_never(connection)


async def open_outlet(connection: Connection) -> Outlet:
    match connection:
        case NatsConnection():
            return await nats_outlet.open_outlet(connection)
        case RabbitConnection():
            return await rabbit_outlet.open_outlet(connection)
        case _:
            assert_never(connection)


async def probe_connection(connection: Connection, on_check: OnCheck) -> tuple[Check, ...]:
    """Try a connection step by step, telling of each step as it ends. Raises nothing: a failure is a check."""
    match connection:
        case NatsConnection():
            return await nats_probe.run(connection, on_check)
        case RabbitConnection():
            return await rabbit_probe.run(connection, on_check)
        case _:
            assert_never(connection)


async def virtual_hosts(connection: RabbitConnection) -> Sequence[str]:
    """Names, sorted, of those that this user may see; of ``connection.vhost``, nothing is asked.

    By the management API alone: raises BrokerError with the remedy where it does not answer.
    """
    return await rabbit_finding.virtual_hosts(connection)
