"""The waiting line: tasks that are published and that no worker has been given yet."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from wqstudio.domain.delivery import ConfirmedTasks
from wqstudio.domain.dispatch_rows import Marks, by_producer
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import TaskId, producer_of, sequence_of
from wqstudio.engine.timeline.steps import Steps

_MOST_EARLY = 10_000
"""A producer has far fewer messages under way; a confirm that never came is waited for no longer."""


class _Marked:
    """A mark for each task of each producer that has had something happen to it."""

    def __init__(self) -> None:
        self._marks: defaultdict[int, Marks] = defaultdict(lambda: np.zeros(1_024, np.bool_))

    def mark_range(self, producer: int, first: int, count: int) -> int:
        """How many of them are marked for the first time."""
        part = self._upto(producer, first + count)[first : first + count]
        fresh = count - int(np.count_nonzero(part))
        part[:] = True
        return fresh

    def mark(self, tasks: Integers) -> None:
        for producer, mine in by_producer(tasks):
            sequences = sequence_of(tasks[mine])
            self._upto(producer, int(sequences.max()) + 1)[sequences] = True

    def has(self, tasks: Integers) -> Marks:
        found = np.zeros(len(tasks), np.bool_)
        for producer, mine in by_producer(tasks):
            sequences = sequence_of(tasks[mine])
            found[mine] = self._upto(producer, int(sequences.max()) + 1)[sequences]
        return found

    def _upto(self, producer: int, size: int) -> Marks:
        marks = self._marks[producer]
        if size > len(marks):
            marks = self._marks[producer] = np.pad(marks, (0, max(size - len(marks), len(marks))))
        return marks


class WaitingLine:
    """When each task was published, and when it was given to a worker for the first time; the last ``most`` of each.

    A task counts from when it was sent, once it is confirmed: one whose confirm never came neither waits nor has
    waited.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.published = Steps(most)
        self.received = Steps(most)
        """First deliveries of the tasks that are confirmed."""
        self._confirmed = _Marked()
        self._given = _Marked()
        self._ranges: list[ConfirmedTasks] = []
        self._ranged = 0
        """Tasks in them."""
        self._early: tuple[Integers, Floats] = (np.empty(0, np.int64), np.empty(0))
        """Tasks that were delivered before their confirm has come, and when."""

    def confirm(self, confirmed: Sequence[ConfirmedTasks]) -> None:
        for tasks in confirmed:
            fresh = self._confirmed.mark_range(tasks.producer, tasks.first, tasks.count)
            self.published.add(np.full(fresh, tasks.sent))
            self._ranges.append(tasks)
            self._ranged += tasks.count
        if len(self._early[0]) and confirmed:
            self._count(*self._early)
        self._forget()

    def give(self, tasks: Integers, received: Floats) -> None:
        """Deliveries, in any order, tasks repeated or not.

        The first of a task that is told of ends its waiting: one that came before it and is told of later, when a
        worker gives up long after the broker did, changes nothing.
        """
        own = tasks != FOREIGN
        order = np.argsort(received[own], kind="stable")
        tasks, received = tasks[own][order], received[own][order]
        firsts, at = np.unique(tasks, return_index=True)
        new = ~self._given.has(firsts)
        self._given.mark(firsts[new])
        early_tasks, early_times = self._early
        self._count(np.concatenate([early_tasks, firsts[new]]), np.concatenate([early_times, received[at[new]]]))

    def forget(self, now: float) -> None:
        """Keep who waits, and nothing of the time before."""
        self.published.forget(now)
        self.received.forget(now)
        self._ranges, self._ranged = [], 0

    def all_published(self) -> tuple[Floats, Integers]:
        """Times and task numbers, as they were sent."""
        ranges = sorted(self._ranges, key=lambda tasks: tasks.sent)
        counts = [tasks.count for tasks in ranges]
        times = np.repeat(np.array([tasks.sent for tasks in ranges], np.float64), counts)
        starts = np.array([TaskId("", tasks.producer, tasks.first).number for tasks in ranges], np.int64)
        ends = np.cumsum(np.array(counts, np.int64))
        numbers = np.repeat(starts - ends + counts, counts) + np.arange(len(times), dtype=np.int64)
        return times, numbers

    def published_at(self, task: int) -> float | None:
        """None where it is not known, or no longer."""
        producer, sequence = producer_of(task), sequence_of(task)
        for tasks in self._ranges:
            if tasks.producer == producer and tasks.first <= sequence < tasks.first + tasks.count:
                return tasks.sent
        return None

    def _count(self, tasks: Integers, received: Floats) -> None:
        known = self._confirmed.has(tasks)
        self.received.add(received[known])
        self._early = (tasks[~known][-_MOST_EARLY:], received[~known][-_MOST_EARLY:])

    def _forget(self) -> None:
        if self._ranged <= self._most + self._most // 4:
            return
        gone = 0
        while self._ranged > self._most:
            self._ranged -= self._ranges[gone].count
            gone += 1
        del self._ranges[:gone]
