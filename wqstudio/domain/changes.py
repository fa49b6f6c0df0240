"""What differs between two snapshots, so that a view touches only that."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.domain.reading import Unknown, known
from wqstudio.domain.snapshot import Snapshot

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Difference(Generic[K]):
    added: tuple[K, ...] = ()
    removed: tuple[K, ...] = ()
    changed: tuple[K, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class Changes:
    queues: Difference[str] = Difference()
    consumers: Difference[tuple[str, str]] = Difference()

    def __bool__(self) -> bool:
        return bool(self.queues or self.consumers)


def diff(old: Snapshot | None, new: Snapshot) -> Changes:
    """Compare by value. Where a listing is unknown nothing is reported removed: unknown is not empty."""
    before, after = _queues(old), _queues(new)
    if after is None:
        return Changes()
    before = before or {}
    return Changes(
        queues=_difference(before, after),
        consumers=_difference(_consumers(_without_unreadable(before, after)), _consumers(after)),
    )


def _queues(snapshot: Snapshot | None) -> Mapping[str, QueueState] | None:
    if snapshot is None:
        return None
    return snapshot.queues if isinstance(snapshot.queues, Mapping) else None


def _without_unreadable(before: Mapping[str, QueueState], after: Mapping[str, QueueState]) -> Mapping[str, QueueState]:
    """The queues whose consumers can be compared; where they cannot be read now they are not gone."""
    unreadable = {name for name, queue in after.items() if isinstance(queue.consumers, Unknown)}
    return {name: queue for name, queue in before.items() if name not in unreadable}


def _consumers(queues: Mapping[str, QueueState]) -> dict[tuple[str, str], ConsumerState]:
    return {consumer.key: consumer for queue in queues.values() for consumer in known(queue.consumers, ())}


V = TypeVar("V")


def _difference(old: Mapping[K, V], new: Mapping[K, V]) -> Difference[K]:
    return Difference(
        added=tuple(key for key in new if key not in old),
        removed=tuple(key for key in old if key not in new),
        changed=tuple(key for key, value in new.items() if key in old and value is not old[key] and value != old[key]),
    )
