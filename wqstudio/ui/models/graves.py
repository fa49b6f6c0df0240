"""Where dead letters lie on a broker, and how many there are. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from wqstudio.domain.queue import ANY, QueueState
from wqstudio.domain.reading import Reading, Unknown, known, total
from wqstudio.domain.snapshot import Snapshot
from wqstudio.ui import format as figures


class Grave(NamedTuple):
    """A queue of dead letters, or the messages exhausted in place in a work queue."""

    queue: str
    exhausted: bool = False


class Place(NamedTuple):
    grave: Grave
    letters: Reading[int]


def places(snapshot: Snapshot | None) -> list[Place]:
    """The one with most letters first."""
    found = [place for queue in _queues(snapshot) for place in _of(queue)]
    return sorted(found, key=lambda place: (-known(place.letters, 0), place.grave))


def count(snapshot: Snapshot | None) -> Reading[int]:
    """At least so many: pointers that are kept, and what is exhausted where they lead, may be the same letters."""
    kept, pointed = count_kept(snapshot), _count_pointed(snapshot)
    if isinstance(kept, Unknown):
        return kept
    return kept + count_exhausted(snapshot) - min(pointed, _count_pointers(snapshot))


def count_kept(snapshot: Snapshot | None) -> Reading[int]:
    """Those in queues of dead letters."""
    if snapshot is None:
        return Unknown("The broker has not been read yet.")
    if isinstance(snapshot.queues, Unknown):
        return snapshot.queues
    return total([queue.messages for queue in snapshot.queues.values() if queue.dead_letters])


def _count_pointers(snapshot: Snapshot | None) -> int:
    """Of those that are kept, so many may be pointers."""
    return sum(known(queue.messages, 0) for queue in _queues(snapshot) if queue.dead_letters and queue.points_to)


def _count_pointed(snapshot: Snapshot | None) -> int:
    """Of what is exhausted in place, so many may be pointed to."""
    led_to = {name for queue in _queues(snapshot) if queue.dead_letters for name in queue.points_to}
    return sum(known(queue.stuck, 0) for queue in _queues(snapshot) if not led_to.isdisjoint((queue.name, ANY)))


def count_exhausted(snapshot: Snapshot | None) -> int:
    """As far as the broker tells."""
    return sum(known(queue.stuck, 0) for queue in _queues(snapshot))


def badge(dead: Reading[int]) -> str:
    """Of the tab: nothing where there are none, so that a count draws the eye."""
    return "Dead letters" if dead == 0 else f"Dead letters {figures.count(dead)}"


def badge_tip(snapshot: Snapshot | None) -> str:
    """What the badge is made of; empty: there is nothing to say."""
    kept, exhausted = count_kept(snapshot), count_exhausted(snapshot)
    if isinstance(kept, Unknown):
        return kept.reason
    if not exhausted:
        return f"{kept:,} in dead-letter queues" if kept else ""
    told = f"{kept:,} in dead-letter queues, {exhausted:,} exhausted in place"
    doubtful = _count_pointers(snapshot) and _count_pointed(snapshot)
    return f"{told}; some of the former may be pointers to the latter" if doubtful else told


def _queues(snapshot: Snapshot | None) -> Iterable[QueueState]:
    queues = snapshot.queues if snapshot is not None else {}
    return queues.values() if isinstance(queues, Mapping) else ()


def _of(queue: QueueState) -> Iterable[Place]:
    if queue.dead_letters:
        yield Place(Grave(queue.name), queue.messages)
    if known(queue.stuck, 0):
        yield Place(Grave(queue.name, exhausted=True), queue.stuck)
