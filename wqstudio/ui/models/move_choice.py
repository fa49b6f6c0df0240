"""Places that dead letters can be sent to, in the order in which one looks for them. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from wqstudio.domain.queue import QueueState
from wqstudio.engine.plan_words import HOME
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


def _text(queue: QueueState, origins: dict[str, None]) -> str:
    name = visible(queue.name)
    if queue.name in origins:
        return f"{name}  ·  origin"
    return f"{name}  ·  dead letters" if queue.dead_letters else name
