"""What a queue takes before it drops messages for new ones: no copy is to push a message out.

A broker confirms such a copy like any other, so it has to be known beforehand: the rules from the management API, once
for each queue, and the length from a passive declare, for each batch. What others publish meanwhile takes room that
nobody sees. A queue of the type stream keeps what it keeps by age and size on purpose, whoever reads it.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from wqstudio.brokers.figures import size as size_text
from wqstudio.brokers.rabbitmq import declared
from wqstudio.brokers.rabbitmq.bulk import Message
from wqstudio.brokers.rabbitmq.client import RabbitClient
from wqstudio.brokers.rabbitmq.looking_up import looked_up
from wqstudio.brokers.rabbitmq.records import QueueRecord
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.letter import Fate, Load, Outcome
from wqstudio.domain.reading import Reading, Unknown


@dataclass(slots=True)
class _Limits:
    """None: there is no such limit."""

    messages: int | None
    size: int | None
    """Bytes of bodies."""
    used: int
    """Bytes that are there, at most: those there were at first, and what was put there since."""

    @property
    def any(self) -> bool:
        return self.messages is not None or self.size is not None


class Rooms:
    """Of the queues that one outlet publishes to by name."""

    def __init__(self, connection: RabbitConnection, client: RabbitClient) -> None:
        self._connection, self._client = connection, client
        self._looking = asyncio.Lock()
        self._known: dict[str, Reading[_Limits]] = {}

    async def dropping(self, queues: Collection[str]) -> set[str]:
        """Those that are known to drop messages beyond a limit."""
        return {queue for queue in queues if (await self._limits_known(queue)) is not None}

    async def fitting(self, made: Sequence[Message | Outcome], queue: str) -> list[Message | Outcome]:
        """With a refusal instead of each that would push a message out of the queue."""
        fitting = list(made)
        places = [
            (place, len(each.body))
            for place, each in enumerate(made)
            if isinstance(each, Message) and not each.exchange and each.routing_key == queue
        ]
        reasons = await self._refusals(queue, [size for _, size in places])
        for (place, _), why in zip(places, reasons, strict=True):
            if why:
                fitting[place] = Outcome(Fate.REFUSED, reason=why)
        return fitting

    async def shortage(self, loads: Mapping[str, Load]) -> list[str]:
        """As ``Outlet.shortage``, by queue."""
        told = [await self._foretold(queue, load) for queue, load in loads.items()]
        return [sentence for sentence in told if sentence]

    async def _refusals(self, queue: str, sizes: Sequence[int]) -> list[str]:
        """Why each of so many bytes would push a message out; empty: it fits behind those before it."""
        limits = await self._limits_known(queue)
        ready = await self._ready(queue)
        if limits is None or ready is None:  # publishing tells that there is no queue
            return [""] * len(sizes)
        limits.used = limits.used if ready else 0
        reasons: list[str] = []
        for size in sizes:
            why = _why_not(queue, limits, ready, size)
            reasons.append(why)
            if not why:
                ready += 1
                limits.used += size
        return reasons

    async def _foretold(self, queue: str, load: Load) -> str:
        """What of this would not fit now, or that it cannot be told, in a sentence; empty: all of it does."""
        limits = await self._limits(queue)
        if isinstance(limits, Unknown):
            return (
                f"Whether {queue} has a maximum length cannot be told ({limits.reason.rstrip('.')}). If it has one, "
                "what it drops for these is lost."
            )
        ready = await self._ready(queue)
        if not limits.any or ready is None:
            return ""
        if limits.messages is not None and (room := max(0, limits.messages - ready)) < load.count:
            said = f"{queue} has room for {room:,} of these {load.count:,} (max-length {limits.messages:,})"
        elif limits.size is not None and (left := max(0, limits.size - (limits.used if ready else 0))) < load.size:
            said = (
                f"{queue} has room for {size_text(left)} of these {size_text(load.size)} "
                f"(max-length-bytes {size_text(limits.size)})"
            )
        else:
            return ""
        return f"{said}. The rest stays where it is: the queue would drop messages for it."

    async def _limits_known(self, queue: str) -> _Limits | None:
        limits = await self._limits(queue)
        return limits if not isinstance(limits, Unknown) and limits.any else None

    async def _limits(self, queue: str) -> Reading[_Limits]:
        async with self._looking:
            if queue not in self._known:
                record = await looked_up(self._connection, queue)
                self._known[queue] = record if isinstance(record, Unknown) else _limits_of(record)
            return self._known[queue]

    async def _ready(self, queue: str) -> int | None:
        """None: there is no such queue, or it may not be looked at."""
        seen = (await declared.look(self._client, [queue])).get(queue)
        return None if seen is None or isinstance(seen, Unknown) else seen.ready


def _limits_of(queue: QueueRecord) -> _Limits:
    if queue.type == "stream" or queue.rule("overflow") == "reject-publish":
        return _Limits(None, None, 0)
    return _Limits(_least(queue, "max-length"), _least(queue, "max-length-bytes"), queue.message_bytes or 0)


def _least(queue: QueueRecord, limit: str) -> int | None:
    """Of argument and policy the smaller one is in force."""
    both = (queue.arguments.get(f"x-{limit}"), queue.policy_definition.get(limit))
    return min((most for most in both if isinstance(most, int)), default=None)


def _why_not(queue: str, limits: _Limits, ready: int, size: int) -> str:
    if limits.messages is not None and ready >= limits.messages:
        return (
            f"{queue} is full ({limits.messages:,} messages, max-length) and would drop one for this; raise the limit, "
            "or let workers take some, and try again."
        )
    if limits.size is not None and limits.used + size > limits.size:
        return (
            f"{queue} is full ({size_text(limits.size)}, max-length-bytes) and would drop messages for this one; raise "
            "the limit, or let workers take some, and try again."
        )
    return ""
