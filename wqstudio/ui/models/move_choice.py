"""Places that dead letters can be sent to, in the order in which one looks for them. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from wqstudio.domain.queue import QueueState
from wqstudio.engine.moves.plan_words import HOME
from wqstudio.ui.names import visible

EACH_HOME = f"Each to {HOME.replace('they', 'it')}"


class Place(NamedTuple):
    queue: str | None
    """None: each to where it came from."""
    text: str


def places(queues: Iterable[QueueState], source: str, origins: Iterable[str]) -> list[Place]:
    """Where they came from first, then work, then other places for dead letters; never where they lie."""
    first = dict.fromkeys(origins)
    others = sorted(queues, key=lambda queue: (queue.name not in first, queue.dead_letters, queue.name.casefold()))
    found = [Place(None, EACH_HOME)]
    found += [Place(each.name, _text(each, first)) for each in others if each.name != source]
    return found


def import_places(queues: Iterable[QueueState], here: str) -> list[Place]:
    """As ``places``, of exported messages: back to the queue that is looked at, if there is one, comes second."""
    first, *others = places(queues, "", ())
    others.sort(key=lambda place: place.queue != here)
    return [first, *(_at(place, here) for place in others)]


def _at(place: Place, here: str) -> Place:
    return place._replace(text=f"{place.text}  ·  shown here") if place.queue == here else place


def _text(queue: QueueState, origins: dict[str, None]) -> str:
    name = visible(queue.name)
    if queue.name in origins:
        return f"{name}  ·  origin"
    return f"{name}  ·  dead letters" if queue.dead_letters else name
