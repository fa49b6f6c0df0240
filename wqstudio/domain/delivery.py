"""Deliveries, as the fleet reports them to the ledger and the charts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wqstudio.domain.settled import SettledDelivery
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import Outcome, ProducerState, WorkerState

Deliveries: TypeAlias = NDArray[np.void]
"""Settled deliveries as columns, one for each field of ``SettledDelivery``: shape (n,), of ``DELIVERY``.

At full speed thousands come in each batch, which Python objects would be too slow for.
"""

DELIVERY = np.dtype(
    [
        ("worker", "<i4"),
        ("task", "<i8"),
        ("deliveries", "<u4"),
        ("received", "<f8"),
        ("begun", "<f8"),
        ("ended", "<f8"),
        ("outcome", "u1"),
        ("work", "<f4"),
        ("counted", "?"),
        ("fate", "u1"),
    ]
)
"""What ``pack_delivery`` makes the bytes of."""
_OUTCOME = SettledDelivery._fields.index("outcome")


def deliveries(packed: bytes | bytearray) -> Deliveries:
    """Rows from the bytes that ``pack_delivery`` made."""
    return np.frombuffer(packed, DELIVERY)


def each_delivery(settled: Deliveries) -> Iterator[SettledDelivery]:
    """One after the other, for the few that are looked at singly."""
    for row in settled.tolist():
        yield SettledDelivery._make((*row[:_OUTCOME], Outcome(row[_OUTCOME]), *row[_OUTCOME + 1 :]))


NO_DELIVERIES = deliveries(b"")


@dataclass(frozen=True, slots=True)
class BegunDelivery:
    """A worker has begun a task that takes long enough to be seen (20 ms). Unix times in seconds."""

    worker: int
    task: int
    """``TaskId.number``, or ``FOREIGN``."""
    deliveries: int
    """1 for the first delivery of the message."""
    received: float
    begun: float
    expected: float
    """Seconds it will take at the speed it was begun at."""
    work: float
    """Seconds at speed 1."""
    counted: bool = True
    """As ``SettledDelivery.counted``."""


@dataclass(frozen=True, slots=True)
class ConfirmedTasks:
    """``count`` tasks of one producer, from sequence ``first`` on, that the broker has confirmed."""

    producer: int
    first: int
    count: int
    sent: float
    """Unix time in seconds at which they were sent, which is what published means: a confirm comes after, often when a
    worker has the message already."""

    @property
    def numbers(self) -> NDArray[np.int64]:
        """``TaskId.number`` of each."""
        return np.arange(self.count) + TaskId("", self.producer, self.first).number


@dataclass(frozen=True, slots=True, eq=False)
class FleetBatch:
    """What happened in the fleet since the batch before, about 20 times a second while anything happens."""

    settled: Deliveries = field(default_factory=lambda: NO_DELIVERIES)
    confirmed: tuple[ConfirmedTasks, ...] = ()
    workers: tuple[WorkerState, ...] = ()
    """The new states of the workers that changed."""
    producers: tuple[ProducerState, ...] = ()
    begun: tuple[BegunDelivery, ...] = ()

    def __bool__(self) -> bool:
        return bool(len(self.settled) or self.confirmed or self.workers or self.producers or self.begun)
