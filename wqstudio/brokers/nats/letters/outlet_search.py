"""Looks for copies in the stream they were published to, by the mark in their headers, without a consumer."""

import time
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from wqstudio.brokers.letters import Tries
from wqstudio.brokers.nats.jetstream.api import JetStreamApi
from wqstudio.brokers.nats.jetstream.census import BATCH, BATCH_SIZE, FIRST_WITH_BATCHES
from wqstudio.brokers.nats.jetstream.exchange import Request, is_status
from wqstudio.brokers.nats.jetstream.moving import MovingLink
from wqstudio.brokers.nats.jetstream.records import StreamDetail
from wqstudio.brokers.nats.letters.header_block import MARK, MESSAGE_ID
from wqstudio.brokers.nats.letters.pointed import stream_key
from wqstudio.brokers.nats.letters.sequences import WholeStream
from wqstudio.brokers.nats.letters.stored import Shelf, Stored, direct, moment, pending
from wqstudio.brokers.nats.link import wire_headers
from wqstudio.brokers.port import BrokerError, DeniedError, UnreachableError
from wqstudio.domain.subjects import covers

_SKEW = 300.0
"""Seconds by which the server's clock may differ from ours, where it does not tell its time."""
_SLACK = 2.0
"""Seconds by which it may differ where it does."""
_PORTION = 1_000
_CARRIERS = tuple((name, b"\r\n" + name.encode() + b":") for name in (MARK, MESSAGE_ID))
"""Headers that a mark is in: what is put back to where it was has no other than the server's."""


async def streams_of(api: JetStreamApi, routes: Iterable[str]) -> Sequence[StreamDetail]:
    """Those that take what is published there, each once: mostly it is one for all routes."""
    known: dict[str, StreamDetail] = {}
    for route in routes:
        if any(covers(subject, route) for info in known.values() for subject in info.config.subjects or ()):
            continue
        if name := await api.stream_of(route):
            known[name] = await api.gaps(name)
    return tuple(known.values())


async def marks_in(
    link: MovingLink, routes: Collection[str], marks: Collection[str], since: float
) -> dict[str, int | None]:
    """Sequences of the messages there that carry them, published after ``since`` (by our clock).

    Of a stream that this account may not read nothing is found. UnreachableError.
    """
    found: dict[str, int | None] = {}
    try:
        for info in await streams_of(link.api, routes) if marks else ():
            await _find_in(link, info, frozenset(marks), since, found)
    except UnreachableError:
        raise
    except BrokerError:
        pass  # what cannot be looked for may be copied twice, which is counted
    return found


async def perhaps_in(link: MovingLink, routes: Collection[str], tries: Tries) -> int:
    """How many of these copies the stream of that level has, or has had for all that is known. UnreachableError."""
    all_of_them, found = len(tries.marks), dict[str, int | None]()
    if tries.level is None:
        return all_of_them
    try:
        streams = await streams_of(link.api, routes)
        if [stream_key(info) for info in streams] != [tries.level.identity]:
            return all_of_them
        (info,) = streams
        left = _left(info, tries.level.place, tries.known)
        if left is None:
            return all_of_them
        await _find_in(link, info, frozenset(tries.marks), tries.since, found)
    except UnreachableError:
        raise
    except BrokerError:
        return all_of_them
    return min(all_of_them, len(found) + left)


def _left(info: StreamDetail, level: int, places: Collection[int]) -> int | None:
    """Messages that came after the level and are gone again, but for those that are known; None: the stream has lost
    its newest, as a machine that loses power may.
    """
    state = info.state
    if state.last_seq < max((level, *places)):
        return None
    first = state.first_seq if state.messages else state.last_seq + 1
    deleted = frozenset(state.deleted or ())
    known = sum(place > level and (place < first or place in deleted) for place in places)
    return max(0, first - 1 - level) + sum(place > max(level, first - 1) for place in deleted) - known


async def _find_in(
    link: MovingLink, info: StreamDetail, wanted: frozenset[str], since: float, found: dict[str, int | None]
) -> None:
    async for message in _since(link, info, _by_its_clock(info, since) - _SLACK):
        for name, line_start in _CARRIERS:
            if line_start in message.headers and (mark := wire_headers.value(message.headers, name)) in wanted:
                found[mark] = message.seq
        if len(found) == len(wanted):
            break


def _by_its_clock(info: StreamDetail, since: float) -> float:
    if info.ts is None:
        return since - _SKEW
    return since + info.ts.timestamp() - time.time()


async def _since(link: MovingLink, info: StreamDetail, since: float) -> AsyncIterator[Stored]:
    """Messages published after it, in any order, as far as the stream had them when ``info`` was read."""
    if info.config.allow_direct and link.server >= FIRST_WITH_BATCHES and info.config.num_replicas == 1:
        try:
            async for message in _from_time(link, info, since):
                yield message
        except DeniedError:
            pass  # an account may be allowed the one and not the other
        else:
            return
    async for message in _backwards(link, info, since):
        yield message


async def _from_time(link: MovingLink, info: StreamDetail, since: float) -> AsyncIterator[Stored]:
    start: dict[str, object] = {"start_time": datetime.fromtimestamp(since, UTC).isoformat()}
    request = f"$JS.API.DIRECT.GET.{info.config.name}".encode()
    while True:
        ask = msgspec.json.encode({**start, "batch": BATCH, "max_bytes": BATCH_SIZE})
        answers = await link.exchange.ask_many(Request(request, ask), is_status, f"Searching {info.config.name}")
        messages = [message for answer in answers if (message := direct(answer)) is not None]
        for message in messages:
            yield message
        if not messages or pending(answers[-1]) == 0 or messages[-1].seq >= info.state.last_seq:
            return
        start = {"seq": messages[-1].seq + 1}


async def _backwards(link: MovingLink, info: StreamDetail, since: float) -> AsyncIterator[Stored]:
    shelf, line = Shelf(link, info), WholeStream(info.state)
    end = len(line)
    while end > 0:
        count = min(end, _PORTION, shelf.portion(BATCH_SIZE))
        messages = await shelf.read(line.span(end - count, count), dense=True)
        for message in messages:
            if moment(message.stamp) >= since:
                yield message
        if messages and moment(messages[0].stamp) < since:
            return
        end -= count
