"""What a worker gives back for later, or passes on: copies, of which each is safe before its original goes."""

import asyncio
from collections.abc import Mapping

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError, RefusedError
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered
from wqstudio.brokers.rabbitmq.sessions.holding import Held
from wqstudio.brokers.rabbitmq.sessions.limits import LimitBook
from wqstudio.brokers.rabbitmq.sessions.retry_connection import RetryConnection


class GivingBack:
    """Of one session. ``enter`` is followed by one ``leave`` or ``drop`` that counts; what comes later does nothing."""

    def __init__(self, queue: str, limits: LimitBook, retries: RetryConnection) -> None:
        self._queue = queue
        self._limits = limits
        self._retries = retries
        self._under_way: set[asyncio.Task[None]] = set()
        self._entered = False
        self._no_delay = ""
        """Why what was last to be given back later was given back at once."""

    @property
    def trouble(self) -> str:
        return (self._retries.trouble if self._under_way else "") or self._no_delay

    def enter(self) -> None:
        self._entered = True
        self._retries.enter()

    async def finish(self) -> None:
        """Wait for what is under way."""
        if self._under_way:
            await asyncio.wait(set(self._under_way))

    async def leave(self) -> None:
        if self._leaves():
            await self._retries.leave()

    def drop(self) -> None:
        """As after a crash, also while ``leave`` is waited for."""
        if self._leaves():
            self._retries.drop()
        for task in self._under_way:
            task.cancel()

    def give(self, held: Held, deliveries: int, delay: float, *, counted: bool) -> None:
        """In ``delay`` seconds, or ``counted``: the copy tells how often it was delivered."""
        task = spawn(self._give(held, deliveries, delay, counted=counted), "give back later")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def pass_on(self, message: Delivered, route: str, told: Mapping[str, str]) -> None:
        """RefusedError."""
        lane = await self._retries.lane(self._queue)
        try:
            await lane.pass_on(message, route, told)
        except ValueError as error:
            raise RefusedError(f"It cannot be copied: {error}.") from error

    def _leaves(self) -> bool:
        leaves, self._entered = self._entered, False
        return leaves

    async def _give(self, held: Held, deliveries: int, delay: float, *, counted: bool) -> None:
        """A copy that is not safe leaves the original to be given back at once."""
        limits = await self._limits.read(self._queue)
        if limits.most_deliveries is not None and deliveries >= limits.most_deliveries:
            held.channel.nack(held.message.tag, requeue=False)  # as the queue itself would end it
            return
        self._no_delay = limits.no_copies if delay > 0 else ""
        later = delay if not limits.no_copies else 0.0
        if later <= 0 and (limits.counts or not counted):
            held.channel.give_back(held.message.tag)
            return
        try:
            await self._copy(held.message, deliveries, later)
        except (BrokerError, ValueError) as error:
            self._no_delay = str(error)
            held.channel.give_back(held.message.tag)
        else:
            held.channel.ack(held.message.tag)

    async def _copy(self, message: Delivered, deliveries: int, delay: float) -> None:
        lane = await self._retries.lane(self._queue)
        if delay > 0:
            await lane.put(message, deliveries, delay)
        else:
            await lane.put_back(message, deliveries)
