"""Publishes from synchronous code, in order."""

import asyncio
import contextlib
from collections import deque

import nats.errors

from wqstudio.background import spawn
from wqstudio.brokers.nats.link.client import StudioClient


class Outbound:
    """A queue in front of ``Client.publish``, which is a coroutine only because it may have to wait for room.

    What cannot be sent is dropped: it is acknowledgements, which the broker makes up for by redelivering, and
    pulls, which are renewed.
    """

    def __init__(self, client: StudioClient) -> None:
        self._client = client
        self._queue: deque[tuple[str, bytes, str]] = deque()
        self._filled = asyncio.Event()
        self._task = spawn(self._run(), "outbound publishes")

    def put(self, subject: str, payload: bytes, reply: str = "") -> None:
        self._queue.append((subject, payload, reply))
        self._filled.set()

    async def flush(self) -> None:
        """Return once the server has read everything put before, or there is no connection to it."""
        with contextlib.suppress(nats.errors.Error, OSError):
            await self._send_queued()
            await self._client.settle()

    def cancel(self) -> None:
        self._queue.clear()
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            await self._filled.wait()
            self._filled.clear()
            await self._send_queued()

    async def _send_queued(self) -> None:
        while self._queue:
            subject, payload, reply = self._queue.popleft()
            with contextlib.suppress(nats.errors.Error):
                await self._client.publish(subject, payload, reply)
