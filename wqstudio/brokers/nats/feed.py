"""What happens on the broker, as one bounded flow of events."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from nats.aio.client import Client
from nats.aio.msg import Msg

from wqstudio.brokers.nats import advisories, errors
from wqstudio.brokers.port import Link, LinkState
from wqstudio.domain.events import Event, Level, Topic

WINDOW = 1.0
"""Seconds within which advisories on one subject, thus of one kind and one consumer, become one event."""
KEPT = 10_000
"""Events nobody has fetched yet; beyond it the oldest go."""
OWN_REMOVAL = 10.0
"""Seconds after our removing a stream for which what the server says of it is our doing."""


@dataclass(slots=True)
class _Burst:
    last: bytes = b""
    count: int = 0


class Feed:
    def __init__(self) -> None:
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._bursts: dict[str, _Burst] = {}
        self._removed: dict[str, float] = {}
        self._link: Link | None = None
        self._denied = False
        self._closed = False

    async def open(self, client: Client) -> None:
        for subject in advisories.SUBJECTS:
            await client.subscribe(subject, cb=self._receive)

    async def events(self) -> AsyncIterator[Event]:
        """Ends when the feed is closed."""
        while (event := await self._events.get()) is not None:
            yield event

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._events.put_nowait(None)

    def removing(self, stream: str) -> None:
        """We remove the stream: its messages in flight are not failures."""
        self._removed[stream] = time.monotonic()

    def denied(self, violation: str) -> None:
        """What the server said of a denial, in lower case. Told of once, for all kinds and every reconnect."""
        subject = next((each for each in advisories.SUBJECTS if f'"{each}"'.lower() in violation), None)
        if subject is None or self._denied:
            return
        self._denied = True
        missing = errors.no_permission(f'subscription to "{subject}"')
        self._put(
            Event(time.time(), Topic.SERVER, f"What happens on the broker is not shown: {missing}", Level.WARNING)
        )

    def link(self, link: Link) -> None:
        before, self._link = self._link, link
        if before is None or before.state is link.state:
            return
        where = f" to {link.url}" if link.url else ""
        match link.state:
            case LinkState.RECONNECTING:
                why = f" ({link.reason})" if link.reason else ""
                self._put(
                    Event(link.since, Topic.SERVER, f"The connection{where} was lost{why}; reconnecting", Level.WARNING)
                )
            case LinkState.CONNECTED:
                gap = link.since - before.since
                self._put(Event(link.since, Topic.SERVER, f"The connection{where} is back after {gap:.1f} s"))
            case LinkState.CLOSED:
                return

    async def _receive(self, msg: Msg) -> None:
        """The first of its kind goes out at once; what follows within the window, as one."""
        burst = self._bursts.get(msg.subject)
        if burst is not None:
            burst.last, burst.count = msg.data, burst.count + 1
            return
        self._bursts[msg.subject] = _Burst()
        self._tell(msg.subject, msg.data, more=0)
        asyncio.get_running_loop().call_later(WINDOW, self._end_window, msg.subject)

    def _end_window(self, subject: str) -> None:
        burst = self._bursts.pop(subject)
        if not burst.count or self._closed:
            return
        self._bursts[subject] = _Burst()
        self._tell(subject, burst.last, more=burst.count - 1)
        asyncio.get_running_loop().call_later(WINDOW, self._end_window, subject)

    def _tell(self, subject: str, data: bytes, more: int) -> None:
        advisory = advisories.read(subject, data)
        if advisory is None or self._is_own_doing(advisory):
            return
        event = advisories.tell(advisory, time.time(), more)
        if event is not None:
            self._put(event)

    def _is_own_doing(self, advisory: advisories.Advisory) -> bool:
        since = self._removed.get(advisory.stream)
        return (
            since is not None
            and time.monotonic() - since < OWN_REMOVAL
            and (advisory.reason == advisories.DELETED_IN_FLIGHT or advisory.action == "delete")
        )

    def _put(self, event: Event) -> None:
        if self._closed:
            return
        if self._events.qsize() >= KEPT:
            self._events.get_nowait()
        self._events.put_nowait(event)
