"""What the studio asks of a broker. Each adapter serves it in full."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from wqstudio.domain.events import Event
from wqstudio.domain.listing import Listing
from wqstudio.domain.queue import HeldRoutes, QueueSpec, SettingGroup
from wqstudio.domain.snapshot import Snapshot


class BrokerError(Exception):
    """Something the broker, or the way to it, would not do. The text names the thing and the remedy."""


class UnreachableError(BrokerError):
    """No connection; it may come back by itself."""


class TakenBackError(UnreachableError):
    """The delivery died with the connection it came on: its message is given to another worker, or to us again."""


class RefusedError(BrokerError):
    """The broker answered, and said no (limits, conflicts, wrong configuration)."""


class UnsupportedError(RefusedError):
    """Not on this broker, whoever asks and however often. The text says where, or how, it would be done."""


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

    async def held_routes(self, queue: str, most: int) -> HeldRoutes:
        """Under which of its subjects a queue holds messages: those with most, ``most`` of them, and each that it names
        without wildcards. Nothing where a queue's name leads into it (RabbitMQ).

        Costs the broker a walk through all subjects, where there are not too many of them.
        """
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

    def check_prior(self, prior: str, queue: str) -> None:
        """RefusedError with the remedy where no worker can look into ``prior`` before it takes from ``queue``."""
        ...

    def expect_retries(self, queue: str, delays: Collection[float]) -> None:
        """Workers may give back to the queue what they failed at, after delays of so many seconds.

        To be told before they are started: what waits elsewhere meanwhile, where it does, is looked for by them.
        """
        ...

    async def ensure(self, spec: QueueSpec) -> bool:
        """Make the queue and its consumers, marked as the studio's own. True: the queue was not there before.

        One of that name that the studio made and that fits the spec is left alone. RefusedError when one is there
        that does not fit, or that somebody else made: it may hold work that is not ours to touch.
        """
        ...

    async def in_use(self, names: Collection[str]) -> Collection[str]:
        """Those of the queues that somebody takes messages from at this moment, whoever made them."""
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
