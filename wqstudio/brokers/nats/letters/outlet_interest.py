"""Streams that keep a message only while a consumer waits for it (interest): they confirm each, and drop the others.

A confirmation alone says nothing there. So it is looked who waits before copies go, and again once they are confirmed;
and that such a stream knows an id does not mean that it kept what had it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from wqstudio.brokers.nats.jetstream.api import JetStreamApi
from wqstudio.brokers.nats.jetstream.poll import WAIT
from wqstudio.brokers.nats.jetstream.records import ConsumerInfo, StreamDetail
from wqstudio.brokers.nats.letters.standing import made_after, serves
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.letter import Fate, Outcome
from wqstudio.domain.reading import Reading, Unknown

_SLACK = timedelta(seconds=2)
"""For which a stream may know an id beyond its duplicate window."""


class Waiting(NamedTuple):
    """Those consumers of a stream that messages under one subject are kept for."""

    stream: str
    consumers: Sequence[ConsumerInfo]


class _Since(NamedTuple):
    """A stream and its consumers, once copies are confirmed."""

    stream: StreamDetail
    consumers: Sequence[ConsumerInfo]


async def consumers_of(api: JetStreamApi, stream: str) -> Sequence[ConsumerInfo]:
    return tuple((await api.consumers(stream, WAIT)).items.values())


def waiting(stream: str, consumers: Iterable[ConsumerInfo], route: str) -> Waiting:
    return Waiting(stream, [each for each in consumers if serves(each, route)])


def dropped(stream: str, route: str) -> str:
    """Why nothing is published where nobody waits, and the remedy."""
    return (
        f"Stream {stream} keeps only what a consumer waits for (interest), and none takes {route}: "
        "the copy would be dropped. Make the consumer first."
    )


async def made_sure(
    api: JetStreamApi, routes: Iterable[str], outcomes: Sequence[Outcome], before: Mapping[str, Waiting]
) -> list[Outcome]:
    """What the confirmations are worth of what went these routes. ``before``: who waited before, by those of the routes
    that lead to such streams.
    """
    since = {stream: await _look(api, stream) for stream in {each.stream for each in before.values()}}
    return [
        _sure(outcome, route, before[route], since[before[route].stream]) if route in before else outcome
        for route, outcome in zip(routes, outcomes, strict=True)
    ]


async def _look(api: JetStreamApi, stream: str) -> Reading[_Since]:
    try:
        return _Since(await api.stream(stream), await consumers_of(api, stream))
    except BrokerError as error:
        return Unknown(str(error))


def _sure(outcome: Outcome, route: str, before: Waiting, since: Reading[_Since]) -> Outcome:
    if outcome.fate not in (Fate.STORED, Fate.DUPLICATE):
        return outcome
    if isinstance(since, Unknown):
        return Outcome(Fate.UNSURE, reason=f"It may be stored or not: {since.reason}")
    lasted = _lasting(before, since, route)
    if not lasted:
        why = f"It may be stored or not: no consumer of {before.stream} waited for {route} until that was known."
        return Outcome(Fate.UNSURE, reason=why)
    if outcome.fate is Fate.DUPLICATE and all(made_after(each.created, _ids_since(since.stream)) for each in lasted):
        why = (
            f"{before.stream} was given a copy of it just before, and may have dropped that: it keeps only what a "
            f"consumer waits for, and the one for {route} is new. Check whether it was worked on, and try again in a "
            "few minutes."
        )
        return Outcome(Fate.REFUSED, reason=why)
    return outcome


def _lasting(before: Waiting, since: _Since, route: str) -> Sequence[ConsumerInfo]:
    """One that was made anew did not wait in between."""
    known = {(each.name, each.created) for each in before.consumers}
    return [each for each in since.consumers if (each.name, each.created) in known and serves(each, route)]


def _ids_since(stream: StreamDetail) -> datetime:
    """Since when the stream knows ids; by its server's clock."""
    now = stream.ts or datetime.now(UTC)
    return now - timedelta(microseconds=stream.config.duplicate_window / 1_000) - _SLACK
