"""Polls a broker on a beat and tells those who subscribe."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from wqstudio.background import report
from wqstudio.brokers.port import Broker, BrokerError
from wqstudio.domain.changes import Changes, diff
from wqstudio.domain.history import History
from wqstudio.domain.reading import Unknown
from wqstudio.domain.snapshot import Snapshot
from wqstudio.engine.subscribers import Subscribers, Unsubscribe

_POLL_SHARE = 1 / 3
"""A slow broker is polled less often, so that polls take at most this share of the time."""

Overlay: TypeAlias = Callable[[Snapshot], Awaitable[Snapshot]]


@dataclass(frozen=True, slots=True)
class Beat:
    """What a subscriber is told: the newest snapshot there is, and why it is not newer."""

    snapshot: Snapshot | None
    """None until the first poll has succeeded."""
    changes: Changes
    failure: Unknown | None
    """Set while polls fail; the snapshot is then the last good one."""
    interval: float
    """Seconds until the next poll."""


class Monitor:
    """One poll after another, never two at once, each recorded in the history before anyone is told."""

    def __init__(self, broker: Broker, interval: float = 1.0, overlay: Overlay | None = None) -> None:
        """``overlay``: what is known beside what the broker tells, laid over each snapshot before anyone sees it."""
        self._broker = broker
        self._overlay = overlay
        self._interval = interval
        self._subscribers: Subscribers[Beat] = Subscribers("beats")
        self._snapshot: Snapshot | None = None
        self._wake = asyncio.Event()
        self.history = History(redelivered_is_rate=broker.counts_redeliveries)

    @property
    def snapshot(self) -> Snapshot | None:
        """The last good one."""
        return self._snapshot

    def subscribe(self, subscriber: Callable[[Beat], None]) -> Unsubscribe:
        return self._subscribers.add(subscriber)

    def refresh(self) -> None:
        """Poll now instead of at the next beat."""
        self._wake.set()

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            beat = await self._poll()
            await asyncio.sleep(0)
            for _ in self._subscribers.telling(beat):
                await asyncio.sleep(0)
            await self._rest(beat.interval)

    async def _poll(self) -> Beat:
        try:
            snapshot = await self._broker.snapshot()
            if self._overlay is not None:
                snapshot = await self._overlay(snapshot)
        except BrokerError as error:
            return self._failed(str(error))
        except Exception as error:  # noqa: BLE001 - a poll that trips over an answer must not end all polls
            report(error, "a poll failed")
            return self._failed(f"The poll failed in a way that was not foreseen: {error!r}")
        await asyncio.sleep(0)  # here and below: with thousands of queues each step takes milliseconds; let frames in
        changes = diff(self._snapshot, snapshot)
        self._snapshot = snapshot
        await asyncio.sleep(0)
        for _ in self.history.recording(snapshot):
            await asyncio.sleep(0)
        return Beat(snapshot, changes, None, self._next_interval(snapshot.took))

    def _failed(self, reason: str) -> Beat:
        self.history.gap(time.time())
        return Beat(self._snapshot, Changes(), Unknown(reason), self._interval)

    def _next_interval(self, took: float) -> float:
        return max(self._interval - took, took * (1 / _POLL_SHARE - 1))

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._wake.clear()
