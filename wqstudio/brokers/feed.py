"""What happens on a broker, as one bounded flow of events."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from dataclasses import dataclass

from wqstudio.brokers.port import Link, LinkState
from wqstudio.domain.events import Event, Level, Topic

WINDOW = 1.0
"""Seconds within which happenings of one kind become one event."""
KEPT = 10_000
"""Events nobody has fetched yet; beyond it the oldest go."""

Tell = Callable[[int], Event | None]
"""Makes an event of a happening and so many more like it. None: it tells a person nothing."""


@dataclass(slots=True)
class _Burst:
    last: Tell | None = None
    count: int = 0


class EventFlow:
    def __init__(self) -> None:
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._bursts: dict[Hashable, _Burst] = {}
        self._link: Link | None = None
        self._closed = False

    async def events(self) -> AsyncIterator[Event]:
        """Ends when the flow is closed."""
        while (event := await self._events.get()) is not None:
            yield event

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._events.put_nowait(None)

    def link(self, link: Link) -> None:
        """The link is this now: what changed is an event."""
        before, self._link = self._link, link
        if before is None or before.state is link.state:
            return
        where = f" to {link.url}" if link.url else ""
        match link.state:
            case LinkState.RECONNECTING:
                why = f" ({link.reason})" if link.reason else ""
                self.put(
                    Event(link.since, Topic.SERVER, f"The connection{where} was lost{why}; reconnecting", Level.WARNING)
                )
            case LinkState.CONNECTED:
                gap = link.since - before.since
                self.put(Event(link.since, Topic.SERVER, f"The connection{where} is back after {gap:.1f} s"))
            case LinkState.CLOSED:
                return

    def happened(self, kind: Hashable, tell: Tell) -> None:
        """The first of its kind goes out at once; what follows within the window, as one."""
        burst = self._bursts.get(kind)
        if burst is not None:
            burst.last, burst.count = tell, burst.count + 1
            return
        self._open_window(kind, tell, more=0)

    def put(self, event: Event) -> None:
        if self._closed:
            return
        if self._events.qsize() >= KEPT:
            self._events.get_nowait()
        self._events.put_nowait(event)

    def _open_window(self, kind: Hashable, tell: Tell, more: int) -> None:
        self._bursts[kind] = _Burst()
        if (event := tell(more)) is not None:
            self.put(event)
        asyncio.get_running_loop().call_later(WINDOW, self._end_window, kind)

    def _end_window(self, kind: Hashable) -> None:
        burst = self._bursts.pop(kind)
        if burst.last is not None and not self._closed:
            self._open_window(kind, burst.last, more=burst.count - 1)
