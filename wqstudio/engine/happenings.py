"""What a batch of the fleet tells that no change of phase does: messages that came back, and queues that are full."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping

from wqstudio.domain.delivery import Deliveries, FleetBatch
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.worker import Outcome, ProducerState, WorkerState, nameless

_MOST_REMEMBERED = 10_000
"""Messages of crashed workers whose redelivery is looked out for."""
_SAY_AGAIN = 30.0
"""Seconds between two events about the same full queue."""


class Happenings:
    """Follows the batches of one fleet."""

    def __init__(self, workers: Mapping[int, WorkerState]) -> None:
        self._workers = workers
        self._dropped: dict[int, str] = {}
        """By task number, the name of the worker that crashed with it."""
        self._refused: dict[int, tuple[int, float]] = {}
        """By producer, how many refusals had been told of, and when."""

    def of(self, batch: FleetBatch) -> Iterator[Event]:
        yield from self._returns(batch)
        self._remember_dropped(batch.settled)
        for producer in batch.producers:
            yield from self._refusals(producer)

    def _returns(self, batch: FleetBatch) -> Iterator[Event]:
        if not self._dropped:
            return
        pairs: Counter[tuple[str, int]] = Counter()
        again = batch.settled[batch.settled["deliveries"] > 1]
        taken = [(row.task, row.worker) for row in batch.begun if row.deliveries > 1]
        for task, worker in [*taken, *zip(again["task"].tolist(), again["worker"].tolist(), strict=True)]:
            if (dropped_by := self._dropped.pop(task, None)) is not None:
                pairs[dropped_by, worker] += 1
        for (dropped_by, worker), count in pairs.items():
            what = "The message" if count == 1 else f"{count} messages"
            verb = "was" if count == 1 else "were"
            text = f"{what} that {dropped_by} held {verb} redelivered to {self._name(worker)}"
            yield Event(time.time(), Topic.REDELIVERED, text, queue=self._queue(worker))

    def _remember_dropped(self, settled: Deliveries) -> None:
        crashed = settled[(settled["outcome"] == Outcome.CRASHED) & (settled["task"] != FOREIGN)]
        for task, worker in zip(crashed["task"].tolist(), crashed["worker"].tolist(), strict=True):
            if len(self._dropped) < _MOST_REMEMBERED:
                self._dropped[task] = self._name(worker)

    def _refusals(self, producer: ProducerState) -> Iterator[Event]:
        told, at = self._refused.get(producer.id, (0, 0.0))
        now = time.time()
        if producer.refused <= told or now - at < _SAY_AGAIN:
            return
        self._refused[producer.id] = (producer.refused, now)
        why = f": {producer.reason.rstrip('.')}" if producer.reason else ""
        text = (
            f"{producer.spec.queue} refused {producer.refused:,} messages of {producer.spec.name}{why}. "
            "They are tried again until they are taken; add workers, or lower the producer's rate."
        )
        yield Event(now, Topic.PRODUCER, text, Level.WARNING, producer.spec.queue)

    def _name(self, worker: int) -> str:
        state = self._workers.get(worker)
        return state.spec.name if state is not None else nameless(worker)

    def _queue(self, worker: int) -> str:
        state = self._workers.get(worker)
        return state.spec.source.queue if state is not None else ""
