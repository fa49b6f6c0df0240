"""What a producer publishes: tasks drawn from its mix, each with its route and its body. Pure, but for the clock."""

import re
import time
import zlib
from itertools import accumulate
from random import Random
from typing import NamedTuple

from wqstudio.domain.routes import KIND, NUMBER, PARTITION
from wqstudio.domain.task import Task, encode
from wqstudio.domain.worker import ProducerSpec, TaskKind


class _Kind(NamedTuple):
    kind: TaskKind
    route: str
    """With the number still to be put in, where there is one."""
    numbered: bool
    body: bytes


class Mix:
    """The same tasks in the same order for the same spec."""

    def __init__(self, spec: ProducerSpec) -> None:
        self._spec = spec
        self._rng = Random(spec.seed)  # noqa: S311 - simulation, not secrets
        self._weights = [*accumulate(kind.weight for kind in spec.mix)]
        self._kinds = [_prepared(spec, kind) for kind in spec.mix]

    def draw(self, sequence: int) -> tuple[str, bytes, float]:
        """Route and body of the next task, and the unix time at which it is due; 0: at once."""
        drawn = self._rng.choices(self._kinds, cum_weights=self._weights)[0] if self._weights[1:] else self._kinds[0]
        route = drawn.route.replace(NUMBER, str(sequence)) if drawn.numbered else drawn.route
        return route, drawn.body, time.time() + drawn.kind.due if drawn.kind.due else 0.0


def word(title: str) -> str:
    """A title as one word of a subject or routing key: letters, digits and hyphens."""
    return "-".join(re.findall(r"\w+", title)) or "task"


def partition(title: str, partitions: int) -> int:
    return zlib.crc32(word(title).encode()) % partitions


def cannot_be_published(spec: ProducerSpec) -> str:
    """Why not, and the remedy; empty: it can be."""
    if not spec.mix or sum(kind.weight for kind in spec.mix) <= 0:
        return "A producer needs at least one kind of task with a weight above 0."
    if spec.partitions < 1:
        return f"There have to be 1 or more partitions, not {spec.partitions}."
    if spec.dots and any(kind.poison or kind.permanent for kind in spec.mix):
        return "A text of dots cannot say that a task fails; publish JSON instead."
    if spec.dots and any("." in kind.title for kind in spec.mix):
        return "In a text of dots each dot is a unit of work; leave them out of the titles."
    return ""


def _prepared(spec: ProducerSpec, kind: TaskKind) -> _Kind:
    route = spec.route.replace(KIND, word(kind.title))
    route = route.replace(PARTITION, str(partition(kind.title, spec.partitions)))
    task = Task(kind.title, kind.difficulty, kind.poison, kind.permanent)
    return _Kind(kind, route, NUMBER in route, encode(task, spec.padding, dots=spec.dots))
