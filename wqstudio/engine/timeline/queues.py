"""The waiting lines of all queues: each has its own, so that one can be looked at by itself."""

from collections.abc import Mapping, Sequence

import numpy as np

from wqstudio.domain.delivery import ConfirmedTasks
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import producer_of
from wqstudio.domain.worker import ProducerState
from wqstudio.engine.timeline.waiting import WaitingLine


class WaitingLines:
    """A task waits in the queue that its producer fills, whoever takes it from there."""

    def __init__(self, most: int) -> None:
        """``most``: times that each line keeps."""
        self._most = most
        self._queues: dict[int, str] = {}
        """By producer."""
        self._names: dict[int, str] = {}
        self._lines: dict[str, WaitingLine] = {}

    def meet(self, producers: Sequence[ProducerState]) -> None:
        """Before anything is told of their tasks."""
        for producer in producers:
            if producer.id not in self._queues:
                self._queues[producer.id] = producer.spec.queue
                self._names[producer.id] = producer.spec.name
                self._line(producer.spec.queue)

    def confirm(self, confirmed: Sequence[ConfirmedTasks]) -> None:
        for queue in {self._queue(tasks.producer) for tasks in confirmed}:
            self._line(queue).confirm([tasks for tasks in confirmed if self._queue(tasks.producer) == queue])

    def give(self, tasks: Integers, received: Floats) -> None:
        """Deliveries, in any order, tasks repeated or not; see ``WaitingLine``."""
        if len(self._lines) == 1:
            next(iter(self._lines.values())).give(tasks, received)
            return
        own = tasks != FOREIGN
        producers = np.where(own, producer_of(tasks), -1)
        for queue, members in self._by_queue(np.unique(producers[own]).tolist()).items():
            mine = np.isin(producers, members)
            self._line(queue).give(tasks[mine], received[mine])

    def of(self, queue: str) -> Sequence[WaitingLine]:
        """That queue's, or all where the name is empty."""
        return [line for name, line in self._lines.items() if queue in {"", name}]

    def of_queue(self, tasks: Integers, queue: str) -> Integers:
        """Which of the tasks wait there, by their places."""
        mine = [producer for producer, name in self._queues.items() if name == queue]
        return np.flatnonzero(np.isin(producer_of(tasks), mine))

    def forget(self, now: float) -> None:
        """Keep who waits, and nothing of the time before."""
        for line in self._lines.values():
            line.forget(now)

    def empty(self) -> None:
        """Nobody waits."""
        self._lines = {queue: WaitingLine(self._most) for queue in self._lines}

    def all_published(self) -> tuple[Floats, Integers]:
        """Times, rising, and task numbers, as they were sent."""
        each = [line.all_published() for line in self._lines.values()]
        if len(each) == 1:
            return each[0]
        times = np.concatenate([np.empty(0), *(times for times, _ in each)])
        numbers = np.concatenate([np.empty(0, np.int64), *(numbers for _, numbers in each)])
        order = np.argsort(times, kind="stable")
        return times[order], numbers[order]

    @property
    def producers(self) -> Mapping[int, str]:
        """Names of all that were told of, by id."""
        return self._names

    def producer(self, task: int) -> str:
        """Its name; empty: nobody has told of it."""
        return self._names.get(int(producer_of(task)), "")

    def published_at(self, task: int) -> float | None:
        """None where it is not known, or no longer."""
        return self._line(self._queue(int(producer_of(task)))).published_at(task)

    def _by_queue(self, producers: Sequence[int]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for producer in producers:
            found.setdefault(self._queue(producer), []).append(producer)
        return found

    def _queue(self, producer: int) -> str:
        """Empty: nobody has told of that producer."""
        return self._queues.get(producer, "")

    def _line(self, queue: str) -> WaitingLine:
        if queue not in self._lines:
            self._lines[queue] = WaitingLine(self._most)
        return self._lines[queue]
