"""Deliveries, as the fleet reports them to the ledger and the charts."""

from dataclasses import dataclass

from wqstudio.domain.worker import Outcome, ProducerState, WorkerState

FOREIGN = -1
"""The task number of a message that no producer of this run published."""


@dataclass(frozen=True, slots=True)
class SettledDelivery:
    """One delivery to one worker, from taking it to its outcome. Unix times in seconds."""

    worker: int
    task: int
    """``TaskId.number``, or ``FOREIGN``."""
    deliveries: int
    """1 for the first delivery of the message."""
    received: float
    begun: float
    ended: float
    outcome: Outcome


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


@dataclass(frozen=True, slots=True)
class ConfirmedTasks:
    """``count`` tasks of one producer, from sequence ``first`` on, that the broker has confirmed."""

    producer: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class FleetBatch:
    """What happened in the fleet since the batch before, about 20 times a second while anything happens."""

    settled: tuple[SettledDelivery, ...] = ()
    confirmed: tuple[ConfirmedTasks, ...] = ()
    workers: tuple[WorkerState, ...] = ()
    """The new states of the workers that changed."""
    producers: tuple[ProducerState, ...] = ()
    begun: tuple[BegunDelivery, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.settled or self.confirmed or self.workers or self.producers or self.begun)
