"""Opens a queue's dead letters, and finds out first what a look at them would mean."""

import contextlib
from dataclasses import replace

from wqstudio.brokers.letters import Letters, Lifts
from wqstudio.brokers.port import BrokerError, RefusedError
from wqstudio.brokers.rabbitmq.amqp import address
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.letters.letters import Managed, RabbitLetters
from wqstudio.brokers.rabbitmq.letters.limit_lifting import LimitLifting, remove_leftovers
from wqstudio.brokers.rabbitmq.letters.stream_letters import StreamLetters
from wqstudio.brokers.rabbitmq.management.delivery_limit import version_of
from wqstudio.brokers.rabbitmq.management.finding import Finder
from wqstudio.brokers.rabbitmq.management.governing import look_up
from wqstudio.brokers.rabbitmq.management.refusals import ManagementError
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.reading import Reading, Unknown


async def open_letters(connection: RabbitConnection, queue: str, lifts: Lifts, *, exhausted: bool) -> Letters:
    """Touches no message. UnreachableError, DeniedError; RefusedError when there is no such queue."""
    if exhausted:
        raise RefusedError(
            "RabbitMQ keeps no exhausted messages among others: it drops them, or moves them to where the queue's dead "
            "letters go. Look there."
        )
    client = await connect_client(connection, name="wqstudio letters", reconnect=False)
    try:
        return await _open(connection, client, queue, lifts)
    except BaseException:
        with contextlib.suppress(BrokerError):
            await client.close()
        raise


async def _open(connection: RabbitConnection, client: RabbitClient, queue: str, lifts: Lifts) -> Letters:
    managed = await _ask(connection, client, queue, lifts)
    if not isinstance(managed, Unknown) and managed.queue.type == "stream":
        managed.api.close()
        stream = StreamLetters(client, queue)
        await stream.refresh()
        return stream
    letters = RabbitLetters(client, queue, managed)
    try:
        await letters.begin()
    except BaseException:
        if not isinstance(managed, Unknown):
            managed.api.close()
        raise
    return letters


async def _ask(connection: RabbitConnection, client: RabbitClient, queue: str, lifts: Lifts) -> Reading[Managed]:
    try:
        here = replace(connection, all_vhosts=False)
        api, overview = await Finder(here, address.parse_all(here)).find()
    except ManagementError as error:
        return Unknown(str(error))
    with contextlib.ExitStack() as unless_it_is_handed_on:
        unless_it_is_handed_on.callback(api.close)
        try:
            if not connection.read_only:
                for left in (await remove_leftovers(api, client)).lifted:
                    await lifts.over(left.policy, put_back=True)
            record = await look_up(api, queue)
        except ManagementError as error:
            return Unknown(str(error))
        if record is None:
            raise RefusedError(f"There is no queue {queue} in this virtual host; check the name.")
        unless_it_is_handed_on.pop_all()
    version = version_of(overview.rabbitmq_version)
    return Managed(api, record, version, LimitLifting(api, client, version, lifts))
