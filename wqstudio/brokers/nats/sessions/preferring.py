"""A worker's session with two consumers: it looks for work at the first, and at the second while nothing waits there.

Each is pulled from on a connection of its own, in turn: the first for as long as its patience says, or without waiting,
the second for a moment. So what comes to the first is begun after at most that moment, or the tasks in hand; what was
pulled already is not put back.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from wqstudio.brokers.nats.sessions.pulling import PullingSession
from wqstudio.brokers.port import Link, LinkState
from wqstudio.brokers.sessions import Delivery
from wqstudio.domain.queue import Source

PATIENCE = 0.1
"""Seconds that an idle worker waits at the second consumer before it looks at the first again."""


class _Tag(NamedTuple):
    """What ``Delivery.tag`` is: each is settled where it came from."""

    session: PullingSession
    delivery: Delivery


class PreferringSession:
    """``WorkerSession`` on two JetStream consumers. Both sessions have to be started before it is used."""

    def __init__(self, first: Source, second: Source, prefetch: int) -> None:
        self.first = PullingSession(first, prefetch, patience=first.patience)
        self.second = PullingSession(second, prefetch, patience=PATIENCE)
        self._wanted = False
        """Somebody takes, and has not paused or ended it since."""
        self._absorbed = False
        """Since then, what came was handed out otherwise: whoever takes has work, and nothing would come meanwhile."""

    @property
    def both(self) -> tuple[PullingSession, PullingSession]:
        return self.first, self.second

    @property
    def link(self) -> Link:
        """The one that is worse off."""
        links = [session.link for session in self.both]
        return next((link for link in links if link.state is not LinkState.CONNECTED), links[0])

    @property
    def trouble(self) -> str:
        return self.first.trouble or self.second.trouble

    async def take(self) -> Sequence[Delivery]:
        self._wanted, self._absorbed = True, False
        while True:
            for session in self.both:
                if (taken := await session.take()) or self._absorbed or not self._wanted:
                    return _tagged(session, taken)

    def arrived(self) -> Sequence[Delivery]:
        found = [delivery for session in self.both for delivery in _tagged(session, session.arrived())]
        self._absorbed = self._absorbed or bool(found)
        return found

    async def pause(self) -> None:
        self._wanted = False
        await asyncio.gather(*(session.pause() for session in self.both))

    def ack(self, delivery: Delivery) -> None:
        tag = _tag(delivery)
        tag.session.ack(tag.delivery)

    async def ack_confirmed(self, delivery: Delivery) -> None:
        tag = _tag(delivery)
        await tag.session.ack_confirmed(tag.delivery)

    def nak(self, delivery: Delivery, delay: float = 0.0, *, counted: bool = False, rejected: bool = False) -> None:
        tag = _tag(delivery)
        tag.session.nak(tag.delivery, delay, counted=counted, rejected=rejected)

    def terminate(self, delivery: Delivery, reason: str) -> None:
        tag = _tag(delivery)
        tag.session.terminate(tag.delivery, reason)

    def discard(self, delivery: Delivery, reason: str) -> None:
        tag = _tag(delivery)
        tag.session.discard(tag.delivery, reason)

    async def forward(self, delivery: Delivery, route: str) -> None:
        tag = _tag(delivery)
        await tag.session.forward(tag.delivery, route)

    async def bury(self, delivery: Delivery, route: str, why: Mapping[str, str]) -> None:
        tag = _tag(delivery)
        await tag.session.bury(tag.delivery, route, why)

    def lost(self, delivery: Delivery) -> bool:
        tag = _tag(delivery)
        return tag.session.lost(tag.delivery)

    def release(self, delivery: Delivery) -> None:
        tag = _tag(delivery)
        tag.session.release(tag.delivery)

    def keep(self, delivery: Delivery) -> None:
        tag = _tag(delivery)
        tag.session.keep(tag.delivery)

    @property
    def ack_deadline(self) -> float | None:
        """The shorter: a delivery of the other may be given up a little early, and is then redelivered."""
        return min((each for session in self.both if (each := session.ack_deadline) is not None), default=None)

    def set_prefetch(self, prefetch: int) -> None:
        for session in self.both:
            session.set_prefetch(prefetch)

    async def close(self) -> None:
        self._wanted = False
        await asyncio.gather(*(session.close() for session in self.both))

    def abort(self) -> None:
        self._wanted = False
        for session in self.both:
            session.abort()


def _tagged(session: PullingSession, deliveries: Sequence[Delivery]) -> list[Delivery]:
    return [replace(each, tag=_Tag(session, each)) for each in deliveries]


def _tag(delivery: Delivery) -> _Tag:
    assert isinstance(delivery.tag, _Tag), "a delivery of another session"
    return delivery.tag
