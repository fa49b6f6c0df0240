"""The side of a worker's session that is the same for every broker: what has come, and who waits for it."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence

from wqstudio.brokers.port import BrokerError, DeniedError, Link, LinkState, UnreachableError
from wqstudio.brokers.sessions import Delivery


class TakingSession(ABC):
    """Hands out what the adapter has put in, to one worker at a time; asking for it and settling are the adapter's."""

    def __init__(self) -> None:
        self._link = Link(LinkState.RECONNECTING, time.time())
        self._arrived: deque[Delivery] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._failure: BrokerError | None = None
        """Why nothing more will come."""
        self._closed = False

    @property
    def link(self) -> Link:
        return self._link

    @property
    def trouble(self) -> str:
        return self._link.reason if self._link.state is LinkState.CONNECTED else ""

    def lost(self, delivery: Delivery) -> bool:
        """Nothing is, where a delivery may be settled on another connection than it came on."""
        del delivery
        return False

    def on_link(self, link: Link) -> None:
        self._link = link
        if link.state is LinkState.CLOSED and not self._closed:
            self._fail(UnreachableError(f"The connection was closed: {link.reason or 'the reason is not known'}"))

    async def take(self) -> Sequence[Delivery]:
        if not self._arrived:
            await self._wait()
        if not self._arrived and self._failure is not None:
            raise self._failure
        return self.arrived()

    def arrived(self) -> Sequence[Delivery]:
        if isinstance(self._failure, DeniedError):
            raise self._failure
        taken = tuple(self._arrived)
        self._arrived.clear()
        return taken

    @abstractmethod
    def _ask(self) -> None:
        """See that the broker sends something: somebody has begun to wait, and nothing is here."""

    async def _wait(self) -> None:
        """Until a message, ``_wake`` or the end."""
        if self._failure is not None or self._closed:
            return
        self._waiter = asyncio.get_running_loop().create_future()
        self._ask()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _put(self, delivery: Delivery) -> None:
        self._arrived.append(delivery)
        self._wake()

    def _fail(self, error: BrokerError) -> None:
        self._failure = error
        self._wake()
