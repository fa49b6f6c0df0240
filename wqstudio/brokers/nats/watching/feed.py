"""JetStream's advisories and the link's changes, as one flow of events."""

import time
from collections.abc import AsyncIterator
from functools import partial

from nats.aio.client import Client
from nats.aio.msg import Msg

from wqstudio.brokers.feed import EventFlow
from wqstudio.brokers.nats.jetstream import advisories
from wqstudio.brokers.nats.link import errors
from wqstudio.brokers.port import Link
from wqstudio.domain.events import Event, Level, Topic

OWN_REMOVAL = 10.0
"""Seconds after our removing a stream for which what the server says of it is our doing."""


class Feed:
    def __init__(self) -> None:
        self._flow = EventFlow()
        self._removed: dict[str, float] = {}
        self._denied = False

    async def open(self, client: Client) -> None:
        for subject in advisories.SUBJECTS:
            await client.subscribe(subject, cb=self._receive)

    def events(self) -> AsyncIterator[Event]:
        """Ends when the feed is closed."""
        return self._flow.events()

    def close(self) -> None:
        self._flow.close()

    def link(self, link: Link) -> None:
        self._flow.link(link)

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
        self._flow.put(
            Event(time.time(), Topic.SERVER, f"What happens on the broker is not shown: {missing}", Level.WARNING)
        )

    async def _receive(self, msg: Msg) -> None:
        """Advisories on one subject are of one kind and one consumer."""
        self._flow.happened(msg.subject, partial(self._tell, msg.subject, msg.data))

    def _tell(self, subject: str, data: bytes, more: int) -> Event | None:
        advisory = advisories.read(subject, data)
        if advisory is None or self._is_own_doing(advisory):
            return None
        return advisories.tell(advisory, time.time(), more)

    def _is_own_doing(self, advisory: advisories.Advisory) -> bool:
        since = self._removed.get(advisory.stream)
        return (
            since is not None
            and time.monotonic() - since < OWN_REMOVAL
            and (advisory.reason == advisories.DELETED_IN_FLIGHT or advisory.action == "delete")
        )
