"""What one run has done so far, apart from whatever else its studio plays: booked, kept, and known to be finished."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from wqstudio.domain.delivery import NO_DELIVERIES, ConfirmedTasks, Deliveries, FleetBatch
from wqstudio.domain.ledger import Account, Ledger
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import producer_of
from wqstudio.domain.worker import Outcome, ProducerSpec, WorkerSpec

_ENDED = (Outcome.ACKED, Outcome.TERMINATED, Outcome.LOST)
_GIVEN_UP = (Outcome.NAKED, Outcome.CRASHED, Outcome.EXPIRED)
"""After the last delivery that a message may have, these end it as well."""


@dataclass(frozen=True, slots=True)
class _Player:
    spec: WorkerSpec
    last_deliveries: Mapping[str, int]
    """By queue; see ``RunRecord.add_worker``."""

    def last_delivery(self, queue: str) -> int:
        """Of a message that was published to ``queue``. A forwarder's is no end: the copy it made waits elsewhere."""
        return -1 if self.spec.forward else self.last_deliveries.get(queue, -1)


class RunRecord:
    """Fed with the fleet's batches; takes from them what its own workers and producers did."""

    def __init__(self, run: str) -> None:
        self._ledger = Ledger(run)
        self._players: dict[int, _Player] = {}
        self._producers: dict[int, ProducerSpec] = {}
        self._settled: list[Deliveries] = []
        self._confirmed: list[ConfirmedTasks] = []
        self._published: set[int] = set()
        self._done: set[int] = set()
        self._exhausted: set[int] = set()

    def add_worker(self, id_: int, spec: WorkerSpec, last_deliveries: Mapping[str, int]) -> None:
        """``last_deliveries``: for each queue it takes from, the number of the delivery after which the broker gives
        a message to nobody any more; -1, or no entry: there is none.
        """
        self._players[id_] = _Player(spec, last_deliveries)

    def add_producer(self, id_: int, spec: ProducerSpec) -> None:
        self._producers[id_] = spec

    @property
    def workers(self) -> Mapping[int, WorkerSpec]:
        """All that there ever were, by id."""
        return {id_: player.spec for id_, player in self._players.items()}

    @property
    def producers(self) -> Mapping[int, ProducerSpec]:
        return self._producers

    @property
    def unfinished(self) -> int:
        """Tasks published that may be delivered yet, as far as is known here: what a broker loses, it does not tell."""
        return len(self._published - self._done)

    @property
    def exhausted(self) -> int:
        """Tasks that were given up since their deliveries are used up. On NATS they stay where they are."""
        return len(self._exhausted)

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
            settled=batch.settled[np.isin(batch.settled["worker"], list(self._players))],
            confirmed=tuple(tasks for tasks in batch.confirmed if tasks.producer in self._producers),
            workers=tuple(worker for worker in batch.workers if worker.id in self._players),
            producers=tuple(producer for producer in batch.producers if producer.id in self._producers),
        )

    def _finish(self, own: Deliveries) -> None:
        ended = own[np.isin(own["outcome"], _ENDED) & (own["task"] != FOREIGN)]
        self._done.update(ended["task"].tolist())
        for row in own[np.isin(own["outcome"], _GIVEN_UP) & (own["task"] != FOREIGN)]:
            player = self._players[int(row["worker"])]
            if 0 < player.last_delivery(self._queue_of(int(row["task"]))) <= row["deliveries"]:
                self._done.add(int(row["task"]))
                self._exhausted.add(int(row["task"]))

    def _queue_of(self, task: int) -> str:
        """Where it was published; empty: by somebody else."""
        producer = self._producers.get(producer_of(task))
        return producer.queue if producer is not None else ""

    def close(self, stored: Iterable[int]) -> Account:
        """``stored``: task numbers of the studio's messages that are in the run's queues still."""
        own = [number for number in stored if producer_of(number) in self._producers]
        return self._ledger.close(own, {id_: player.spec.name for id_, player in self._players.items()})
