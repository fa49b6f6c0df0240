"""Picks the adapter for a connection, and loads no other. The only place that knows them all.

An adapter and its client take a tenth of a second to import, which a command or a child process can do without.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

from wqstudio.brokers.checks import Check, OnCheck
from wqstudio.brokers.letters import NOT_KEPT, Copies, Letters, Lifts, Made, Outlet, Pointers, PutBack
from wqstudio.brokers.port import Broker, UnsupportedError
from wqstudio.domain.connection import Connection, NatsConnection, RabbitConnection
from wqstudio.domain.letter import Destination


async def open_broker(connection: Connection) -> Broker:
    """Connect. Raises UnreachableError or DeniedError with the remedy when that cannot be done."""
    match connection:
        case NatsConnection():
            from wqstudio.brokers.nats import broker as nats_broker

            return await nats_broker.connect(connection)
        case RabbitConnection():
            from wqstudio.brokers.rabbitmq import broker as rabbit_broker

            return await rabbit_broker.connect(connection)
        case _:
            assert_never(connection)


async def open_letters(
    connection: Connection, queue: str, lifts: Lifts = NOT_KEPT, *, exhausted: bool = False
) -> Letters:
    """The dead letters that lie in the queue; with ``exhausted``, the messages exhausted in place in a work queue.

    UnreachableError, DeniedError; RefusedError where there are no such letters to be told from others.
    """
    match connection:
        case NatsConnection():
            from wqstudio.brokers.nats.letters import letters as nats_letters

            return await nats_letters.open_letters(connection, queue, exhausted=exhausted)
        case RabbitConnection():
            from wqstudio.brokers.rabbitmq.letters import opening as rabbit_letters

            return await rabbit_letters.open_letters(connection, queue, lifts, exhausted=exhausted)
        case _:
            assert_never(connection)


async def open_copies(
    connection: Connection,
    targets: Sequence[Destination],
    made: Mapping[str, Made],
    lifts: Lifts = NOT_KEPT,
    *,
    again: bool = False,
) -> Sequence[Copies]:
    """Copies of a requeue by their marks, as far as they are where they went; one for each target there is.

    ``again``: an earlier try has had some of them in hand, and they have come back.

    UnreachableError, DeniedError, RefusedError.
    """
    match connection:
        case NatsConnection():
            from wqstudio.brokers.nats.letters import copies as nats_copies

            return await nats_copies.open_copies(connection, targets, made)
        case RabbitConnection():
            from wqstudio.brokers.rabbitmq.letters import copies as rabbit_copies

            return await rabbit_copies.open_copies(connection, targets, made, lifts, again=again)
        case _:
            assert_never(connection)


async def open_pointers(connection: Connection, queue: str) -> Pointers:
    """To the messages exhausted in place in that work queue. UnreachableError, DeniedError, RefusedError."""
    match connection:
        case NatsConnection():
            from wqstudio.brokers.nats.letters import pointers as nats_pointers

            return await nats_pointers.open_pointers(connection, queue)
        case RabbitConnection():
            raise UnsupportedError("RabbitMQ has no messages that are exhausted in place.")
        case _:
            assert_never(connection)


async def open_outlet(connection: Connection) -> Outlet:
    match connection:
        case NatsConnection():
            from wqstudio.brokers.nats.letters import outlet as nats_outlet

            return await nats_outlet.open_outlet(connection)
        case RabbitConnection():
            from wqstudio.brokers.rabbitmq.letters import outlet as rabbit_outlet

            return await rabbit_outlet.open_outlet(connection)
        case _:
            assert_never(connection)


async def put_back_limits(connection: Connection) -> PutBack:
    """Delivery limits that are still lifted, though the look that had lifted them was killed (RabbitMQ). Does nothing
    where that cannot be told.
    """
    match connection:
        case NatsConnection():
            return PutBack()
        case RabbitConnection():
            from wqstudio.brokers.rabbitmq.letters import limit_lifting

            return await limit_lifting.put_back_leftovers(connection)
        case _:
            assert_never(connection)


async def known_as(connection: Connection) -> str:
    """What the server calls the place that this leads to: an account (NATS), or a cluster (RabbitMQ).

    UnreachableError, DeniedError.
    """
    match connection:
        case NatsConnection():
            from wqstudio.brokers.nats.jetstream import account as nats_account

            return await nats_account.account_of(connection)
        case RabbitConnection():
            from wqstudio.brokers.rabbitmq.amqp import cluster as rabbit_cluster

            return await rabbit_cluster.cluster_of(connection)
        case _:
            assert_never(connection)


async def probe_connection(connection: Connection, on_check: OnCheck) -> tuple[Check, ...]:
    """Try a connection step by step, telling of each step as it ends. Raises nothing: a failure is a check."""
    match connection:
        case NatsConnection():
            from wqstudio.brokers.nats import probe as nats_probe

            return await nats_probe.run(connection, on_check)
        case RabbitConnection():
            from wqstudio.brokers.rabbitmq import probe as rabbit_probe

            return await rabbit_probe.run(connection, on_check)
        case _:
            assert_never(connection)


async def virtual_hosts(connection: RabbitConnection) -> Sequence[str]:
    """Names, sorted, of those that this user may see; of ``connection.vhost``, nothing is asked.

    By the management API alone: raises BrokerError with the remedy where it does not answer.
    """
    from wqstudio.brokers.rabbitmq.management import finding as rabbit_finding

    return await rabbit_finding.virtual_hosts(connection)
