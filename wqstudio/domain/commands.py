"""What a user can ask for, as data. The executor is the one door through which they pass."""

from dataclasses import dataclass
from typing import TypeAlias

from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.worker import ProducerSpec, WorkerSpec


@dataclass(frozen=True, slots=True)
class EnsureQueue:
    """Make the queue and its consumers, or leave them as they are when they already fit."""

    spec: QueueSpec


@dataclass(frozen=True, slots=True)
class RemoveOwnQueues:
    """Remove queues that the studio made on this broker: those named, or (None) all."""

    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StartWorker:
    spec: WorkerSpec
    confirmed: bool = False
    """The user knows that the queue is not the studio's, and wants it all the same."""


@dataclass(frozen=True, slots=True)
class StartProducer:
    spec: ProducerSpec
    confirmed: bool = False
    """As for a worker."""


Command: TypeAlias = EnsureQueue | RemoveOwnQueues | StartWorker | StartProducer


def describe(command: Command) -> str:
    """The command in a person's words, for the event log and for errors."""
    match command:
        case EnsureQueue(spec):
            return f"make {spec.name}"
        case RemoveOwnQueues(names):
            return f"remove {', '.join(names) if names is not None else 'all that the studio made'}"
        case StartWorker(spec, _):
            before = f"{spec.prior.queue} before " if spec.prior is not None else ""
            return f"start worker {spec.name} on {before}{spec.source.queue}"
        case StartProducer(spec, _):
            return f"start producer {spec.name} into {spec.queue}"
