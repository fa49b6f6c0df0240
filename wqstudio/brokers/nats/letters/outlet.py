"""Publishes copies of messages, each confirmed as stored: all at once, on one inbox."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from hashlib import blake2b

import msgspec

from wqstudio.brokers.letters import Copy, Held, Kept, Level, Tries, hindrance
from wqstudio.brokers.nats.jetstream.exchange import Answer, Request
from wqstudio.brokers.nats.jetstream.moving import MovingLink, open_link
from wqstudio.brokers.nats.jetstream.records import PubAck
from wqstudio.brokers.nats.letters import header_block
from wqstudio.brokers.nats.letters.audience import Audience
from wqstudio.brokers.nats.letters.header_block import MARK, MESSAGE_ID, UnsendableHeaderError
from wqstudio.brokers.nats.letters.kinds import Spot
from wqstudio.brokers.nats.letters.outlet_interest import made_sure
from wqstudio.brokers.nats.letters.outlet_room import Rooms
from wqstudio.brokers.nats.letters.outlet_search import marks_in, perhaps_in
from wqstudio.brokers.nats.letters.outlet_targets import Targets, fault_text
from wqstudio.brokers.nats.letters.pointed import Original
from wqstudio.brokers.port import BrokerError, DeniedError, UnreachableError
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.letter import Destination, Fate, Header, Load, NoWay, Outcome, Rewriting, Shortage, Ways
from wqstudio.domain.reading import Reading
from wqstudio.domain.subjects import unpublishable

_UNDER_WAY = 8_000_000
"""Bytes sent and not confirmed yet, of each of two that put at once; a server drops what is too much for a stream."""
_LINE = 4_096
"""Bytes of a protocol line, at most; a server closes the connection at a longer one."""
_SIZES = 100
"""Bytes of that line that are not the subject."""
_STORED, _DUPLICATE = Fate.STORED, Fate.DUPLICATE
_STAMPED = Original | Spot
_acks = msgspec.json.Decoder(PubAck)


async def open_outlet(connection: NatsConnection) -> "NatsOutlet":
    """UnreachableError or DeniedError with the remedy."""
    return NatsOutlet(await open_link(connection, "wqstudio outlet"))


class NatsOutlet:
    """See ``Outlet``; ``open_outlet`` makes one."""

    def __init__(self, link: MovingLink) -> None:
        self._link = link
        self._targets = Targets(link.api)
        self._rooms = Rooms(link.api, link.client.max_payload)
        self._admitting = asyncio.Lock()
        """What one batch takes of a stream's room, the next one has to see."""
        self._way: tuple[str, tuple[Header, ...] | None] | None = None
        """Where the last one went, and under which headers, and what stands for that in ids: most go one way."""
        self._key = b""
        self._audience = Audience(link.api, link.client)

    @property
    def memory(self) -> str:
        """The server's, which has another id after each start: then a stream knows the ids of what it holds still, and
        those of copies that were taken are gone. In a cluster, ids are a stream's leader's; see ``remembers``.
        """
        return self._link.client.server_id

    @property
    def trouble(self) -> str:
        """A server takes what is sent, or says that it does not."""
        return ""

    def heed(self, on_change: Callable[[], object]) -> None:
        """There is no trouble to be told of."""

    def give_up(self) -> None:
        """Nor one to be waited for."""

    async def put(self, copies: Sequence[Copy]) -> Sequence[Outcome]:
        """As ``Outlet.put``; more than ``_UNDER_WAY`` bytes wait for those before them."""
        ways = await self._ways({copy.destination.route for copy in copies})
        waiting = self._targets.waiting(ways)
        outcomes = await self._put(copies, ways)
        if not waiting:
            return outcomes
        return await made_sure(self._link.api, [copy.destination.route for copy in copies], outcomes, waiting)

    async def _put(self, copies: Sequence[Copy], ways: Mapping[str, bytes | str]) -> Sequence[Outcome]:
        encoded = [self._encode(copy, ways[copy.destination.route]) for copy in copies]
        evicting = self._targets.evicting(ways)
        if not evicting:
            return await self._publish(copies, encoded)
        async with self._admitting:
            return await self._publish(copies, await self._fitting(copies, encoded, evicting))

    async def _publish(self, copies: Sequence[Copy], encoded: Sequence[Request | str]) -> Sequence[Outcome]:
        outcomes = {place: _refused(each) for place, each in enumerate(encoded) if isinstance(each, str)}
        sent = False
        for places, requests in _portions(encoded):
            answers = await self._send(requests, sent=sent)
            sent = True
            for place, answer in zip(places, answers, strict=True):
                outcomes[place] = self._outcome(answer, copies[place].destination.route)
        return [outcomes[place] for place in range(len(copies))]

    def _outcome(self, answer: Answer | BrokerError, route: str) -> Outcome:
        """Where no stream is, whoever hears it does something with it, at each try: there is to be no other."""
        outcome = _outcome(answer, route)
        if outcome.fate is not Fate.UNSURE or not self._targets.lack(route):
            return outcome
        return _refused(
            f"No stream takes {route}, and none has confirmed it. Programs that listen there may have had the message, "
            "which stays here as well; choose another destination."
        )

    async def stored(
        self, destinations: Collection[Destination], marks: Collection[str], since: float
    ) -> Mapping[str, int | None]:
        """As ``Outlet.stored``. A copy that was taken already is not found: then ``put`` says DUPLICATE, while the
        stream remembers its id (``duplicate_window``).
        """
        return await marks_in(self._link, [to.route for to in destinations], marks, since)

    async def remembers(self, destination: Destination) -> float:
        """As ``Outlet.remembers``: the stream's duplicate window. A server that is restarted remembers only what its
        streams have still, and which one of a cluster has been, nobody tells: there it is 0.
        """
        return await self._targets.window(destination.route)

    async def level(self, destination: Destination) -> Level | None:
        """The stream's last sequence."""
        return await self._targets.level(destination.route)

    async def kept(self, destinations: Collection[Destination]) -> Mapping[Destination, Kept]:
        found = {to: await self._targets.kept(to.route) for to in destinations}
        return {to: kept for to, kept in found.items() if kept is not None}

    async def perhaps_there(self, destinations: Collection[Destination], tries: Tries) -> int:
        """As ``Outlet.perhaps_there``: what a stream has been given it has still, or lacks by its sequence."""
        return await perhaps_in(self._link, {to.route for to in destinations}, tries)

    def rewriting(self, copy: Copy) -> Rewriting:
        edit = copy.edit
        headers = header_block.read(copy.held.envelope) if edit is None or edit.headers is None else edit.headers
        reasons = [(each.name, header_block.why_stripped(each.name)) for each in headers]
        return Rewriting(
            kept=tuple(name for name, why in reasons if not why),
            stripped=tuple((name, why) for name, why in reasons if why),
            added=_added(copy),
            remarks=("The copy is a new message to its consumers: its deliveries are counted from 1 again.",),
        )

    def size(self, copy: Copy) -> int:
        """With its headers."""
        try:
            return len(self._headers(copy)) + len(copy.body)
        except UnsendableHeaderError:
            return len(copy.body)

    async def ways(self, queue: str, routes: Collection[str]) -> Ways:
        return await self._audience.ways(queue, routes)

    async def reached(self, destination: Destination) -> Reading[Collection[str]]:
        return await self._audience.reached(destination)

    async def audience(self, destination: Destination) -> Sequence[str]:
        return await self._audience.of(destination)

    async def doubling(self, destination: Destination) -> str:
        return await self._audience.doubling(destination)

    async def refusals(self, destinations: Collection[Destination]) -> Mapping[Destination, NoWay]:
        return await self._audience.refusals(destinations)

    async def shortage(self, loads: Mapping[Destination, Load]) -> Sequence[Shortage]:
        return await self._audience.shortage(loads)

    async def close(self) -> None:
        await self._link.close()

    async def _fitting(
        self, copies: Sequence[Copy], encoded: Sequence[Request | str], evicting: Mapping[str, str]
    ) -> Sequence[Request | str]:
        """With the reason instead of each that would push a message out of its stream."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        requests: defaultdict[str, list[Request]] = defaultdict(list)
        for place, (copy, request) in enumerate(zip(copies, encoded, strict=True)):
            stream = evicting.get(copy.destination.route)
            if stream is not None and isinstance(request, Request):
                places[stream].append(place)
                requests[stream].append(request)
        fitting = list(encoded)
        for stream, those in requests.items():
            for place, why in zip(places[stream], await self._rooms.refusals(stream, those), strict=True):
                if why:
                    fitting[place] = why
        return fitting

    async def _ways(self, routes: Collection[str]) -> dict[str, bytes | str]:
        """The subject as it is sent, or why nothing is published there, by route."""
        refusals = {route: why for route in routes if (why := unpublishable(route))}
        refusals |= await self._targets.refusals([route for route in routes if route not in refusals])
        return {route: refusals.get(route) or _subject(route) for route in routes}

    def _encode(self, copy: Copy, subject: bytes | str) -> Request | str:
        """What is sent, or why nothing is: instead of the subject, or for another reason."""
        if isinstance(subject, str):
            return subject
        if why := hindrance(copy.held, copy.edit):
            return why
        body = copy.body
        try:
            headers = self._headers(copy)
        except UnsendableHeaderError as error:
            return str(error)
        most = self._link.client.max_payload
        if len(headers) + len(body) > most:
            return (
                f"It is larger ({len(headers) + len(body):,} bytes with its headers) than the server takes "
                f"({most:,}); raise max_payload in the server's configuration, or make it smaller."
            )
        return Request(subject, body, headers)

    def _headers(self, copy: Copy) -> bytes:
        """As they are sent. UnsendableHeaderError."""
        edit = copy.edit
        block = copy.held.envelope if edit is None or edit.headers is None else header_block.write(edit.headers)
        return header_block.marked(block, copy.mark, self._message_id(copy), restores=copy.restores)

    def _message_id(self, copy: Copy) -> str:
        """The letter's own: so a stream takes it once, whoever copies it there. Empty: its mark is.

        To another subject, or edited, it is another message; and so is what comes to have the sequence of one that a
        server has lost: it has other headers, or another body, or came at another time.
        """
        if not copy.identity:
            return ""
        way = copy.destination.route, copy.edit.headers if copy.edit is not None else None
        if way != self._way:
            self._way, self._key = way, blake2b(repr(way).encode(errors="surrogateescape"), digest_size=16).digest()
        envelope = copy.held.envelope
        digest = blake2b(b"%b%d %b" % (_stamp(copy.held), len(envelope), envelope), digest_size=8, key=self._key)
        digest.update(copy.body)
        return f"{copy.identity.hex()}.{digest.hexdigest()}"

    async def _send(self, requests: Sequence[Request], *, sent: bool) -> Sequence[Answer | BrokerError]:
        try:
            return await self._link.exchange.ask_all(requests, "Publishing")
        except UnreachableError as error:
            if not sent:
                raise
            return [error] * len(requests)


def _stamp(held: Held) -> bytes:
    """When the message was stored, as its server writes that; empty: it is not known here."""
    place = held.place
    if isinstance(place, bytes):
        return place
    return place.stamp if isinstance(place, _STAMPED) else b""


def _added(copy: Copy) -> tuple[tuple[str, str], ...]:
    """The deduplication id, and the mark of a requeue."""
    return ((MESSAGE_ID, copy.mark),) if copy.restores else ((MESSAGE_ID, "(made from the message)"), (MARK, copy.mark))


def _subject(route: str) -> bytes | str:
    """As it is sent, or why it cannot be."""
    subject = route.encode()
    if len(subject) > _LINE - _SIZES:
        return f"Its subject is too long to publish to ({len(subject):,} bytes)."
    return subject


def _portions(encoded: Sequence[Request | str]) -> Iterator[tuple[list[int], list[Request]]]:
    """What is sent together, and its places."""
    places: list[int] = []
    requests: list[Request] = []
    size = 0
    for place, request in enumerate(encoded):
        if isinstance(request, str):
            continue
        places.append(place)
        requests.append(request)
        size += len(request.body) + len(request.headers)
        if size >= _UNDER_WAY:
            yield places, requests
            places, requests, size = [], [], 0
    if requests:
        yield places, requests


def _outcome(answer: Answer | BrokerError, route: str) -> Outcome:
    if isinstance(answer, BrokerError):
        return _refused(str(answer)) if isinstance(answer, DeniedError) else _unsure(str(answer))
    if answer.headers and answer.status == b"503":
        return _refused(
            f"No stream takes messages on the subject {route} at the moment; choose another destination, or give a "
            "stream that subject first."
        )
    return _of_ack(answer.body, route)


def _of_ack(body: bytes, route: str) -> Outcome:
    try:
        ack = _acks.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        ack = PubAck()
    if ack.error is not None and ack.error.is_undecided:
        return _unsure(f"{ack.error.description}.")
    if ack.error is not None:
        return _refused(fault_text(ack.error, ack.stream))
    if not ack.stream:
        return _unsure(f"what answers on {route} is not a stream.")
    return Outcome(_DUPLICATE if ack.duplicate else _STORED, ack.seq)


def _refused(reason: str) -> Outcome:
    return Outcome(Fate.REFUSED, reason=reason)


def _unsure(reason: str) -> Outcome:
    return Outcome(Fate.UNSURE, reason=f"It may be stored or not: {reason}")
