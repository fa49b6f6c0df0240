"""Accounts of a run, task by task: what was published, and what became of it.

Definitions, each task counted under exactly one of the last four, so that they add up to the first:

- *published*: the broker confirmed it, which is counted as confirms come, or it was seen later although its confirm
  never came;
- *acknowledged*: a worker acknowledged it at least once;
- *terminated*: never acknowledged, and a worker told the broker not to deliver it again;
- *stored*: neither, and still in its queue: waiting, in flight, or stuck;
- *lost*: none of these.

*Duplicated* counts the acknowledgements beyond a task's first, and of the copies that are stored those beyond one; of a
task that is acknowledged each copy, since it will be delivered again.

The sums *agree* where counts that were taken apart from each other do: confirms as they came with what became of the
tasks; acknowledgements as they came to each worker with those booked task by task; and both with what each worker and
producer says of itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wqstudio.domain.delivery import ConfirmedTasks, Deliveries
from wqstudio.domain.dispatch_rows import by_producer
from wqstudio.domain.series import Integers
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import sequence_of
from wqstudio.domain.worker import Outcome, Phase, ProducerState, WorkerState, nameless

Counts: TypeAlias = NDArray[np.uint16]

_SAID_ALL = frozenset({Phase.STOPPED, Phase.FAILED})

_TASK_SUMS = ("published", "acknowledged", "terminated", "stored", "lost", "duplicated")


@dataclass(frozen=True, slots=True)
class WorkerAccount:
    """Deliveries to one worker by what became of them."""

    name: str
    acknowledged: int = 0
    forwarded: int = 0
    """Passed on to another queue, for others to do."""
    failed: int = 0
    """Given back (nak)."""
    terminated: int = 0
    crashed: int = 0
    """Held when the worker went away. Of those whose host was killed, what they worked on, if it takes 20 ms: a host
    tells of nothing else until it is settled."""
    expired: int = 0
    """Taken back by the broker before the worker was done."""
    lost: int = 0
    """Acknowledged on receipt, and failed at."""
    redelivered: int = 0
    """Deliveries that were not the first of their message, whatever became of them."""


@dataclass(frozen=True, slots=True)
class Account:
    """The sums of a run; see the module for the definitions."""

    run: str
    published: int
    acknowledged: int
    terminated: int
    stored: int
    lost: int
    duplicated: int
    acknowledgements: int
    """All that were booked, task by task: repeated ones and those of foreign messages included."""
    foreign: int
    """Acknowledgements of messages that no producer of this run published."""
    workers: tuple[WorkerAccount, ...] = ()
    disagreeing: tuple[str, ...] = ()
    """Workers and producers of whom something else is booked than they say."""

    @property
    def balanced(self) -> bool:
        """Whether the sums agree with each other, with the workers', and with what everybody says of themselves."""
        tasks = self.acknowledged + self.terminated + self.stored + self.lost
        by_workers = sum(worker.acknowledged for worker in self.workers)
        return tasks == self.published and by_workers == self.acknowledgements and not self.disagreeing


class _Tally:
    """A count for each task of one producer, growing with the sequence."""

    def __init__(self) -> None:
        self._counts: Counts = np.zeros(1024, np.uint16)

    def add_range(self, first: int, count: int) -> None:
        self._grow(first + count)
        self._counts[first : first + count] += 1

    def add(self, sequences: Integers) -> None:
        """Numbers may repeat."""
        if len(sequences):
            self._grow(int(sequences.max()) + 1)
            np.add.at(self._counts, sequences, 1)

    def upto(self, size: int) -> Counts:
        return np.pad(self._counts, (0, max(0, size - len(self._counts))))[:size]

    @property
    def size(self) -> int:
        return len(self._counts)

    def _grow(self, size: int) -> None:
        if size > len(self._counts):
            self._counts = np.pad(self._counts, (0, max(size - len(self._counts), len(self._counts))))


class _Book:
    """What is known of one producer's tasks."""

    def __init__(self) -> None:
        self.confirms = 0
        """As they came, whatever their tasks."""
        self.confirmed = _Tally()
        self.acknowledged = _Tally()
        self.terminated = _Tally()

    def confirm(self, tasks: ConfirmedTasks) -> None:
        self.confirms += tasks.count
        self.confirmed.add_range(tasks.first, tasks.count)

    def close(self, stored: _Tally) -> Counter[str]:
        tallies = (self.confirmed, self.acknowledged, self.terminated, stored)
        size = max(tally.size for tally in tallies)
        confirmed, acknowledged, terminated, copies = (tally.upto(size) for tally in tallies)
        acked = acknowledged > 0
        given_up = ~acked & (terminated > 0)
        kept = ~acked & ~given_up & (copies > 0)
        gone = ~acked & ~given_up & ~kept & (confirmed > 0)
        unconfirmed = (confirmed == 0) & (acked | given_up | kept)
        repeated = _beyond_first(acknowledged) + int(copies[acked].sum()) + _beyond_first(copies[~acked])
        return Counter(
            acknowledged=int(acked.sum()),
            terminated=int(given_up.sum()),
            stored=int(kept.sum()),
            lost=int(gone.sum()),
            published=self.confirms + int(unconfirmed.sum()),
            duplicated=repeated,
            acknowledgements=int(acknowledged.sum(dtype=np.int64)),
        )


def _beyond_first(counts: Counts) -> int:
    return int(np.maximum(counts.astype(np.int64) - 1, 0).sum())


_OUTCOME_FIELDS = {
    Outcome.ACKED: "acknowledged",
    Outcome.FORWARDED: "forwarded",
    Outcome.NAKED: "failed",
    Outcome.TERMINATED: "terminated",
    Outcome.CRASHED: "crashed",
    Outcome.EXPIRED: "expired",
    Outcome.LOST: "lost",
}


class Ledger:
    """Books every confirm and every outcome of one run as it is reported."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._books: defaultdict[int, _Book] = defaultdict(_Book)
        self._workers: defaultdict[int, Counter[str]] = defaultdict(Counter)
        self._foreign = 0
        self._said: dict[int, WorkerState | ProducerState] = {}

    def confirm(self, tasks: ConfirmedTasks) -> None:
        self._books[tasks.producer].confirm(tasks)

    def hear(self, states: Iterable[WorkerState | ProducerState]) -> None:
        """What workers and producers say of themselves, which is compared with what was booked of them."""
        self._said.update((state.id, state) for state in states)

    def settle(self, settled: Deliveries) -> None:
        """A batch at a time: column by column, since thousands come in each."""
        if not len(settled):
            return
        self._count_outcomes(settled)
        acked = settled["outcome"] == Outcome.ACKED
        self._foreign += int((acked & (settled["task"] == FOREIGN)).sum())
        for producer, sequences in _sequences(settled["task"][acked]):
            self._books[producer].acknowledged.add(sequences)
        for producer, sequences in _sequences(settled["task"][settled["outcome"] == Outcome.TERMINATED]):
            self._books[producer].terminated.add(sequences)

    def _count_outcomes(self, settled: Deliveries) -> None:
        kinds, counts = np.unique(settled[["worker", "outcome"]], return_counts=True)
        for (worker, outcome), count in zip(kinds.tolist(), counts.tolist(), strict=True):
            self._workers[worker][_OUTCOME_FIELDS[Outcome(outcome)]] += count
        workers, counts = np.unique(settled["worker"][settled["deliveries"] > 1], return_counts=True)
        for worker, count in zip(workers.tolist(), counts.tolist(), strict=True):
            self._workers[worker]["redelivered"] += count

    def close(self, stored: Iterable[int], names: Mapping[int, str]) -> Account:
        """Account for the run.

        ``stored``: the task number of each message of this run that is still in a queue.
        ``names``: of the workers, by id.
        """
        kept: defaultdict[int, _Tally] = defaultdict(_Tally)  # what was stored at an earlier close no longer counts
        for producer, sequences in _sequences(np.array(list(stored), np.int64)):
            kept[producer].add(sequences)
        sums: Counter[str] = Counter()
        for producer in self._books.keys() | kept.keys():
            sums.update(self._books[producer].close(kept[producer]))
        workers = tuple(
            WorkerAccount(name=names.get(worker, nameless(worker)), **counts)
            for worker, counts in sorted(self._workers.items())
        )
        return Account(
            run=self._run,
            **{name: sums[name] for name in _TASK_SUMS},
            acknowledgements=sums["acknowledgements"] + self._foreign,
            foreign=self._foreign,
            workers=workers,
            disagreeing=tuple(state.spec.name for state in self._said.values() if self._disagrees(state)),
        )

    def _disagrees(self, state: WorkerState | ProducerState) -> bool:
        """One that did not end by itself may not have come to say the last of what it did."""
        if isinstance(state, WorkerState):
            worker = self._workers.get(state.id)
            said, booked = state.acked, worker["acknowledged"] if worker is not None else 0
        else:
            book = self._books.get(state.id)
            said, booked = state.confirmed, book.confirms if book is not None else 0
        return said > booked or (said < booked and state.phase in _SAID_ALL)


def _sequences(tasks: Integers) -> Iterator[tuple[int, Integers]]:
    """The sequences of this run's tasks, by producer."""
    for producer, mine in by_producer(tasks):
        yield producer, sequence_of(tasks[mine])
