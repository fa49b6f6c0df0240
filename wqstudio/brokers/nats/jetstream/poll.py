"""One poll: the streams and their consumers, as records. Reads, and decides nothing."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wqstudio.brokers.nats.jetstream.api import CONSUMER_NOT_FOUND, STREAM_NOT_FOUND, ApiError, JetStreamApi
from wqstudio.brokers.nats.jetstream.records import ConsumerInfo, StreamInfo
from wqstudio.brokers.nats.jetstream.requests import TimedOutError
from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.domain.reading import Reading, Unknown

CONCURRENCY = 32
"""Requests under way at once."""
WAIT = 3.0
"""Seconds for one answer."""
PATIENCE = 8
"""Unanswered requests in one poll after which the rest is not asked for."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A stream and its consumers as one poll saw them, read at slightly different instants."""

    name: str
    stream: Reading[StreamInfo]
    consumers: Reading[tuple[ConsumerInfo, ...]]
    unread_consumers: Mapping[str, Unknown]
    """Consumers that are known to be there, and why no more is."""


async def poll(api: JetStreamApi) -> dict[str, Observed]:
    """Every stream, by name, in the order the server lists them.

    Raises what listing the streams raises; of a consumer listing only UnreachableError other than a timeout.
    """
    listing = await api.streams(WAIT)
    consumers = await _ConsumerReader(api).read(listing.items)
    observed = {
        name: Observed(name, stream, consumers[name].items, consumers[name].unread)
        for name, stream in listing.items.items()
        if name in consumers
    }
    for name, why in listing.unread.items():
        observed[name] = Observed(name, why, why, {})
    return observed


@dataclass(frozen=True, slots=True)
class _Consumers:
    items: Reading[tuple[ConsumerInfo, ...]]
    unread: Mapping[str, Unknown]


_NONE = _Consumers((), {})


class _ConsumerReader:
    def __init__(self, api: JetStreamApi) -> None:
        self._api = api
        self._patience = PATIENCE
        self._read: dict[str, _Consumers] = {}

    async def read(self, streams: Mapping[str, StreamInfo]) -> dict[str, _Consumers]:
        """By stream; streams that went away meanwhile are left out."""
        self._read = {name: _NONE for name, stream in streams.items() if not stream.state.consumer_count}
        names = iter([name for name in streams if name not in self._read])
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(CONCURRENCY):
                    group.create_task(self._work(names))
        except* UnreachableError as lost:
            raise UnreachableError(str(lost.exceptions[0])) from lost
        return self._read

    async def _work(self, names: Iterator[str]) -> None:
        for name in names:
            if (read := await self._read_one(name)) is not None:
                self._read[name] = read

    async def _read_one(self, stream: str) -> _Consumers | None:
        if self._patience <= 0:
            return _Consumers(Unknown("not asked for: the server left too many requests unanswered"), {})
        try:
            listing = await self._api.consumers(stream, WAIT)
        except TimedOutError as error:
            self._patience -= 1
            return _Consumers(Unknown(str(error)), {})
        except UnreachableError:
            raise
        except ApiError as error:
            gone = error.err_code in {STREAM_NOT_FOUND, CONSUMER_NOT_FOUND}
            return None if gone else _Consumers(Unknown(str(error)), {})
        except BrokerError as error:
            return _Consumers(Unknown(str(error)), {})
        return _Consumers(tuple(listing.items.values()), listing.unread)
