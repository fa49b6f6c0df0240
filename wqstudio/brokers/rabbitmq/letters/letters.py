"""One queue's dead letters: looked at by checking them out, moved by acknowledging what is safe elsewhere."""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import msgspec

from wqstudio.brokers.letters import PAGE_BYTES, Held, Letters, NotAskedError, page_of
from wqstudio.brokers.port import BrokerError, RefusedError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp import envelope
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered
from wqstudio.brokers.rabbitmq.letters import look_cost, reading as letter_reading
from wqstudio.brokers.rabbitmq.letters.checkout import COUNTED_WITHIN, MOST, Checkout
from wqstudio.brokers.rabbitmq.letters.limit_lifting import LimitLifting
from wqstudio.brokers.rabbitmq.letters.look_cost import Spent
from wqstudio.brokers.rabbitmq.management import delivery_limit
from wqstudio.brokers.rabbitmq.management.api import ManagementApi
from wqstudio.brokers.rabbitmq.management.governing import look_up
from wqstudio.brokers.rabbitmq.management.measuring import counted_now
from wqstudio.brokers.rabbitmq.management.records import QueueRecord
from wqstudio.brokers.rabbitmq.management.refusals import ManagementError
from wqstudio.domain.letter import Destination, Letter, LookCost
from wqstudio.domain.reading import Reading, Unknown

MOST_HELD = 10_000
"""Letters that pages hold at once."""
MOST_BYTES = 256 * 2**20
"""Of their bodies."""
AHEAD = 4
"""Batches under way: one being read, two copied, one removed."""
COUNTED_EVERY = 6.0
"""Seconds after which a quorum queue has counted anew what it has given out, at the latest: it does so every 5 s."""
_AHEAD_BYTES = 64 * 2**20
_FIRST_FEW = 16
"""Letters to be taken at once before their sizes are known."""
_GROWTH = 4
"""How many more, for one that was taken, where nobody tells the sizes."""
_BETWEEN_COUNTS = 0.2
"""Seconds, while a count may be growing."""


class Place(msgspec.Struct, frozen=True):
    """What ``Held.place`` is: tags mean nothing in another checkout."""

    checkout: Checkout
    tag: int
    exchange: str
    redelivered: bool


@dataclass(frozen=True, slots=True)
class Managed:
    """What the management API knows and does of a queue."""

    api: ManagementApi
    queue: QueueRecord
    version: tuple[int, ...]
    lifting: LimitLifting


class RabbitLetters:
    """``Letters`` of a classic or a quorum queue; ``open_letters`` makes one."""

    _checkout: Checkout

    def __init__(self, client: RabbitClient, queue: str, managed: Reading[Managed]) -> None:
        self._client = client
        self._queue = queue
        self._managed = managed
        self._counts_looks = isinstance(managed, Unknown) or managed.queue.type != "classic"
        self._held: dict[int, Held] = {}
        """By id, in line: what pages have shown, and nobody has removed."""
        self._held_bytes = 0
        self._count = 0
        self._seen = 0
        """Letters taken so far, since it was refreshed."""
        self._last = 0
        """The last one's id. None is given to a second letter: what somebody chose before may be what he means."""
        self._removed = 0
        self._taken_bytes = 0
        """Of their bodies."""
        self._returns: int | None = None
        self._consumers = 0
        self._elsewhere = 0
        """Messages that others hold, as of when it was opened or refreshed."""
        self._turn = 0
        self._given_back_at = -math.inf
        """When a refresh gave back what was held; monotonic seconds."""
        self._looking = asyncio.Lock()

    async def begin(self) -> None:
        """Once. RefusedError: there is no such queue."""
        self._checkout = await Checkout.open(self._client, self._queue)
        self._count, self._consumers = await self._checkout.look()
        await self._count_what_comes_back()
        self._elsewhere = await self._held_elsewhere()

    @property
    def cost(self) -> LookCost:
        if isinstance(self._managed, Unknown):
            return look_cost.unknown_queue(self._managed.reason)
        known = self._managed
        limit = delivery_limit.before_lifting(known.queue, known.version)
        return look_cost.of_queue(known.queue, limit, Spent(known.lifting.is_lifted, self._returns), self._consumers)

    @property
    def lasting_ids(self) -> bool:
        return False

    @property
    def count(self) -> int:
        return self._count - self._removed

    @property
    def reachable(self) -> int:
        """Fewer where those that are held are so large that no more can be."""
        return min(self.count, MOST_HELD if self._held_bytes < MOST_BYTES else len(self._held))

    @property
    def has_consumers(self) -> bool:
        """Others than this look, as it was opened."""
        return self._consumers > 0

    @property
    def turn(self) -> int:
        return self._turn

    @property
    def held(self) -> int:
        return self._checkout.held

    @property
    def newest(self) -> int | None:
        return None

    @property
    def last_id(self) -> int:
        """The highest that was given to a letter."""
        return self._last

    @property
    def remark(self) -> str:
        if not self._elsewhere:
            return ""
        when = ", as the queue counted some seconds ago," if self._counts_looks else ","
        return f"{self._elsewhere:,} more are with consumers{when} and show once they give them back."

    @property
    def identity(self) -> bytes:
        return b""

    @property
    def sources(self) -> Mapping[str, bytes]:
        """What is held nobody else sees."""
        return {}

    async def check_removable(self) -> None:
        """Who may take may remove."""

    async def alive(self, fingerprints: Collection[bytes]) -> Collection[bytes]:
        """What lies here is come across."""
        del fingerprints
        return ()

    async def held_elsewhere(self, cut_for: float) -> Reading[int]:
        """A classic queue tells it as of now, a quorum queue as of its last count; either with what is held here."""
        if isinstance(self._managed, Unknown):
            return self._managed
        if self._counts_looks and not await self._is_counted(cut_for):
            return Unknown("A quorum queue counts only every few seconds what it has given out.")
        counted = await counted_now(self._managed.api, self._managed.queue)
        return counted if isinstance(counted, Unknown) else max(0, counted.unacked - self._checkout.held)

    async def refresh(self) -> None:
        async with self._looking:
            await self._checkout.give_back()
            if self._checkout.has_held:
                self._given_back_at = time.monotonic()
            self._turn += 1
            self._held.clear()
            self._held_bytes = self._taken_bytes = self._seen = self._removed = 0
            await self._ask_again()
            await self.begin()

    async def lift_limit(self) -> None:
        if self.cost.liftable and not isinstance(self._managed, Unknown):
            await self._managed.lifting.lift(self._queue)

    async def page(self, first: int, count: int) -> Sequence[Held]:
        """RefusedError also beyond ``MOST_HELD`` letters or ``MOST_BYTES`` of bodies.

        UnreachableError also for what was shown before: it is not held any more, so nothing can be done with it.
        """
        self._raise_if_refused()
        self._checkout.check()
        async with self._looking:
            missing = min(first + count - len(self._held), self._count - self._seen)
            if missing > 0:
                self._raise_if_full(missing)
                await self._extend(first, missing)
            if len(self._held) <= first and self._seen < self._count:
                self._raise_if_full(0)
        return page_of(islice(self._held.values(), first, first + count))

    async def at_work(self) -> Sequence[str]:
        """What others hold no look comes across."""
        return ()

    def succeed(self, before: Letters) -> None:
        if isinstance(before, RabbitLetters):
            self._last = before.last_id

    def still_there(self, ids: Collection[int]) -> Collection[int]:
        self._checkout.check()
        return [id_ for id_ in ids if id_ in self._held]

    async def batches(self, size: int, ids: Collection[int] | None = None) -> AsyncGenerator[Sequence[Held], None]:
        """RefusedError for ids that this look does not hold: messages have no other address."""
        self._raise_if_refused()
        if ids is not None:
            chosen = self._chosen(ids)
            for start in range(0, len(chosen), size):
                yield chosen[start : start + size]
            return
        last = 0
        while batch := await self._after(last, size):
            last = batch[-1].id
            yield batch

    async def remove(self, letters: Sequence[Held]) -> Collection[int]:
        """What is held nobody else can remove."""
        for held in letters:
            if _place(held).checkout is not self._checkout:
                raise RefusedError(f"The message was given back to {self._queue} meanwhile; look at it again.")
        try:
            self._checkout.check()
        except UnreachableError as error:
            raise NotAskedError(str(error)) from error
        await self._checkout.settle([_place(held).tag for held in letters])
        self._removed += len(letters)
        for held in letters:
            if self._held.pop(held.id, None) is not None:
                self._held_bytes -= len(held.body)
        return ()

    def read(self, held: Held) -> Letter:
        place = held.place if isinstance(held.place, Place) else None  # one that was read from a file has none
        return letter_reading.read(
            held,
            self._queue,
            place.exchange if place is not None else "",
            redelivered=place.redelivered if place is not None else None,
        )

    def home(self, letter: Letter) -> Reading[Destination]:
        return letter_reading.home(letter)

    def fingerprint(self, held: Held) -> bytes:
        properties = envelope.lasting(held.envelope) if self._counts_looks else held.envelope
        return envelope.fingerprint(held.route, properties, held.body)

    def return_route(self, held: Held) -> str:
        """By the default exchange: that through which it came may lead elsewhere, too."""
        del held
        return self._queue

    async def close(self) -> None:
        """A limit that cannot be put back now, the broker being away, is put back by the next look."""
        try:
            await self._checkout.give_back()
            if not isinstance(self._managed, Unknown):
                with contextlib.suppress(BrokerError):
                    await self._managed.lifting.put_back()
        finally:
            if not isinstance(self._managed, Unknown):
                self._managed.api.close()
            await self._client.close()

    async def _is_counted(self, cut_for: float) -> bool:
        """By a quorum queue. That it counts what a refresh has given back, which is nobody's else, is waited for."""
        if cut_for < COUNTED_EVERY:
            return False
        await asyncio.sleep(self._given_back_at + COUNTED_EVERY - time.monotonic())
        return self._checkout.steady_for >= COUNTED_EVERY

    # --- taking

    async def _count_what_comes_back(self) -> None:
        """What another look held that was closed or killed just now comes back bit by bit."""
        if isinstance(self._managed, Unknown) or not self._managed.queue.messages_unacknowledged:
            return
        end = time.monotonic() + COUNTED_WITHIN
        before = -1
        while before < self._count and time.monotonic() < end:
            before = self._count
            await asyncio.sleep(_BETWEEN_COUNTS)
            self._count, self._consumers = await self._checkout.look()

    async def _held_elsewhere(self) -> int:
        """Statistics would have what this look itself held some seconds ago, so the queue is asked where they say more
        than none. A quorum queue does not know better: after a page, what others hold shows in its consumers alone.
        """
        if isinstance(self._managed, Unknown) or not self._managed.queue.messages_unacknowledged:
            return 0
        if self._counts_looks and self._last and not self._consumers:
            return 0
        counted = await counted_now(self._managed.api, self._managed.queue)
        if isinstance(counted, Unknown):
            return 0
        if self._counts_looks:  # what waits now was not held when it counted, or has come back since
            return min(counted.unacked, max(0, counted.messages - self._count))
        return counted.unacked

    async def _ask_again(self) -> None:
        """A limit may have come, or come back, meanwhile."""
        if isinstance(self._managed, Unknown):
            return
        with contextlib.suppress(ManagementError):
            queue = await look_up(self._managed.api, self._queue)
            if queue is not None:
                self._managed.lifting.saw(queue)
                if not self._managed.lifting.is_lifted:
                    self._managed = replace(self._managed, queue=queue)

    async def _extend(self, first: int, missing: int) -> None:
        """Take so many more for a page that begins at ``first``, and no more than those and than a page may have."""
        try:
            await self._take_more(first, missing)
        finally:  # also where it fails, or is not wanted any more: what comes next is for others
            await self._checkout.stop()

    async def _take_more(self, first: int, missing: int) -> None:
        taken = 0
        room = min(MOST_BYTES - self._held_bytes, PAGE_BYTES - self._bytes_from(first))
        while taken < missing and room > 0:
            window = self._window(missing - taken)
            messages = await self._checkout.take(window, window=window, most_bytes=room)
            if not messages:
                self._count = self._seen  # others have taken the rest
                return
            taken += len(messages)
            for held in map(self._hold, messages):
                self._held[held.id] = held
                self._held_bytes += len(held.body)
            self._note_returns(messages)
            room = min(MOST_BYTES - self._held_bytes, PAGE_BYTES - self._bytes_from(first))

    def _bytes_from(self, first: int) -> int:
        return sum(len(held.body) for held in islice(self._held.values(), first, None))

    async def _after(self, last: int, size: int) -> Sequence[Held]:
        """Of what pages hold, those that pages have taken meanwhile among them; else the next in the queue."""
        async with self._looking:
            if next(reversed(self._held), 0) > last:
                return list(islice((held for held in self._held.values() if held.id > last), size))
            return await self._next(size) if self._seen < self._count else ()

    async def _next(self, size: int) -> Sequence[Held]:
        left = min(size, self._count - self._seen)
        window = self._window(AHEAD * size)
        return [self._hold(each) for each in await self._checkout.take(left, window=window, most_bytes=_AHEAD_BYTES)]

    def _hold(self, message: Delivered) -> Held:
        self._seen += 1
        self._last += 1
        self._taken_bytes += len(message.body)
        place = Place(self._checkout, message.tag, message.exchange, message.redelivered)
        return Held(self._last, message.routing_key, message.properties, message.body, place)

    def _window(self, wanted: int) -> int:
        """Fewer at once where bodies are large; what nobody can tell beforehand is felt for, a few at first."""
        told = self._told_mean()
        ahead = MOST if told else max(_FIRST_FEW, _GROWTH * self._seen)
        mean = max(told, self._taken_bytes // max(1, self._seen), 1)
        return max(1, min(wanted, ahead, MOST, _AHEAD_BYTES // mean))

    def _told_mean(self) -> int:
        """Bytes of a body, as the management API tells; 0: it does not (yet)."""
        queue = None if isinstance(self._managed, Unknown) else self._managed.queue
        return (queue.message_bytes or 0) // queue.messages if queue is not None and queue.messages else 0

    def _note_returns(self, messages: Sequence[Delivered]) -> None:
        counts = [envelope.returns(message.properties) for message in messages]
        self._returns = max([*counts, self._returns or 0])

    def _chosen(self, ids: Collection[int]) -> list[Held]:
        missing = [id_ for id_ in ids if id_ not in self._held]
        if missing:
            raise RefusedError(
                f"{len(missing)} of the messages chosen in {self._queue} are not held by this look any more; "
                "messages have no address beyond a look, so choose them again."
            )
        wanted = set(ids)
        return [held for id_, held in self._held.items() if id_ in wanted]

    def _raise_if_refused(self) -> None:
        if refusal := self.cost.refusal:
            raise RefusedError(refusal)

    def _raise_if_full(self, missing: int) -> None:
        if len(self._held) + missing > MOST_HELD or self._held_bytes >= MOST_BYTES:
            raise RefusedError(
                f"{len(self._held):,} messages of {self._queue} are held here ({self._held_bytes / 2**20:,.0f} MiB), "
                f"and no more than {MOST_HELD:,} or {MOST_BYTES >> 20} MiB can be looked at together. "
                "Filter them all, export them, or move those at the head of the queue."
            )


def _place(held: Held) -> Place:
    assert isinstance(held.place, Place), "a letter of another look"
    return held.place
