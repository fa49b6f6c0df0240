"""Who takes from the queue that a copy goes to, and which of its rules would act on the copy. Touches no message."""

import re
from collections.abc import Collection, Mapping, Sequence

from wqstudio.brokers.rabbitmq.amqp import declared
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.declared import Declared
from wqstudio.brokers.rabbitmq.letters import trial
from wqstudio.brokers.rabbitmq.management.delivery_limit import in_force, version_of
from wqstudio.brokers.rabbitmq.management.leading import Leading
from wqstudio.brokers.rabbitmq.management.looking_up import looked_up, writable
from wqstudio.brokers.rabbitmq.management.records import QueueRecord
from wqstudio.brokers.rabbitmq.management.wording import value
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.letter import Destination, NoWay, Ways
from wqstudio.domain.reading import Reading, Unknown

DOUBLING = (
    "RabbitMQ does not know a copy that it has already: a crash in the middle can leave some copies twice. They are "
    "counted; none is lost."
)

_DEFAULT = "amq.default"
"""What permissions call the exchange that has no name."""
_ON_TRIAL = "RabbitMQ tells administrators alone whether this user may publish there: only trying it shows that."
_NAMED = 5
_STAYS = ", so a copy that does not fit is not published, and its message stays where it is"


class Audience:
    def __init__(self, connection: RabbitConnection, client: RabbitClient, leading: Leading) -> None:
        self._connection, self._client, self._leading = connection, client, leading
        self._writable: Reading[re.Pattern[str]] | None = None
        self._tried: Reading[bool] | None = None
        """Whether the default exchange takes anything of ours."""

    async def ways(self, queue: str, routes: Collection[str]) -> Ways:
        """As ``Outlet.ways``: by the default exchange."""
        seen = (await declared.look(self._client, [queue])).get(queue)
        if seen is None:
            return Ways(refusal=f"There is no queue {queue} in this virtual host.")
        return Ways((queue,), tuple(route for route in routes if route == queue))

    async def refusals(self, destinations: Collection[Destination]) -> Mapping[Destination, NoWay]:
        """As ``Outlet.refusals``."""
        queues = {to.route: to for to in destinations if not to.exchange}
        seen = await declared.look(self._client, list(queues))
        found = {to: NoWay(_missing(queue)) for queue, to in queues.items() if seen.get(queue) is None}
        for to in destinations:
            if gap := await self._leading.gap((to.exchange, to.route)):
                found[to] = NoWay(f"Nothing would be stored: {gap}.")
            elif to not in found and await self._may_write(to.exchange) is False:
                found[to] = NoWay(
                    f"This user has no permission to write to the exchange {to.exchange or _DEFAULT}, which publishing "
                    "there takes; have it granted."
                )
        return found

    async def _may_write(self, exchange: str) -> Reading[bool]:
        """As RabbitMQ tells; where it does not, by a try that stores nothing."""
        names = await self._known_as_writable()
        if not isinstance(names, Unknown):
            return names.search(exchange or _DEFAULT) is not None
        if exchange or self._connection.read_only:
            return names
        if self._tried is None:
            self._tried = await trial.may_publish(self._connection)
        return self._tried

    async def _known_as_writable(self) -> Reading[re.Pattern[str]]:
        if self._writable is None:
            self._writable = await writable(self._connection)
        return self._writable

    async def of(self, destination: Destination) -> Sequence[str]:
        """As ``Outlet.audience``."""
        told = await self._receivers(destination)
        return [*told, _ON_TRIAL] if isinstance(await self._may_write(destination.exchange), Unknown) else told

    async def _receivers(self, destination: Destination) -> Sequence[str]:
        if not destination.exchange:
            return await self._of_queue(destination.route)
        exchange, key = destination.exchange, destination.route
        queues = await self._leading.behind((exchange, key))
        what = f"what has the key {key}" if key else "what has no key"
        if isinstance(queues, Unknown):
            return [f"To which queues the exchange {exchange} leads {what} is not known: {queues.reason}"]
        if not queues:
            return [f"The exchange {exchange} leads {what} to no queue that is known."]
        each = "" if len(queues) == 1 else ", and each of them has a copy"
        more = f" and {len(queues) - _NAMED:,} more" if len(queues) > _NAMED else ""
        told = [f"The exchange {exchange} leads {what} to {', '.join(queues[:_NAMED])}{more}{each}."]
        return told + [sentence for queue in queues[:_NAMED] for sentence in await self._of_queue(queue)]

    async def _of_queue(self, queue: str) -> Sequence[str]:
        seen = (await declared.look(self._client, [queue])).get(queue)
        if seen is None:
            return [_missing(queue)]
        record = await looked_up(self._connection, queue)
        if isinstance(record, Unknown):
            unknown = f"Whether a time to live or a maximum length of {queue} would act on them is not known: "
            return [_consumers(queue, seen), unknown + record.reason]
        takers = _readers(queue, seen) if record.type == "stream" else [_consumers(queue, seen)]
        return [*takers, *_rules(record, seen, version_of(str(self._client.server.get("version", ""))))]


def _missing(queue: str) -> str:
    return f"There is no queue {queue} in this virtual host, so nothing would be stored."


def _consumers(queue: str, seen: Reading[Declared]) -> str:
    if isinstance(seen, Unknown):
        return f"Who takes from {queue} cannot be told: {seen.reason}"
    match seen.consumers:
        case 0:
            return f"Nobody takes from {queue} at the moment: what is put there waits."
        case 1:
            return f"1 consumer takes from {queue}."
        case count:
            return f"{count:,} consumers take from {queue}; each message goes to one of them."


def _readers(stream: str, seen: Reading[Declared]) -> list[str]:
    """Who reads takes nothing out, and nor can anybody else."""
    for_good = f"{stream} is a stream: nothing can be taken out of it again, so this cannot be undone."
    if isinstance(seen, Unknown):
        return [for_good, f"Who reads {stream} cannot be told: {seen.reason}"]
    match seen.consumers:
        case 0:
            return [for_good, f"Nobody reads {stream} at the moment; whoever does gets every message."]
        case 1:
            return [for_good, f"1 consumer reads {stream}, and gets every message."]
        case count:
            return [for_good, f"{count:,} consumers read {stream}; each gets every message."]


def _rules(queue: QueueRecord, seen: Reading[Declared], version: tuple[int, ...]) -> list[str]:
    """Those of the queue that would act on what waits there."""
    told = []
    if (ttl := queue.rule("message-ttl")) is not None:
        told.append(f"What waits there for longer than {value('message-ttl', ttl)} expires{_fate(queue)}.")
    for limit, unit in (("max-length", " messages"), ("max-length-bytes", "")):
        if (most := queue.rule(limit)) is not None:
            told.append(
                f"{queue.name} takes {value(limit, most)}{unit} at most ({_waiting(seen)}): {_overflow(queue)}."
            )
    if (count := in_force(queue, version)) is not None and count.count is not None:
        told.append(f"What is given back there more than {count.count:,} times dies again{_fate(queue)}.")
    if (unused := queue.rule("expires")) is not None:
        told.append(f"{queue.name} is deleted when nobody has used it for {value('expires', unused)}.")
    return [*told, *_ends(queue)]


def _ends(queue: QueueRecord) -> list[str]:
    """How a queue that does not last takes along what waits in it."""
    if queue.exclusive:
        return [f"{queue.name} belongs to one connection, and is deleted with it."]
    told = []
    if queue.auto_delete:
        told.append(f"{queue.name} is deleted, with what waits there, once its last consumer has gone.")
    if not queue.durable:
        told.append(f"{queue.name} is not durable: what waits there is gone once the broker restarts.")
    return told


def _waiting(seen: Reading[Declared]) -> str:
    return "how many wait there is not known" if isinstance(seen, Unknown) else f"{seen.ready:,} wait there now"


def _overflow(queue: QueueRecord) -> str:
    how = queue.rule("overflow")
    if how == "reject-publish":
        return "beyond that it refuses new ones, which then stay where they are"
    if how == "reject-publish-dlx":
        return f"beyond that new ones die at once{_fate(queue, 'go', 'are')}{_STAYS}"
    if queue.type == "stream":
        return f"beyond that the oldest give way{_fate(queue, 'go', 'are')}"
    return f"beyond that the oldest give way{_fate(queue, 'go', 'are')}{_STAYS}"


def _fate(queue: QueueRecord, goes: str = "goes", is_: str = "is") -> str:
    """Where a queue's own dead letters go, as the end of a sentence."""
    exchange, key = queue.rule("dead-letter-exchange"), queue.rule("dead-letter-routing-key")
    if not isinstance(exchange, str):
        return f" and {is_} gone"
    if exchange:
        return f" and {goes} to the exchange {exchange}"
    return f" and {goes} to {key if isinstance(key, str) else queue.name}"
