"""Which queue's dead letters go where, as lines below the queues at both ends."""

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from wqstudio.domain.queue import QueueState
from wqstudio.ui.names import visible

_MOST_LINES = 3
"""More links than this at one queue are folded into one line."""


class Way(Enum):
    OUT = "→"
    IN = "←"


@dataclass(frozen=True, slots=True)
class DeadLink:
    queue: str
    """Where the line stands."""
    way: Way
    others: tuple[str, ...]
    """At the other end; several where they are folded into one line."""
    rests: bool
    """They stay there as dead letters. Otherwise they are work again, as after a delay."""
    listed: bool = True
    """The other end is among the queues that can be seen."""
    dead_end: str = ""
    """They go to what is not there: as ``QueueState.dead_end``."""

    @property
    def text(self) -> str:
        return "↻ back into itself" if self._is_loop else f"{self.way.value} {self._end}"

    @property
    def sentence(self) -> str:
        others = self._end
        if self.dead_end:
            return visible(self.dead_end)
        if self._is_loop:
            return "What dies here comes back into the queue itself"
        if self.way is Way.IN:
            return f"Dead letters of {others} come here"
        if not self.listed:
            return f"Dead letters go to {others}, which is not among the queues listed"
        return f"Dead letters go to {others}" if self.rests else f"What expires or is rejected here goes to {others}"

    @property
    def _is_loop(self) -> bool:
        return self.others == (self.queue,)

    @property
    def _end(self) -> str:
        if not self.others:
            return "nowhere"
        return visible(self.others[0]) if len(self.others) == 1 else f"{len(self.others)} queues"


class _Ends(NamedTuple):
    """Of a queue."""

    targets: tuple[str, ...]
    """Where its dead letters go."""
    keeps: bool
    """Those of others come to rest in it."""
    dead_end: str


class DeadLinks:
    """The links between all queues, kept up to date queue by queue."""

    def __init__(self) -> None:
        self._ends: dict[str, _Ends] = {}
        self._sources: defaultdict[str, set[str]] = defaultdict(set)

    def put(self, queue: QueueState) -> AbstractSet[str]:
        """The queues whose links may differ now; there need not be such."""
        new = _Ends(queue.dead_letter_queues, queue.dead_letters, queue.dead_end)
        old = self._ends.get(queue.name)
        if old == new:
            return frozenset()
        affected = {queue.name} | (self.drop(queue.name) if old is not None else set())
        self._ends[queue.name] = new
        for target in queue.dead_letter_queues:
            self._sources[target].add(queue.name)
        return affected | set(queue.dead_letter_queues) | self._sources.get(queue.name, set())

    def drop(self, queue: str) -> set[str]:
        """As ``put``, for a queue that is gone."""
        targets = self._ends.pop(queue).targets
        for target in targets:
            self._sources[target].discard(queue)
        return set(targets) | self._sources.get(queue, set())

    def clear(self) -> None:
        self._ends.clear()
        self._sources.clear()

    def of(self, queue: str) -> list[DeadLink]:
        targets, keeps, dead_end = self._ends[queue]
        if not targets and not keeps and not dead_end:
            return []
        outgoing = [self._outgoing(queue, target) for target in sorted(targets)]
        if dead_end:
            outgoing = [DeadLink(queue, Way.OUT, targets, rests=False, listed=False, dead_end=dead_end)]
        sources = sorted(self._sources.get(queue, set()) - {queue}) if keeps else []
        incoming = [DeadLink(queue, Way.IN, (source,), rests=True) for source in sources]
        return [*_folded(outgoing), *_folded(incoming)]

    def _outgoing(self, queue: str, target: str) -> DeadLink:
        end = self._ends.get(target)
        return DeadLink(queue, Way.OUT, (target,), rests=end is None or end.keeps, listed=end is not None)


def _folded(links: Sequence[DeadLink]) -> Iterator[DeadLink]:
    if len(links) <= _MOST_LINES:
        yield from links
        return
    first = links[0]
    others = tuple(other for link in links for other in link.others)
    yield DeadLink(first.queue, first.way, others, rests=any(link.rests for link in links))
