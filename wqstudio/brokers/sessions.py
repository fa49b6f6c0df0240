"""What a simulated worker or producer asks of a broker. Each adapter serves it in full."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from wqstudio.brokers.port import Link
from wqstudio.domain.queue import Source


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
    due: str = ""
    """The ``DUE_HEADER`` of the message, or empty."""
    counted: bool = True
    """False: ``deliveries`` is the least it can be (RabbitMQ's classic queues tell only whether it is the first)."""


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

    def nak(self, delivery: Delivery, delay: float = 0.0, *, counted: bool = False, rejected: bool = False) -> None:
        """Give back, to be redelivered after ``delay`` seconds.

        ``counted``: the next delivery has to tell how many there were, also where the broker itself counts none.
        ``rejected``: the queue has a retry queue of its own, whose delay counts (RabbitMQ).
        """
        ...

    def terminate(self, delivery: Delivery, reason: str) -> None:
        """Never deliver this message again; where the broker has a place for such, it goes there."""
        ...

    def discard(self, delivery: Delivery, reason: str) -> None:
        """Never deliver this message again, nor put it anywhere."""
        ...

    async def forward(self, delivery: Delivery, route: str) -> None:
        """Publish it along ``route`` and return once that copy is stored; the delivery is still to be settled.

        UnreachableError: it may be stored. RefusedError, DeniedError: it is not.
        """
        ...

    async def bury(self, delivery: Delivery, route: str, why: Mapping[str, str]) -> None:
        """As ``forward``, with headers that say where it came from, and ``why`` it is there."""
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

    def publish(self, route: str, body: bytes, task: str, due: float = 0.0) -> asyncio.Future[None]:
        """Done once the broker has confirmed the message as stored; raises nothing itself. ``due``: unix seconds, or 0.

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
        self,
        source: Source,
        prefetch: int,
        *,
        name: str = "",
        automatic_acks: bool = False,
        prior: Source | None = None,
    ) -> WorkerSession:
        """``name``: by which whoever looks at the broker can tell the worker, where it makes a consumer (RabbitMQ).

        ``automatic_acks``: settled when handed out, where that is the worker's choice (RabbitMQ); prefetch is void.

        ``prior``: where it looks first each time; RefusedError where a worker cannot choose (RabbitMQ).

        UnreachableError, DeniedError; RefusedError when there is no such source, or it serves no such worker.
        """
        ...

    async def open_publisher(self, *, persistent: bool = True) -> PublisherSession:
        """``persistent``: its messages outlive the broker, where that is the publisher's to say (RabbitMQ).

        UnreachableError, DeniedError.
        """
        ...
