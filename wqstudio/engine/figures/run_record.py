"""What one run has done so far, apart from whatever else its studio plays: booked, kept, and known to be finished."""

from collections.abc import Iterable, Mapping

import numpy as np

from wqstudio.domain.delivery import NO_DELIVERIES, ConfirmedTasks, Deliveries, FleetBatch
from wqstudio.domain.fate import Fate
from wqstudio.domain.ledger import Account, Ledger
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import producer_of
from wqstudio.domain.worker import Outcome, ProducerSpec, WorkerSpec

_ENDED = (Outcome.ACKED, Outcome.TERMINATED, Outcome.LOST)


class RunRecord:
    """Fed with the fleet's batches; takes from them what its own workers and producers did."""

    def __init__(self, run: str) -> None:
        self._ledger = Ledger(run)
        self._workers: dict[int, WorkerSpec] = {}
        self._producers: dict[int, ProducerSpec] = {}
        self._settled: list[Deliveries] = []
        self._confirmed: list[ConfirmedTasks] = []
        self._published: set[int] = set()
        self._done: set[int] = set()
        self._dead_lettered: set[int] = set()

    def add_worker(self, id_: int, spec: WorkerSpec) -> None:
        self._workers[id_] = spec

    def add_producer(self, id_: int, spec: ProducerSpec) -> None:
        self._producers[id_] = spec

    @property
    def workers(self) -> Mapping[int, WorkerSpec]:
        """All that there ever were, by id."""
        return dict(self._workers)

    @property
    def producers(self) -> Mapping[int, ProducerSpec]:
        return self._producers

    @property
    def unfinished(self) -> int:
        """Tasks published that may be delivered yet, as far as is known here: what a broker loses, it does not tell."""
        return len(self._published - self._done)

    @property
    def dead_lettered(self) -> int:
        """Tasks of which there is a dead letter, as far as is known here."""
        return len(self._dead_lettered)

    @property
    def settled(self) -> Deliveries:
        return np.concatenate(self._settled) if self._settled else NO_DELIVERIES

    @property
    def confirmed(self) -> tuple[ConfirmedTasks, ...]:
        return tuple(self._confirmed)

    def take(self, batch: FleetBatch) -> None:
        own = self._own(batch)
        self._ledger.hear((*own.workers, *own.producers))
        for tasks in own.confirmed:
            self._ledger.confirm(tasks)
            self._confirmed.append(tasks)
            self._published.update(tasks.numbers.tolist())
        if len(own.settled):
            self._ledger.settle(own.settled)
            self._settled.append(own.settled)
            self._finish(own.settled)

    def _own(self, batch: FleetBatch) -> FleetBatch:
        return FleetBatch(
            settled=batch.settled[np.isin(batch.settled["worker"], list(self._workers))],
            confirmed=tuple(tasks for tasks in batch.confirmed if tasks.producer in self._producers),
            workers=tuple(worker for worker in batch.workers if worker.id in self._workers),
            producers=tuple(producer for producer in batch.producers if producer.id in self._producers),
        )

    def _finish(self, own: Deliveries) -> None:
        own = own[own["task"] != FOREIGN]
        ended = np.isin(own["outcome"], _ENDED) | (own["fate"] != Fate.OPEN)
        self._done.update(own["task"][ended].tolist())
        self._dead_lettered.update(own["task"][own["fate"] == Fate.DEAD_LETTERED].tolist())

    def close(self, stored: Iterable[int]) -> Account:
        """``stored``: task numbers of the studio's messages that are in the run's queues still."""
        own = [number for number in stored if producer_of(number) in self._producers]
        return self._ledger.close(own, {id_: spec.name for id_, spec in self._workers.items()})
