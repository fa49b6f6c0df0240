"""Where new workers take their messages from, and what they are called."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from wqstudio.domain.queue import Source
from wqstudio.domain.reading import Reading, Unknown, known
from wqstudio.domain.snapshot import Snapshot
from wqstudio.domain.worker import WorkerSpec, WorkerState, next_number
from wqstudio.ui.scope import Scope

PRESETS = (("Fast", 3.0), ("Normal", 1.0), ("Slow", 0.3))
"""What the buttons say, and the speed they stand for."""


def choose(
    scope: Scope, snapshot: Snapshot | None, workers: Iterable[WorkerState], *, from_queues: bool = False
) -> Reading[Source]:
    """The consumer in scope; of a queue in scope that one which the latest worker uses, or the only one.

    ``from_queues``: workers take from a queue itself, whose consumers are other workers (RabbitMQ).

    Where the queue in scope has none, and where nothing is in scope: what the latest worker uses, unless that is over
    and its consumer gone, else the only one there is. Else Unknown with the reason: among several, the user chooses.
    """
    if scope.consumer and not from_queues:
        return Source(scope.queue, scope.consumer)
    there = _queues(snapshot) if from_queues else _sources(snapshot)
    in_scope = [source for source in there if source.queue == scope.queue]
    candidates = in_scope or there
    newest_first = sorted(workers, key=lambda worker: worker.id, reverse=True)
    listed = snapshot is not None and not isinstance(snapshot.queues, Unknown)
    used = [
        worker.spec.source
        for worker in newest_first
        if not (listed and worker.phase.over and worker.spec.source not in there)
    ]
    if in_scope:
        used = [source for source in used if source in in_scope]
    if used:
        return used[0]
    if len(candidates) == 1 and not (scope.queue and not in_scope):
        return candidates[0]
    return Unknown(_why_none(scope, snapshot, in_scope, there, from_queues=from_queues))


def choose_queue(scope: Scope, target: Reading[Source]) -> Reading[str]:
    """The queue in scope, whoever takes from it; else the one that ``target`` takes from."""
    if scope.queue:
        return scope.queue
    return (
        Unknown("Choose in the explorer where a new producer should publish.")
        if isinstance(target, Unknown)
        else target.queue
    )


def _why_none(
    scope: Scope, snapshot: Snapshot | None, in_scope: list[Source], there: list[Source], *, from_queues: bool
) -> str:
    if snapshot is not None and isinstance(snapshot.queues, Unknown):
        return "What there is could not be listed."
    if scope.queue and from_queues:
        return f"{scope.queue} is not a queue that workers take messages from."
    if in_scope:
        names = ", ".join(source.consumer for source in in_scope)
        return f"{scope.queue} has several consumers: {names}. Choose one in the explorer for new workers to take from."
    if scope.queue:
        return f"{scope.queue} has no consumer that a worker could take messages from."
    if there:
        return "Choose in the explorer whose messages new workers should take."
    return "There is nothing to take messages from yet. Running a scenario makes it."


def preset(index: int, source: Source, workers: Iterable[WorkerState], due: Iterable[str] = ()) -> WorkerSpec:
    """A worker like the latest one on the same source, at the preset's speed. ``due`` as in ``next_number``."""
    workers = list(workers)
    name, speed = PRESETS[index]
    alike = [worker.spec for worker in workers if worker.spec.source == source]
    number = next_number(name.lower(), workers, due)
    made = alike[-1] if alike else WorkerSpec("", source)
    return replace(made, name=f"{name.lower()}-{number}", speed=speed)


def _queues(snapshot: Snapshot | None) -> list[Source]:
    queues = known(snapshot.queues, {}) if snapshot is not None else {}
    return [Source(queue.name) for queue in queues.values() if not queue.dead_letters]


def _sources(snapshot: Snapshot | None) -> list[Source]:
    if snapshot is None or not isinstance(snapshot.queues, Mapping):
        return []
    return [
        Source(queue.name, consumer.name)
        for queue in snapshot.queues.values()
        for consumer in known(queue.consumers, ())
    ]
