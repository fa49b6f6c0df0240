"""Publishes copies of dead letters: many in one write, each confirmed, none lost in another one's error.

What may fail by itself goes by itself: each exchange has a lane of its own, and so do large messages, of which the
broker may not take each.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from wqstudio.brokers.letters import Copy, Kept, Level, Tries
from wqstudio.brokers.port import Link, LinkState, UnreachableError
from wqstudio.brokers.rabbitmq.amqp import address
from wqstudio.brokers.rabbitmq.amqp.bulk import Message
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.amqp.codec import MalformedTableError
from wqstudio.brokers.rabbitmq.letters.audience import DOUBLING, Audience
from wqstudio.brokers.rabbitmq.letters.copying import CopyRules
from wqstudio.brokers.rabbitmq.letters.outlet_lane import Lane, looks, unsure
from wqstudio.brokers.rabbitmq.letters.room import Rooms
from wqstudio.brokers.rabbitmq.management.delivery_limit import version_of
from wqstudio.brokers.rabbitmq.management.leading import Leading
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.letter import Destination, Fate, Load, NoWay, Outcome, Rewriting, Shortage, Ways
from wqstudio.domain.reading import Reading

LARGE = 1 << 20
"""Bytes of a body, from which on it goes by itself; nobody configures a smaller ``max_message_size``."""
MOST_PROPERTIES = 120_000
"""Bytes: they have to go in one frame, of at most 131,072."""
_SHORT = 63
"""Characters, of which each takes four bytes at most: such a name is never too long."""


async def open_outlet(connection: RabbitConnection) -> "RabbitOutlet":
    """UnreachableError, DeniedError."""
    outlet = RabbitOutlet()
    await outlet.open(connection)
    return outlet


class RabbitOutlet:
    """See ``Outlet``; ``open_outlet`` makes one."""

    _client: RabbitClient
    _rules: CopyRules
    _audience: Audience
    _leading: Leading
    _rooms: Rooms

    def __init__(self) -> None:
        self._lanes: dict[tuple[str, bool], Lane] = {}
        self._admitting = asyncio.Lock()
        """What one batch takes of a queue's room, the next one has to see."""
        self._trouble = ""
        self._on_change: Callable[[], object] = lambda: None
        self._moves_on = asyncio.Event()
        """The broker takes messages, or is not waited for any more."""
        self._moves_on.set()
        self._given_up: UnreachableError | None = None

    async def open(self, connection: RabbitConnection) -> None:
        """Once."""
        name = "wqstudio outlet"
        self._client = await connect_client(connection, name=name, on_link=self._on_link, reconnect=False)
        self._leading = Leading(connection)
        self._audience = Audience(connection, self._client, self._leading)
        self._rooms = Rooms(connection, self._client, self._leading)
        user = address.account(connection, address.parse_all(connection)[0]).user
        self._rules = CopyRules(user, version_of(str(self._client.server.get("version", ""))))

    @property
    def memory(self) -> str:
        return ""

    @property
    def trouble(self) -> str:
        return self._trouble

    def heed(self, on_change: Callable[[], object]) -> None:
        self._on_change = on_change

    def give_up(self) -> None:
        self._given_up = UnreachableError(self._trouble or "it was not waited for any longer")
        self._moves_on.set()
        for lane in self._lanes.values():
            lane.give_up(self._given_up)

    async def put(self, copies: Sequence[Copy]) -> Sequence[Outcome]:
        """A connection that is blocked answers nothing at all, so nothing is asked on it, either."""
        await self._moves_on.wait()
        if self._given_up is not None:
            raise UnreachableError(f"Nothing was sent: {self._given_up}.")
        made = [self._message(copy) for copy in copies]
        ways = {(each.exchange, each.routing_key) for each in made if isinstance(each, Message)}
        limited = await self._rooms.limited(ways)
        if not limited:
            return await self._publish(made)
        async with self._admitting:
            for queue, ways_there in limited.items():
                made = await self._rooms.fitting(made, queue, ways_there)
            return await self._publish(made)

    async def _publish(self, made: Sequence[Message | Outcome]) -> Sequence[Outcome]:
        outcomes = {place: one for place, one in enumerate(made) if isinstance(one, Outcome)}
        sent = False
        for section in _sections(made):
            results = await self._send(section)
            if not results and not sent:
                raise UnreachableError("Nothing was sent: there is no connection at the moment.")
            sent = True
            outcomes |= results or {place: unsure("there is no connection at the moment") for place, _ in section}
        return [outcomes[place] for place in range(len(made))]

    async def stored(
        self, destinations: Collection[Destination], marks: Collection[str], since: float
    ) -> Mapping[str, int | None]:
        """RabbitMQ cannot be asked for a message: a second try may make a duplicate."""
        del destinations, marks, since
        return {}

    async def remembers(self, destination: Destination) -> float:
        """RabbitMQ knows no copy by its id."""
        del destination
        return 0.0

    async def level(self, destination: Destination) -> Level | None:
        """Messages have no address."""
        del destination
        return None

    async def kept(self, destinations: Collection[Destination]) -> Mapping[Destination, Kept]:
        """No queue says when it was made."""
        del destinations
        return {}

    async def perhaps_there(self, destinations: Collection[Destination], tries: Tries) -> int:
        """All of them."""
        del destinations
        return len(tries.marks)

    def rewriting(self, copy: Copy) -> Rewriting:
        return self._rules.rewriting(copy)

    def size(self, copy: Copy) -> int:
        """Of the body alone."""
        return len(copy.body)

    async def ways(self, queue: str, routes: Collection[str]) -> Ways:
        return await self._audience.ways(queue, routes)

    async def reached(self, destination: Destination) -> Reading[Collection[str]]:
        return await self._leading.behind((destination.exchange, destination.route))

    async def audience(self, destination: Destination) -> Sequence[str]:
        return await self._audience.of(destination)

    async def refusals(self, destinations: Collection[Destination]) -> Mapping[Destination, NoWay]:
        return await self._audience.refusals(destinations)

    async def shortage(self, loads: Mapping[Destination, Load]) -> Sequence[Shortage]:
        return await self._rooms.shortage({(to.exchange, to.route): load for to, load in loads.items()})

    async def doubling(self, destination: Destination) -> str:
        del destination
        return DOUBLING

    async def close(self) -> None:
        """What nobody waits for any more is not to arrive after all: somebody may send it again."""
        if self._trouble or any(lane.is_in_doubt for lane in self._lanes.values()):
            self._client.abort()
        else:
            await self._client.close()

    def _on_link(self, link: Link) -> None:
        """Confirms do not survive the connection they were asked for on."""
        self._trouble = link.reason if link.state is LinkState.CONNECTED else ""
        if self._trouble and self._given_up is None:
            self._moves_on.clear()
        else:
            self._moves_on.set()
        self._on_change()
        if link.state is not LinkState.CONNECTED:
            for lane in self._lanes.values():
                lane.fail(UnreachableError(link.reason or "the connection was closed"))

    def _message(self, copy: Copy) -> Message | Outcome:
        """An outcome for what cannot be sent at all."""
        exchange, route = copy.destination.exchange, copy.destination.route
        if (len(exchange) > _SHORT or len(route) > _SHORT) and (_is_too_long(exchange) or _is_too_long(route)):
            return Outcome(Fate.REFUSED, reason=f"{route[:40]}… is longer than the 255 bytes of a name.")
        try:
            properties = self._rules.properties(copy)
        except (MalformedTableError, ValueError) as error:
            return Outcome(Fate.REFUSED, reason=f"It cannot be copied: {error}.")
        if len(properties) > MOST_PROPERTIES:
            return Outcome(Fate.REFUSED, reason=f"Its headers are too long ({len(properties):,} bytes) for one frame.")
        body = copy.body
        mark = looks(route, properties, body) if copy.restores else copy.mark
        return Message(exchange, route, properties, body, mark)

    async def _send(self, section: "_Section") -> dict[int, Outcome]:
        """By place; empty when none was sent, since there is no connection."""
        groups: dict[Lane, list[tuple[int, Message]]] = defaultdict(list)
        for place, message in section:
            groups[self._lane(message)].append((place, message))
        sent = await asyncio.gather(*(lane.send([message for _, message in group]) for lane, group in groups.items()))
        if not any(sent):
            return {}
        outcomes: dict[int, Outcome] = {}
        for group, results in zip(groups.values(), sent, strict=True):
            known = results or [unsure("there is no connection at the moment")] * len(group)
            outcomes.update(zip((place for place, _ in group), known, strict=True))
        return outcomes

    def _lane(self, message: Message) -> Lane:
        key = (message.exchange, len(message.body) >= LARGE)
        if key not in self._lanes:
            self._lanes[key] = Lane(self._client, one_by_one=key[1])
            if self._given_up is not None:
                self._lanes[key].give_up(self._given_up)
        return self._lanes[key]


_Section: TypeAlias = list[tuple[int, Message]]


def _sections(made: Sequence[Message | Outcome]) -> Iterator[_Section]:
    """What may be under way together, in order, with the places: a large message is by itself."""
    section: _Section = []
    for place, message in enumerate(made):
        if isinstance(message, Outcome):
            continue
        if len(message.body) >= LARGE:
            if section:
                yield section
            yield [(place, message)]
            section = []
        else:
            section.append((place, message))
    if section:
        yield section


def _is_too_long(name: str) -> bool:
    return len(name.encode(errors="surrogateescape")) > 255
