"""Who is in the fleet, and what is known of each: built up from the hosts' reports."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from wqstudio.domain.delivery import NO_DELIVERIES, BegunDelivery, ConfirmedTasks, Deliveries, FleetBatch, deliveries
from wqstudio.domain.fate import NOBODY_KNOWS, Endings
from wqstudio.domain.settled import FOREIGN, SettledDelivery, pack_delivery
from wqstudio.domain.worker import Outcome, Phase, ProducerState, WorkerSpec, WorkerState, left_behind
from wqstudio.fleet import wire
from wqstudio.fleet.fates import Fates
from wqstudio.fleet.numbers import Numbers

_FAILED = (Outcome.NAKED, Outcome.TERMINATED, Outcome.LOST)


@dataclass(slots=True)
class _Tally:
    settled: int = 0
    acked: int = 0
    forwarded: int = 0
    failed: int = 0
    redelivered: int = 0


class Roster:
    """States by id, and the batch of what is new since ``batch`` was called last.

    What a worker settled is counted here from the rows, so that its figures agree with the ledger's to the last
    message even when its host was killed.
    """

    def __init__(
        self,
        on_phase: Callable[[WorkerState | ProducerState], None],
        on_trouble: Callable[[WorkerState | ProducerState, str], None],
    ) -> None:
        """``on_phase`` is told of each that has changed phase, after the change; ``on_trouble`` of what holds one up.

        No text: it is held up no longer.
        """
        self.workers: dict[int, WorkerState] = {}
        self.producers: dict[int, ProducerState] = {}
        self._on_phase = on_phase
        self._on_trouble = on_trouble
        self._troubles: dict[int, str] = {}
        self._tallies: dict[int, _Tally] = {}
        self._begun: dict[int, wire.BegunRow] = {}
        """The long task each worker is at, so that its delivery can be accounted for when the host dies."""
        self._changed: set[int] = set()
        self._unbooked = bytearray()
        """Rows that are not in the tallies yet: they are counted many at a time."""
        self._new_settled: list[Deliveries] = []
        self._new_begun: list[wire.BegunRow] = []
        self._numbers = Numbers()
        self._fates = Fates()
        self._new_confirmed: list[ConfirmedTasks] = []

    def add(self, state: WorkerState | ProducerState, endings: Endings = NOBODY_KNOWS) -> None:
        """``endings``: of what a worker is given."""
        if isinstance(state, WorkerState):
            self.workers[state.id] = state
            self._tallies[state.id] = _Tally()
            self._fates.meet_worker(state.id, endings)
        else:
            self.producers[state.id] = state
            self._fates.meet_producer(state.id, state.spec.queue)
        self._changed.add(state.id)

    def forget(self, id_: int) -> None:
        """Take one that is over off the lists."""
        self.workers.pop(id_, None)
        self.producers.pop(id_, None)
        self._tallies.pop(id_, None)
        self._begun.pop(id_, None)
        self._troubles.pop(id_, None)
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
            self._new_begun.append(begun)
        self._unbooked += report.settled
        self._new_confirmed += [
            ConfirmedTasks(row.producer, row.first, row.count, row.sent) for row in report.confirmed
        ]
        if report.workers:
            self._book()  # what is told of them has to agree with what they settled so far
        for update in report.workers:
            if (worker := self.workers.get(update.id)) is not None:
                tally = self._tallies[update.id]
                self.change_worker(_counted(_updated(worker, update, tally.settled), tally))
                self._hear_trouble(self.workers[update.id], update.trouble)
        for progress in report.producers:
            if (producer := self.producers.get(progress.id)) is not None:
                self.change_producer(_progressed(producer, progress))
                self._hear_trouble(self.producers[progress.id], progress.trouble)

    def host_died(self, host: int, now: float) -> list[WorkerState]:
        """Everything on it crashed, which is one thing that happened, not one for each.

        Returns the workers concerned as they were last heard of.
        """
        workers = [worker for worker in self.workers.values() if worker.host == host and not worker.phase.over]
        self._book()
        for worker in workers:
            if (begun := self._begun.get(worker.id)) is not None:
                self._unbooked += _left_behind(begun, now, worker.spec)
            self.workers[worker.id] = replace(worker, phase=Phase.CRASHED, held=0, current=None)
            self._changed.add(worker.id)
        for producer in self.producers.values():
            if producer.host == host and not producer.phase.over:
                self.producers[producer.id] = replace(producer, phase=Phase.CRASHED)
                self._changed.add(producer.id)
        return workers

    def batch(self) -> FleetBatch:
        self._book()
        for id_ in self._changed & self.workers.keys():
            self.workers[id_] = _counted(self.workers[id_], self._tallies[id_])
        batch = FleetBatch(
            settled=self._told_settled(),
            confirmed=tuple(self._new_confirmed),
            workers=tuple(self.workers[id_] for id_ in sorted(self._changed) if id_ in self.workers),
            producers=tuple(self.producers[id_] for id_ in sorted(self._changed) if id_ in self.producers),
            begun=tuple(map(self._begun_delivery, self._new_begun)),
        )
        self._new_settled, self._new_confirmed, self._new_begun = [], [], []
        self._changed.clear()
        return batch

    def _told_settled(self) -> Deliveries:
        if not self._new_settled:
            return NO_DELIVERIES
        return self._fates.told(self._numbers.book(np.concatenate(self._new_settled)))

    def _hear_trouble(self, one: WorkerState | ProducerState, trouble: str) -> None:
        before = self._troubles.get(one.id, "")
        self._troubles[one.id] = trouble
        if trouble != before and not one.phase.over:
            self._on_trouble(one, trouble)

    def _book(self) -> None:
        """Count what was settled since the last time."""
        if not self._unbooked:
            return
        settled = deliveries(bytes(self._unbooked))
        self._unbooked.clear()
        self._new_settled.append(settled)
        workers, outcomes = settled["worker"], settled["outcome"]
        every = np.bincount(workers)
        acked = np.bincount(workers, outcomes == Outcome.ACKED)
        forwarded = np.bincount(workers, outcomes == Outcome.FORWARDED)
        failed = np.bincount(workers, np.isin(outcomes, _FAILED))
        redelivered = np.bincount(workers, settled["deliveries"] > 1)
        for worker in np.unique(workers).tolist():
            if (tally := self._tallies.get(worker)) is not None:
                tally.settled += int(every[worker])
                tally.acked += int(acked[worker])
                tally.forwarded += int(forwarded[worker])
                tally.failed += int(failed[worker])
                tally.redelivered += int(redelivered[worker])
                self._changed.add(worker)
        self._end_begun(settled)

    def _begun_delivery(self, row: wire.BegunRow) -> BegunDelivery:
        """All that has been reported is booked; it may have ended already."""
        number, counted = row.deliveries, row.counted
        if not counted and row.task != FOREIGN:
            tell = self._numbers.next if self._begun.get(row.worker) is row else self._numbers.last
            number, counted = tell(row.task, row.deliveries), True
        return BegunDelivery(row.worker, row.task, number, row.received, row.begun, row.expected, row.work, counted)

    def _end_begun(self, settled: Deliveries) -> None:
        if not self._begun:
            return
        latest = np.full(int(settled["worker"].max()) + 1, -np.inf)
        np.maximum.at(latest, settled["worker"], settled["begun"])
        ended = [id_ for id_, row in self._begun.items() if id_ < len(latest) and row.begun <= latest[id_]]
        for id_ in ended:
            del self._begun[id_]


def _left_behind(row: wire.BegunRow, now: float, spec: WorkerSpec) -> bytes:
    times = (row.received, row.begun, now)
    outcome = left_behind(spec.ack_mode)
    left = SettledDelivery(row.worker, row.task, row.deliveries, *times, outcome, row.work, row.counted)
    return pack_delivery(*left)


def _updated(worker: WorkerState, update: wire.WorkerUpdate, settled: int) -> WorkerState:
    """``settled``: by then."""
    told = replace(worker, phase=update.phase, held=update.held, current=update.current, reason=update.reason)
    return replace(told, received=settled + update.held)


def _counted(worker: WorkerState, tally: _Tally) -> WorkerState:
    return replace(
        worker, acked=tally.acked, forwarded=tally.forwarded, failed=tally.failed, redelivered=tally.redelivered
    )


def _progressed(producer: ProducerState, update: wire.ProducerUpdate) -> ProducerState:
    return replace(
        producer,
        phase=update.phase,
        confirmed=update.confirmed,
        unconfirmed=update.unconfirmed,
        refused=update.refused,
        reason=update.reason,
    )
