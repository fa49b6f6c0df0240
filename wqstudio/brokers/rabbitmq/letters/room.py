"""What a queue takes before it drops messages for new ones: no copy is to push a message out.

A broker confirms such a copy like any other, so it has to be known beforehand, as a preview wants to know what a queue
will refuse: the rules from the management API, once for each queue, and the length from a passive declare, for each
batch. What others publish meanwhile takes room that nobody sees. A queue of the type stream keeps what it keeps by age
and size on purpose, whoever reads it.

Behind an exchange there may be several queues, by bindings that are read once, too. One of them that is full and
refuses what comes makes the broker say no, though the others have the copy: tried again, it would be there twice.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from wqstudio.brokers.figures import size as size_text
from wqstudio.brokers.rabbitmq.amqp import declared
from wqstudio.brokers.rabbitmq.amqp.bulk import Message
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.management.delivery_limit import version_of
from wqstudio.brokers.rabbitmq.management.leading import Leading, Way
from wqstudio.brokers.rabbitmq.management.looking_up import looked_up
from wqstudio.brokers.rabbitmq.management.records import QueueRecord
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.letter import Fate, Load, Outcome, Shortage
from wqstudio.domain.reading import Reading, Unknown

_MOST_OF_3, _MOST_OF_4 = 128 * 2**20, 16 * 2**20
"""Bytes of a body, by default, before RabbitMQ 4 and since."""
_LENGTH, _BYTES = "max-length", "max-length-bytes"


@dataclass(slots=True)
class _Limits:
    """None: there is no such limit."""

    messages: int | None
    size: int | None
    """Bytes of bodies."""
    used: int
    """Bytes that are there, at most: those there were at first, and what was put there since."""
    refuses: bool
    """Beyond them it refuses what comes, and drops nothing."""

    def act(self, *, alone: bool) -> bool:
        """On what is published, in a way that has to be known beforehand. ``alone``: no other queue gets it."""
        limited = self.messages is not None or self.size is not None
        return limited and not (self.refuses and alone)

    def lacking(self, ready: int, sizes: Iterable[int]) -> Iterator[str]:
        """By which limit each of so many bytes does not fit behind those before it; empty: it does, and is counted in.

        ``ready``: messages that wait there.
        """
        self.used = self.used if ready else 0
        for size in sizes:
            limit = self._limit(ready, size)
            if not limit:
                ready += 1
                self.used += size
            yield limit

    def most(self, limit: str) -> str:
        """The limit, and its value."""
        return f"{limit} {self.messages:,}" if limit == _LENGTH else f"{limit} {size_text(self.size or 0)}"

    def _limit(self, ready: int, size: int) -> str:
        if self.messages is not None and ready >= self.messages:
            return _LENGTH
        return _BYTES if self.size is not None and self.used + size > self.size else ""


class Rooms:
    """Of the queues that one outlet publishes to."""

    def __init__(self, connection: RabbitConnection, client: RabbitClient, leading: Leading) -> None:
        self._connection, self._client, self._leading = connection, client, leading
        self._looking = asyncio.Lock()
        self._known: dict[str, Reading[_Limits]] = {}

    async def limited(self, ways: Collection[Way]) -> Mapping[str, Collection[Way]]:
        """The queues at the end of these ways in which a limit has to be heeded, and by which it is come there."""
        found: defaultdict[str, set[Way]] = defaultdict(set)
        for way in ways:
            queues = await self._leading.behind(way)
            if isinstance(queues, Unknown):
                continue
            for queue in queues:
                limits = await self._limits(queue)
                if not isinstance(limits, Unknown) and limits.act(alone=len(queues) == 1):
                    found[queue].add(way)
        return found

    async def fitting(
        self, made: Sequence[Message | Outcome], queue: str, ways: Collection[Way]
    ) -> list[Message | Outcome]:
        """With a refusal instead of each that goes one of these ways and does not fit into the queue."""
        fitting = list(made)
        places = [
            (place, len(each.body))
            for place, each in enumerate(made)
            if isinstance(each, Message) and (each.exchange, each.routing_key) in ways
        ]
        reasons = await self._refusals(queue, [size for _, size in places])
        for (place, _), why in zip(places, reasons, strict=True):
            if why:
                fitting[place] = Outcome(Fate.REFUSED, reason=why)
        return fitting

    async def shortage(self, loads: Mapping[Way, Load]) -> list[Shortage]:
        """As ``Outlet.shortage``, queue by queue."""
        told: list[Shortage | None] = []
        shared: dict[str, bool] = {}
        by_queue: defaultdict[str, list[int]] = defaultdict(list)
        for way, load in loads.items():
            queues = await self._leading.behind(way)
            if isinstance(queues, Unknown):
                told.append(
                    Shortage(
                        f"Which queues the exchange {way[0]} leads to cannot be told ({queues.reason.rstrip('.')}). If "
                        "one of them has a maximum length, what it drops for these is lost."
                    )
                )
                continue
            for queue in queues:
                by_queue[queue] += load.sizes
                shared[queue] = shared.get(queue, False) or len(queues) > 1
        version = version_of(str(self._client.server.get("version", "")))
        told.append(perhaps_too_large([size for load in loads.values() for size in load.sizes], version))
        told += [await self._foretold(queue, sizes, alone=not shared[queue]) for queue, sizes in by_queue.items()]
        return [shortage for shortage in dict.fromkeys(told) if shortage is not None]

    async def _refusals(self, queue: str, sizes: Sequence[int]) -> list[str]:
        """Why each of so many bytes does not fit; empty: it does, behind those before it."""
        limits = await self._limits(queue)
        ready = await self._ready(queue)
        if isinstance(limits, Unknown) or ready is None:  # publishing tells that there is no queue
            return [""] * len(sizes)
        return [_why_not(queue, limits, limit) if limit else "" for limit in limits.lacking(ready, sizes)]

    async def _foretold(self, queue: str, sizes: Sequence[int], *, alone: bool) -> Shortage | None:
        """What of this would not fit now, or that it cannot be told; None: all of it does."""
        limits = await self._limits(queue)
        if isinstance(limits, Unknown):
            if (await declared.look(self._client, [queue])).get(queue) is None:  # publishing tells that
                return None
            return Shortage(
                f"Whether {queue} has a maximum length cannot be told ({limits.reason.rstrip('.')}). If it has one, "
                "what it drops for these is lost."
            )
        ready = await self._ready(queue)
        if ready is None:  # publishing tells that there is no queue
            return None
        lacks = Counter(filter(None, replace(limits).lacking(ready, sizes)))  # nothing is taken of it yet
        if not lacks:
            return None
        short = lacks.total()
        fits = f"{len(sizes) - short:,} of these {len(sizes):,} ({', '.join(map(limits.most, lacks))})"
        why = "would drop messages for it"
        if limits.refuses:
            why = "refuses it" if alone else "would refuse it, and others would have it"
        return Shortage(f"{queue} has room for {fits}. The rest stays where it is: the queue {why}.", short)

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


def perhaps_too_large(sizes: Iterable[int], version: tuple[int, ...]) -> Shortage | None:
    """Beyond the node's ``max_message_size`` as it is where nobody has changed it; what it is, no API tells."""
    most = _MOST_OF_4 if version >= (4,) else _MOST_OF_3
    count = sum(size > most for size in sizes)
    if not count:
        return None
    are, they, stay = ("is", "it", "stays") if count == 1 else ("are", "they", "stay")
    return Shortage(
        f"{count:,} of these {are} larger than {size_text(most)}, RabbitMQ's max_message_size where it is not set in "
        f"rabbitmq.conf, which cannot be asked for: if {they} {are} refused for that, {they} {stay}."
    )


def _limits_of(queue: QueueRecord) -> _Limits:
    if queue.type == "stream":
        return _Limits(None, None, 0, refuses=False)
    refuses = queue.rule("overflow") == "reject-publish"
    most, most_bytes = _least(queue, _LENGTH), _least(queue, _BYTES)
    return _Limits(most, most_bytes, queue.message_bytes or 0, refuses)


def _least(queue: QueueRecord, limit: str) -> int | None:
    """Of argument and policy the smaller one is in force."""
    both = (queue.arguments.get(f"x-{limit}"), queue.policy_definition.get(limit))
    return min((most for most in both if isinstance(most, int)), default=None)


def _why_not(queue: str, limits: _Limits, limit: str) -> str:
    if limit == _LENGTH:
        full, drop = f"{limits.messages:,} messages, {limit}", "drop one for this"
    else:
        full, drop = f"{size_text(limits.size or 0)}, {limit}", "drop messages for this one"
    would = "refuse this, and others behind that exchange would have it" if limits.refuses else drop
    return f"{queue} is full ({full}) and would {would}; raise the limit, or let workers take some, and try again."
