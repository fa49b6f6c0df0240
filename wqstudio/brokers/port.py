"""What the studio asks of a broker. Each adapter serves it in full."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from wqstudio.domain.events import Event
from wqstudio.domain.listing import Listing
from wqstudio.domain.queue import QueueSpec, SettingGroup, Source
from wqstudio.domain.snapshot import Snapshot


class BrokerError(Exception):
    """Something the broker, or the way to it, would not do. The text names the thing and the remedy."""


class UnreachableError(BrokerError):
    """No connection; it may come back by itself."""


class TakenBackError(UnreachableError):
    """The delivery died with the connection it came on: its message is given to another worker, or to us again."""


class RefusedError(BrokerError):
    """The broker answered, and said no (limits, conflicts, wrong configuration)."""


class DeniedError(BrokerError):
    """This account may not do that."""


class LinkState(Enum):
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Link:
    """The connection as it stands. ``since`` is a unix time in seconds."""

    state: LinkState
    since: float
    url: str = ""
    """Scheme, host and port, never credentials."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What this broker's users call things."""

    product: str
    queue: str
    queues: str
    consumer: str
    waiting: str
    in_flight: str
    prefetch: str
    no_prefetch_limit: str = ""
    """What a prefetch of 0 means; empty: there is none, since a worker asks for at least one message."""


class Broker(Protocol):
    """Control traffic with one broker, on one connection that reconnects by itself."""

    @property
    def words(self) -> Words: ...

    @property
    def serves_from_queues(self) -> bool:
        """Workers take from a queue itself, and are its consumers; False: from consumers that are made with it."""
        ...

    @property
    def counts_redeliveries(self) -> bool:
        """It counts redeliveries as they happen; False: it tells how many messages in a queue are redelivered ones."""
        ...

    @property
    def sees_by_name(self) -> bool:
        """A queue that nothing lists can be seen all the same, once ``watch`` has been given its name."""
        ...

    @property
    def link(self) -> Link: ...

    async def snapshot(self) -> Snapshot:
        """One poll. Raises UnreachableError while there is no connection; other trouble is in the readings."""
        ...

    def watch(self, queues: Collection[str]) -> None:
        """These are on screen: have their numbers fresh, even where that costs a request for each. Replaces the last.

        Does nothing where every number is fresh anyway.
        """
        ...

    def describe(self, queue: str, consumer: str = "") -> Sequence[SettingGroup]:
        """Settings and state of one thing as the last poll saw it; empty when it saw no such thing."""
        ...

    @property
    def listings(self) -> Sequence[str]:
        """Titles of what there is to see besides queues and consumers ("Exchanges"); empty where there is nothing."""
        ...

    def listing(self, title: str) -> Listing:
        """As the last poll saw it; the same object while nothing in it can have changed. One of ``listings``."""
        ...

    def events(self) -> AsyncIterator[Event]:
        """Advisories and changes of the link, as they come; ends when the broker is closed.

        At most one caller iterates.
        """
        ...

    def check_work(self, queue: str) -> None:
        """RefusedError with the remedy where a queue is to be seen from here, but not to be worked on.

        To be asked before workers or producers are started on a queue by its name.
        """
        ...

    async def ensure(self, spec: QueueSpec) -> bool:
        """Make the queue and its consumers, marked as the studio's own. True: the queue was not there before.

        One of that name that the studio made and that fits the spec is left alone. RefusedError when one is there
        that does not fit, or that somebody else made: it may hold work that is not ours to touch.
        """
        ...

    async def remove_owned(self, names: Collection[str] | None = None) -> Sequence[str]:
        """Delete the queues that carry the studio's mark (of ``names``: None means all), and only those.

        Returns the names of those deleted.
        """
        ...

    async def remaining_tasks(self, queue: str, run: str) -> Sequence[int]:
        """Numbers (``TaskId.number``) of the run's tasks that are stored in the queue, waiting, in flight or stuck.

        One entry for each stored message, so a task stored twice is there twice. Looking changes nothing.
        """
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message in a worker's hands."""

    body: bytes
    task: str
    """The ``TASK_HEADER`` of the message, or empty."""
    deliveries: int
    """1 for the first delivery."""
    tag: object
    """What the session that took the message needs to settle it; no one else looks inside."""


class WorkerSession(Protocol):
    """One worker's own connection (NATS) or channel (RabbitMQ)."""

    @property
    def link(self) -> Link: ...

    @property
    def trouble(self) -> str:
        """What holds it up though it is connected, or just did, and the remedy; empty: nothing."""
        ...

    async def take(self) -> Sequence[Delivery]:
        """Messages for this worker, at least one unless ``pause`` or ``close`` was called meanwhile.

        NATS: one pull of ``prefetch`` messages. Survives a lost connection: it goes on after the reconnect.
        RefusedError: the source is gone, or will not serve this worker. DeniedError: this account may not take
        messages, or not settle them; what it holds comes back to others.
        """
        ...

    def arrived(self) -> Sequence[Delivery]:
        """What has come since the last ``take``, if anything, without waiting. DeniedError as there."""
        ...

    async def pause(self) -> None:
        """Ask for nothing more until ``take`` is called again; what came already is given out by that call."""
        ...

    def ack(self, delivery: Delivery) -> None:
        """Settle, without waiting for the broker to say so."""
        ...

    async def ack_confirmed(self, delivery: Delivery) -> None:
        """Settle, and wait until the broker has said so. UnreachableError when it did not.

        TakenBackError: it never will.
        RefusedError: the source is gone. Where the broker waits for no acknowledgement, there is none to confirm.
        """
        ...

    def nak(self, delivery: Delivery, delay: float = 0.0) -> None:
        """Give back, to be redelivered after ``delay`` seconds."""
        ...

    def terminate(self, delivery: Delivery, reason: str) -> None:
        """Never deliver this message again."""
        ...

    def lost(self, delivery: Delivery) -> bool:
        """The broker has certainly taken it back: no use in working on it. False also where that is not known."""
        ...

    def release(self, delivery: Delivery) -> None:
        """Forget a delivery that the broker has taken back: whatever is said of it now comes too late."""
        ...

    def keep(self, delivery: Delivery) -> None:
        """Tell the broker that the work goes on, where acknowledgement has a deadline."""
        ...

    @property
    def ack_deadline(self) -> float | None:
        """Seconds after which an unsettled delivery is taken back; None: never."""
        ...

    def set_prefetch(self, prefetch: int) -> None: ...

    async def close(self) -> None:
        """Leave in good order: what was settled has reached the broker when this returns."""
        ...

    def abort(self) -> None:
        """Drop the connection as a crash would, with what was not yet sent."""
        ...


class PublisherSession(Protocol):
    """One producer's own connection or channel."""

    @property
    def link(self) -> Link: ...

    @property
    def trouble(self) -> str:
        """What keeps the broker from taking messages though it is connected; empty: nothing."""
        ...

    def publish(self, route: str, body: bytes, task: str) -> asyncio.Future[None]:
        """Done once the broker has confirmed the message as stored; raises nothing itself.

        ``task`` goes along in ``TASK_HEADER`` and as the deduplication id, so that trying again after
        UnreachableError stores it once. RefusedError: not stored (queue full, nobody bound to the route).
        DeniedError: this account may not publish there.
        """
        ...

    async def close(self) -> None: ...

    def abort(self) -> None: ...


class Sessions(Protocol):
    """Where the workers and producers of one process get their sessions; what these may share, they share here."""

    async def open_worker(
        self, source: Source, prefetch: int, *, name: str = "", automatic_acks: bool = False
    ) -> WorkerSession:
        """``name``: by which whoever looks at the broker can tell the worker, where it makes a consumer (RabbitMQ).

        ``automatic_acks``: settled when handed out, where that is the worker's choice (RabbitMQ); prefetch is void.

        UnreachableError, DeniedError; RefusedError when there is no such source, or it serves no such worker.
        """
        ...

    async def open_publisher(self) -> PublisherSession:
        """UnreachableError, DeniedError."""
        ...


__all__ = [
    "Broker",
    "BrokerError",
    "Delivery",
    "DeniedError",
    "Link",
    "LinkState",
    "PublisherSession",
    "RefusedError",
    "Sessions",
    "Source",
    "TakenBackError",
    "UnreachableError",
    "Words",
    "WorkerSession",
]
