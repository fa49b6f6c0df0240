"""Makes what a QueueSpec says, marked as the studio's own, and removes only what carries that mark.

AMQP does not tell a queue's arguments, and with them the mark: what the management API knows of them is handed in.
"""

import contextlib
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from pika import spec as amqp

from wqstudio.brokers.port import BrokerError, DeniedError, RefusedError, UnreachableError, UnsupportedError
from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.errors import ChannelError
from wqstudio.domain.queue import QueueSpec, is_rabbitmq_name
from wqstudio.domain.reading import Reading, Unknown

Arguments = Mapping[str, Any]
_ATTEMPTS = 5
"""To bind to an exchange that others keep unmaking."""
_DIFFERS = 406
"""AMQP's code for a thing of that name with other properties."""
_TRANSIENT_FEATURE = "transient_nonexcl_queues"
_TRANSIENT_DENIED = (
    "{} cannot be made: this RabbitMQ denies transient queues, as 4.3 and later do by default. Make it durable, or "
    "set deprecated_features.permit.transient_nonexcl_queues = true in rabbitmq.conf."
)


async def ensure(client: RabbitClient, spec: QueueSpec, found: Reading[Arguments | None]) -> bool:
    """As ``Broker.ensure``. ``found`` are the arguments of the queue of that name; None: there is none."""
    _check_name(spec.name)
    _check_durability(spec)
    if await exists(client, spec.name):
        _check_found(spec, found)
        await _check_the_rest(client, spec)
        return False
    await _make(client, spec)
    return True


async def exists(client: RabbitClient, queue: str) -> bool:
    async with client.channel() as channel:
        try:
            await channel.call(amqp.Queue.Declare(queue=queue, passive=True), f"looking up the queue {queue}")
        except ChannelError as error:
            if error.not_found:
                return False
            raise
    return True


async def remove_owned(
    client: RabbitClient,
    queues: Mapping[str, Arguments],
    removing: Callable[[str], None],
    names: Collection[str] | None = None,
) -> list[str]:
    """Names of the queues removed. ``queues`` are all there are in the virtual host, with their arguments.

    ``removing`` is told of each before. One that fails does not keep the others. Retry queues go with theirs.
    """
    removed: list[str] = []
    failures: list[str] = []
    for name, arguments in queues.items():
        if not marks.owned(arguments) or (names is not None and name not in names):
            continue
        removing(name)
        retries = [other for other, its in queues.items() if marks.home_of(its, other) == name]
        try:
            for queue in (*retries, name):
                await _delete(client, queue)
        except BrokerError as error:
            failures.append(str(error))
        else:
            removed.append(name)
    if failures:
        raise RefusedError(" ".join([f"Removed {', '.join(removed) or 'nothing'}.", *failures]))
    return removed


def queue_arguments(spec: QueueSpec) -> dict[str, Any]:
    """What Queue.Declare is asked for. One with a limit on deliveries is a quorum queue: classic ones count none.

    The type is always named: virtual hosts have defaults of their own, which RabbitMQ 4 puts among the arguments.
    """
    if spec.dead_letters_of:
        return {marks.MARK: marks.DEAD_LETTERS, "x-queue-type": "classic"}
    if spec.retries_of:
        return {
            marks.MARK: marks.RETRIES,
            "x-queue-type": "classic",
            "x-message-ttl": round(spec.delay * 1_000),
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": spec.retries_of,
        }
    arguments: dict[str, Any] = {
        marks.MARK: marks.WORK,
        "x-queue-type": "classic",
        "x-dead-letter-exchange": marks.DEAD_LETTER_EXCHANGE,
        "x-dead-letter-routing-key": spec.name,
        "x-overflow": "reject-publish" if spec.discard_new else "drop-head",
    }
    if spec.max_messages >= 0:
        arguments["x-max-length"] = spec.max_messages
    if spec.max_bytes >= 0:
        arguments["x-max-length-bytes"] = spec.max_bytes
    if spec.max_age:
        arguments["x-message-ttl"] = round(spec.max_age * 1_000)
    if (deliveries := _max_deliver(spec)) is not None:
        arguments |= {"x-queue-type": "quorum", "x-delivery-limit": deliveries - 1}
    return arguments


def _max_deliver(spec: QueueSpec) -> int | None:
    limits = [consumer.max_deliver for consumer in spec.consumers if consumer.max_deliver > 0]
    return min(limits, default=None)


async def _make(client: RabbitClient, spec: QueueSpec) -> None:
    await _declare(client, spec)
    if rejecting := spec.retries_of or ("" if spec.routes else spec.dead_letters_of):
        await _bind_to_own(client, spec.name, _DEAD_LETTERS, rejecting)
    for route in spec.routes:
        if route != spec.name:  # the default exchange leads there by itself
            await _bind_route(client, spec.name, route)


async def _declare(client: RabbitClient, spec: QueueSpec) -> None:
    queue = amqp.Queue.Declare(queue=spec.name, durable=spec.durable, arguments=queue_arguments(spec))
    try:
        async with client.channel() as channel:
            await channel.call(queue, f"making the queue {spec.name}")
    except UnreachableError as error:
        if _TRANSIENT_FEATURE in str(error):
            raise UnsupportedError(_TRANSIENT_DENIED.format(spec.name)) from error
        raise


async def _bind_route(client: RabbitClient, queue: str, route: str) -> None:
    """``exchange/routing key``, or a pattern of words for the studio's own topic exchange."""
    exchange, slash, key = route.partition("/")
    if slash:
        await _bind(client, queue, exchange, key)
    else:
        await _bind_to_own(client, queue, _ROUTES, _pattern(route))


class _Exchange(NamedTuple):
    """Of the studio's own: it is made for its first binding and goes with its last."""

    name: str
    kind: str

    def declaration(self, *, auto_delete: bool) -> amqp.Exchange.Declare:
        return amqp.Exchange.Declare(
            exchange=self.name,
            type=self.kind,
            durable=True,
            auto_delete=auto_delete,
            arguments={marks.MARK: marks.EXCHANGE},
        )


_ROUTES = _Exchange(marks.EXCHANGE, "topic")
_DEAD_LETTERS = _Exchange(marks.DEAD_LETTER_EXCHANGE, "direct")


async def _bind_to_own(client: RabbitClient, queue: str, exchange: _Exchange, key: str) -> None:
    """Somebody may remove what was the last binding between the making and the binding: it is made again then."""
    for attempt in range(1, _ATTEMPTS + 1):
        goes_by_itself = await _make_own(client, exchange)
        try:
            await _bind(client, queue, exchange.name, key)
        except BrokerError as error:
            if isinstance(error, ChannelError) and error.not_found and attempt < _ATTEMPTS:
                continue
            if goes_by_itself:  # with its last binding, which it may never get
                await _delete_unbound(client, exchange)
            raise
        else:
            return


async def _delete_unbound(client: RabbitClient, exchange: _Exchange) -> None:
    """Nothing when others have bound to it, or it cannot be done."""
    with contextlib.suppress(BrokerError):
        async with client.channel() as channel:
            deletion = amqp.Exchange.Delete(exchange=exchange.name, if_unused=True)
            await channel.call(deletion, f"deleting the exchange {exchange.name}")


async def _make_own(client: RabbitClient, exchange: _Exchange) -> bool:
    """Whether it goes by itself. One that an older studio made serves as well, though it stays; one of another kind is
    refused.
    """
    doing = f"making the exchange {exchange.name}"
    try:
        async with client.channel() as channel:
            await channel.call(exchange.declaration(auto_delete=True), doing)
    except ChannelError as error:
        if error.code != _DIFFERS:
            raise
        async with client.channel() as channel:
            await channel.call(exchange.declaration(auto_delete=False), doing)
        return False
    return True


async def _bind(client: RabbitClient, queue: str, exchange: str, key: str) -> None:
    async with client.channel() as channel:
        binding = amqp.Queue.Bind(queue=queue, exchange=exchange, routing_key=key)
        await channel.call(binding, f"binding {queue} to {exchange}/{key}")


def _pattern(route: str) -> str:
    """``>`` at the end stands for any words in NATS, ``#`` in AMQP."""
    return f"{route[:-1]}#" if route.endswith(">") else route


async def _delete(client: RabbitClient, queue: str) -> None:
    async with client.channel() as channel:
        await channel.call(amqp.Queue.Delete(queue=queue), f"deleting the queue {queue}")


def _check_found(spec: QueueSpec, found: Reading[Arguments | None]) -> None:
    """RefusedError when it differs, or is not the studio's, or cannot be known to be."""
    if isinstance(found, Unknown) or found is None:
        why = found.reason if isinstance(found, Unknown) else "the management API does not list it"
        raise RefusedError(
            f"Queue {spec.name} is there already, and whether the studio made it cannot be known ({why}), so it is "
            "left untouched; name the management API in the connection, or rename the queue."
        )
    if not marks.owned(found):
        raise RefusedError(
            f"Queue {spec.name} is there already, and the studio did not make it, so it is left untouched; "
            "rename it, or connect to another virtual host."
        )
    wanted = queue_arguments(spec)
    differing = [
        f"{name} is {found.get(name, 'not set')}, wanted {wanted.get(name, 'not set')}"
        for name in sorted(wanted.keys() | found.keys())
        if found.get(name) != wanted.get(name)
    ]
    if differing:
        raise RefusedError(
            f"Queue {spec.name} exists and differs: {'; '.join(differing)}. "
            "Choose another name, or remove the one there."
        )


def _check_durability(spec: QueueSpec) -> None:
    if not spec.durable and _max_deliver(spec) is not None:
        raise RefusedError(
            f"Queue {spec.name} cannot be transient and have a limit on deliveries: that takes a quorum queue, which "
            "outlives its broker. Leave out the limit, or have it durable."
        )


async def _check_the_rest(client: RabbitClient, spec: QueueSpec) -> None:
    """RefusedError when it differs in what is no argument: declaring it again changes nothing, and tells."""
    try:
        await _declare(client, spec)
    except ChannelError as error:
        if error.code != _DIFFERS:
            raise
        raise RefusedError(
            f"Queue {spec.name} exists and differs: {error} Choose another name, or remove the one there."
        ) from error
    except DeniedError:  # who may not make queues is not told, and may use this one all the same
        pass


def _check_name(name: str) -> None:
    if not is_rabbitmq_name(name):
        raise RefusedError(
            f"{name[:40]!r} cannot be a name in RabbitMQ: it has 1 to 255 bytes and does not begin with amq."
        )
