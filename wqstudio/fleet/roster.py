"""Who is in the fleet, and what is known of each: built up from the hosts' reports."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from wqstudio.domain.delivery import BegunDelivery, ConfirmedTasks, FleetBatch, SettledDelivery
from wqstudio.domain.worker import Outcome, Phase, ProducerState, WorkerState
from wqstudio.fleet import wire


@dataclass(slots=True)
class _Tally:
    acked: int = 0
    failed: int = 0
    redelivered: int = 0


class Roster:
    """States by id, and the batch of what is new since ``batch`` was called last.

    What a worker settled is counted here, row by row, so that its figures agree with the ledger's to the last
    message even when its host was killed.
    """

    def __init__(self, on_phase: Callable[[WorkerState | ProducerState], None]) -> None:
        """``on_phase`` is told of each that has changed phase, after the change."""
        self.workers: dict[int, WorkerState] = {}
        self.producers: dict[int, ProducerState] = {}
        self._on_phase = on_phase
        self._tallies: dict[int, _Tally] = {}
        self._begun: dict[int, wire.BegunRow] = {}
        """The long task each worker is at, so that its delivery can be accounted for when the host dies."""
        self._changed: set[int] = set()
        self._new_settled: list[SettledDelivery] = []
        self._new_begun: list[BegunDelivery] = []
        self._new_confirmed: list[ConfirmedTasks] = []

    def add(self, state: WorkerState | ProducerState) -> None:
        if isinstance(state, WorkerState):
            self.workers[state.id] = state
            self._tallies[state.id] = _Tally()
        else:
            self.producers[state.id] = state
        self._changed.add(state.id)

    def forget(self, id_: int) -> None:
        """Take one that is over off the lists."""
        self.workers.pop(id_, None)
        self.producers.pop(id_, None)
        self._tallies.pop(id_, None)
        self._begun.pop(id_, None)
        self._changed.discard(id_)

    def change_worker(self, state: WorkerState) -> None:
        before = self.workers[state.id]
        # The host says what a worker held when it ended; from then on the broker has it.
        self.workers[state.id] = replace(state, held=0) if state.phase.over else state
        self._changed.add(state.id)
        if before.phase is not state.phase:
            self._on_phase(state)

    def change_producer(self, state: ProducerState) -> None:
        before = self.producers[state.id]
        self.producers[state.id] = state
        self._changed.add(state.id)
        if before.phase is not state.phase:
            self._on_phase(state)

    def take(self, report: wire.Report) -> None:
        for begun in report.begun:
            self._begun[begun.worker] = begun
            self._new_begun.append(_begun_delivery(begun))
        self._settle(report.settled)
        self._new_confirmed += [ConfirmedTasks(row.producer, row.first, row.count) for row in report.confirmed]
        for update in report.workers:
            if (worker := self.workers.get(update.id)) is not None:
                self.change_worker(_counted(_updated(worker, update), self._tallies[update.id]))
        for progress in report.producers:
            if (producer := self.producers.get(progress.id)) is not None:
                self.change_producer(_progressed(producer, progress))

    def host_died(self, host: int, now: float) -> list[WorkerState]:
        """Everything on it crashed, which is one thing that happened, not one for each.

        Returns the workers concerned as they were last heard of.
        """
        workers = [worker for worker in self.workers.values() if worker.host == host and not worker.phase.over]
        for worker in workers:
            if (begun := self._begun.get(worker.id)) is not None:
                self._settle([_crashed(begun, now)])
            self.workers[worker.id] = replace(worker, phase=Phase.CRASHED, held=0, current=None)
            self._changed.add(worker.id)
        for producer in self.producers.values():
            if producer.host == host and not producer.phase.over:
                self.producers[producer.id] = replace(producer, phase=Phase.CRASHED)
                self._changed.add(producer.id)
        return workers

    def batch(self) -> FleetBatch:
        for id_ in self._changed & self.workers.keys():
            self.workers[id_] = _counted(self.workers[id_], self._tallies[id_])
        batch = FleetBatch(
            settled=tuple(self._new_settled),
            confirmed=tuple(self._new_confirmed),
            workers=tuple(self.workers[id_] for id_ in sorted(self._changed) if id_ in self.workers),
            producers=tuple(self.producers[id_] for id_ in sorted(self._changed) if id_ in self.producers),
            begun=tuple(self._new_begun),
        )
        self._new_settled, self._new_confirmed, self._new_begun = [], [], []
        self._changed.clear()
        return batch

    def _settle(self, rows: Iterable[wire.SettledRow]) -> None:
        for row in rows:
            self._new_settled.append(
                SettledDelivery(row.worker, row.task, row.deliveries, row.received, row.begun, row.ended, row.outcome)
            )
            tally = self._tallies.get(row.worker)
            if tally is None:
                continue
            if row.outcome is Outcome.ACKED:
                tally.acked += 1
            elif row.outcome is Outcome.NAKED or row.outcome is Outcome.TERMINATED:
                tally.failed += 1
            if row.deliveries > 1:
                tally.redelivered += 1
            self._changed.add(row.worker)
            if self._begun:
                self._begun.pop(row.worker, None)


def _begun_delivery(row: wire.BegunRow) -> BegunDelivery:
    return BegunDelivery(row.worker, row.task, row.deliveries, row.received, row.begun, row.expected)


def _crashed(row: wire.BegunRow, now: float) -> wire.SettledRow:
    return wire.SettledRow(row.worker, row.task, row.deliveries, row.received, row.begun, now, Outcome.CRASHED)


def _updated(worker: WorkerState, update: wire.WorkerUpdate) -> WorkerState:
    return replace(worker, phase=update.phase, held=update.held, current=update.current, reason=update.reason)


def _counted(worker: WorkerState, tally: _Tally) -> WorkerState:
    return replace(worker, acked=tally.acked, failed=tally.failed, redelivered=tally.redelivered)


def _progressed(producer: ProducerState, update: wire.ProducerUpdate) -> ProducerState:
    return replace(
        producer,
        phase=update.phase,
        confirmed=update.confirmed,
        unconfirmed=update.unconfirmed,
        refused=update.refused,
        reason=update.reason,
    )
