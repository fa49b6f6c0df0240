"""What the fleet of simulated workers and producers has done since it was last heard of."""

from collections.abc import Sequence
from dataclasses import dataclass

from wqstudio.domain.delivery import ConfirmedTasks, SettledDelivery
from wqstudio.domain.worker import ProducerState, WorkerState


@dataclass(frozen=True, slots=True)
class BegunDelivery:
    """A worker has begun a task that takes long enough to be seen. Unix times in seconds."""

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
class FleetBatch:
    """Everything new since the batch before, about twenty times a second.

    Of one worker, ``settled`` is in the order of events; of two workers in two hosts it is not.
    """

    settled: Sequence[SettledDelivery] = ()
    begun: Sequence[BegunDelivery] = ()
    confirmed: Sequence[ConfirmedTasks] = ()
    workers: Sequence[WorkerState] = ()
    """Those whose state changed, as they are now."""
    producers: Sequence[ProducerState] = ()
    """Those whose state changed, as they are now."""

    def __bool__(self) -> bool:
        return bool(self.settled or self.begun or self.confirmed or self.workers or self.producers)
