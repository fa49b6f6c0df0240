"""The messages of a stream: read from any offset, by a consumer that takes nothing away, and never removed."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from typing import Any

from pika import spec

from wqstudio.brokers.letters import PAGE_BYTES, Held, Letters
from wqstudio.brokers.port import BrokerError, RefusedError
from wqstudio.brokers.rabbitmq.amqp import envelope
from wqstudio.brokers.rabbitmq.amqp.channel import Channel, Listener
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered
from wqstudio.brokers.rabbitmq.amqp.properties import headers_of
from wqstudio.brokers.rabbitmq.letters import reading as letter_reading
from wqstudio.brokers.rabbitmq.letters.checkout import IDLE
from wqstudio.domain.letter import Destination, Letter, LookCost
from wqstudio.domain.reading import Reading

_OFFSET = "x-stream-offset"


class StreamLetters:
    """``Letters`` of a stream. An id is a message's offset."""

    def __init__(self, client: RabbitClient, queue: str) -> None:
        self._client = client
        self._queue = queue
        self._first = 0
        """The offset of the oldest message there is."""
        self._count = 0

    @property
    def cost(self) -> LookCost:
        return LookCost()

    @property
    def lasting_ids(self) -> bool:
        return True

    @property
    def count(self) -> int:
        return self._count

    @property
    def newest(self) -> int | None:
        return self._first + self._count - 1 if self._count else 0

    @property
    def reachable(self) -> int:
        return self.count

    @property
    def turn(self) -> int:
        return self._first

    @property
    def held(self) -> int:
        return 0

    @property
    def remark(self) -> str:
        return ""

    @property
    def identity(self) -> bytes:
        return b""

    @property
    def sources(self) -> Mapping[str, bytes]:
        """None is ever moved."""
        return {}

    async def check_removable(self) -> None:
        raise self._unremovable()

    async def alive(self, fingerprints: Collection[bytes]) -> Collection[bytes]:
        """What lies here is come across."""
        del fingerprints
        return ()

    async def held_elsewhere(self, cut_for: float) -> Reading[int]:
        del cut_for
        return 0

    async def refresh(self) -> None:
        """Also once after it is made."""
        oldest = await self._read("first", 1)
        newest = await self._read("last", 1)
        self._first = oldest[0].id if oldest else 0
        self._count = await self._end(newest[0].id) - self._first if oldest and newest else 0

    async def lift_limit(self) -> None:
        pass

    async def page(self, first: int, count: int) -> Sequence[Held]:
        wanted = min(count, self._count - first)
        return await self._read(self._first + first, wanted) if wanted > 0 else ()

    async def at_work(self) -> Sequence[str]:
        """Whoever reads a stream takes nothing from it."""
        return ()

    def succeed(self, before: Letters) -> None:
        """Offsets last."""

    def still_there(self, ids: Collection[int]) -> Collection[int]:
        return [id_ for id_ in ids if self._first <= id_ < self._first + self._count]

    async def batches(self, size: int, ids: Collection[int] | None = None) -> AsyncGenerator[Sequence[Held], None]:
        first = 0 if ids is None else min(ids, default=self._first) - self._first
        end = self._count if ids is None else max(ids, default=self._first - 1) + 1 - self._first
        wanted = None if ids is None else set(ids)
        at = max(0, first)
        while at < end and (batch := await self.page(at, min(size, end - at))):
            at = batch[-1].id + 1 - self._first  # the oldest may have gone meanwhile, and reading began behind them
            chosen = batch if wanted is None else [held for held in batch if held.id in wanted]
            if chosen:
                yield chosen

    async def remove(self, letters: Sequence[Held]) -> Collection[int]:
        if letters:
            raise self._unremovable()
        return ()

    def read(self, held: Held) -> Letter:
        return letter_reading.read(held, self._queue, str(held.place or ""), redelivered=None)

    def home(self, letter: Letter) -> Reading[Destination]:
        return letter_reading.home(letter)

    def fingerprint(self, held: Held) -> bytes:
        return envelope.fingerprint(held.route, held.envelope, held.body)

    def return_route(self, held: Held) -> str:
        del held
        return self._queue

    async def close(self) -> None:
        await self._client.close()

    def _unremovable(self) -> RefusedError:
        return RefusedError(
            f"{self._queue} is a stream, which keeps its messages until they are too old or too many: nothing can be "
            "moved away or discarded. Export them, and import them where they are needed."
        )

    async def _end(self, newest: int) -> int:
        """The offset after the last: reading "last" begins with the whole last chunk."""
        last_chunk = await self._read(newest, None)
        return last_chunk[-1].id + 1 if last_chunk else newest + 1

    async def _read(self, offset: int | str, count: int | None) -> Sequence[Held]:
        """``count`` messages from there on, or fewer where no more come or a page is full; None: all there are."""
        reader = _Reader(count)
        listener = Listener(delivered=reader.delivered, closed=reader.closed)
        async with self._client.channel(listener) as channel:
            reader.channel = channel
            doing = f"reading the stream {self._queue}"
            await channel.call(spec.Basic.Qos(prefetch_count=min(count or _CHUNK, _AHEAD)), doing)
            arguments: dict[str, Any] = {_OFFSET: offset}
            await channel.call(spec.Basic.Consume(queue=self._queue, arguments=arguments), doing)
            messages = await reader.read(doing)
        return [_held(message) for message in messages]


_CHUNK = 10_000
"""Messages; chunks hold a few thousand."""
_AHEAD = 32
"""Messages on their way, which may be large."""


class _Reader:
    channel: Channel

    def __init__(self, count: int | None) -> None:
        self._count = count
        self._messages: list[Delivered] = []
        self._room = PAGE_BYTES
        self._error: BrokerError | None = None
        self._moved = asyncio.Event()
        self._over = False

    async def read(self, doing: str) -> list[Delivered]:
        try:
            await self._gather(doing)
        finally:
            self._over = True
        if self._error is not None:
            raise self._error
        return self._messages

    async def _gather(self, doing: str) -> None:
        while self._error is None and not self._is_full:
            self._moved.clear()
            try:
                async with asyncio.timeout(IDLE):
                    await self._moved.wait()
            except TimeoutError:
                if await self._are_no_more(doing):
                    break

    async def _are_no_more(self, doing: str) -> bool:
        """Nor are any on their way: what acknowledgements bring comes before the answer to what is asked after them."""
        before = len(self._messages)
        await self.channel.call(spec.Channel.Flow(active=True), doing)
        return len(self._messages) == before

    @property
    def _is_full(self) -> bool:
        return self._count is not None and (len(self._messages) >= self._count or self._room <= 0)

    def delivered(self, message: Delivered) -> None:
        """What an acknowledgement does to a stream is that the next one comes. None on a channel that may be closed."""
        if self._over or self._is_full:
            return
        self._messages.append(message)
        self._room -= len(message.body)
        if not self._is_full:
            self.channel.ack(message.tag)
        self._moved.set()

    def closed(self, error: BrokerError) -> None:
        self._error = error
        self._moved.set()


def _held(message: Delivered) -> Held:
    offset = headers_of(message.properties)[_OFFSET]
    return Held(int(offset), message.routing_key, message.properties, message.body, message.exchange)
