"""The way to the management API, which may not be there, go away, and come back elsewhere."""

import asyncio
import time
from collections.abc import Collection

from wqstudio.brokers.rabbitmq.management.api import ManagementApi
from wqstudio.brokers.rabbitmq.management.finding import Finder
from wqstudio.brokers.rabbitmq.management.naming import Names
from wqstudio.brokers.rabbitmq.management.poll import Poller
from wqstudio.brokers.rabbitmq.management.refusals import ManagementError
from wqstudio.brokers.rabbitmq.management.sight import Sight

FIND_AGAIN = 5.0
"""Seconds between two searches for a management API that does not answer."""


class ManagementDoor:
    """The management API once it is found, looked for again where it ceased to answer."""

    def __init__(self, finder: Finder, names: Names) -> None:
        self._finder = finder
        self._names = names
        self._open: tuple[ManagementApi, Poller] | None = None
        self._failure: ManagementError | None = None
        self._again = 0.0
        self._finding = asyncio.Lock()
        self._received = 0
        self.was_open = False
        """It has listed queues at least once."""

    @property
    def received(self) -> int:
        return self._received + (self._open[0].received if self._open is not None else 0)

    async def api(self) -> ManagementApi:
        return (await self._opened())[0]

    async def poll(self, watched: Collection[str]) -> Sight:
        _, poller = await self._opened()
        try:
            sight = await poller.poll(watched)
        except ManagementError as error:
            if not error.status:
                self._shut()  # it may be elsewhere by now: another node of the cluster
            raise
        self.was_open = True
        return sight

    def close(self) -> None:
        self._shut()

    async def _opened(self) -> tuple[ManagementApi, Poller]:
        async with self._finding:
            if self._open is None:
                self._open = await self._find()
            return self._open

    async def _find(self) -> tuple[ManagementApi, Poller]:
        if self._failure is not None and time.monotonic() < self._again:
            raise self._failure
        try:
            api, overview = await self._finder.find()
        except ManagementError as error:
            self._failure, self._again = error, time.monotonic() + (0.0 if self.was_open else FIND_AGAIN)
            raise
        return api, Poller(api, self._names, overview)

    def _shut(self) -> None:
        if self._open is not None:
            self._received += self._open[0].received
            self._open[0].close()
            self._open = None
