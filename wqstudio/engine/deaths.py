"""Tells of dead letters by the places where they are kept growing, since not every broker says when a message dies."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from wqstudio.domain.events import Event, Level, Several, Topic
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.snapshot import Snapshot

_WAIT = 1.5
"""Seconds that the broker has to tell of a death itself."""
_TOLD_FOR = 10.0
"""Seconds for which what the broker told accounts for what arrives where dead letters are kept."""


class Deaths:
    """Follows the snapshots of one broker, and what the broker says of deaths, which is then not said twice."""

    def __init__(self) -> None:
        self._arrivals: dict[str, _Arrivals] = {}
        self._due: deque[tuple[float, str, int]] = deque()
        """When the growth was seen, where, and of how many."""
        self._told: deque[tuple[float, int]] = deque()
        """When the broker told of deaths, and of how many."""
        self._brought: defaultdict[str, deque[tuple[float, int]]] = defaultdict(deque)
        """By queue: when the studio itself put messages there, and how many."""

    def heard(self, event: Event) -> None:
        """What the broker told by itself."""
        if event.topic is Topic.DEAD_LETTER:
            self._told.append((event.at, event.count))

    def brought(self, at: float, queue: str, count: int) -> None:
        """What the studio itself put there did not die."""
        self._brought[queue].append((at, count))

    def of(self, snapshot: Snapshot, changed: Iterable[str]) -> Iterator[Event]:
        """``changed``: the queues that are not as they were in the snapshot before."""
        queues = snapshot.queues if isinstance(snapshot.queues, Mapping) else {}
        for name in changed:
            if queues[name].dead_letters and (count := self._arrived(queues[name])):
                self._due.append((snapshot.at, name, count))
        while self._due and snapshot.at - self._due[0][0] >= _WAIT:
            at, name, count = self._due.popleft()
            here = count - _accounted(self._brought[name], at, count)
            if untold := here - _accounted(self._told, at, here):
                yield _died(at, name, untold)

    def _arrived(self, queue: QueueState) -> int:
        there = self._arrivals.get(queue.name)
        if there is None:
            self._arrivals[queue.name] = _Arrivals(queue.published, queue.messages)
            return 0
        return there.since(queue)


@dataclass(slots=True)
class _Arrivals:
    """How many came to a queue, by two figures: a counter that may lag or not count them, and how many are kept.

    Neither ever counts too many, so the larger sum is the better one.
    """

    published: Reading[int]
    messages: Reading[int]
    by_counter: int = 0
    by_length: int = 0
    told: int = 0

    def since(self, queue: QueueState) -> int:
        """Those not told of before."""
        self.by_counter += _growth(self.published, queue.published)
        self.by_length += _growth(self.messages, queue.messages)
        self.published = _latest(self.published, queue.published)
        self.messages = _latest(self.messages, queue.messages)
        before, self.told = self.told, max(self.by_counter, self.by_length)
        return self.told - before


def _accounted(told: deque[tuple[float, int]], at: float, count: int) -> int:
    """Of so many arrivals, those that are told of there, which are used up."""
    while told and told[0][0] < at - _TOLD_FOR:
        told.popleft()
    left = count
    while left and told:
        when, some = told.popleft()
        if some > left:
            told.appendleft((when, some - left))
        left -= min(left, some)
    return count - left


def _growth(before: Reading[int], now: Reading[int]) -> int:
    return 0 if isinstance(before, Unknown) or isinstance(now, Unknown) else max(0, now - before)


def _latest(before: Reading[int], now: Reading[int]) -> Reading[int]:
    return before if isinstance(now, Unknown) else now


def _died(at: float, queue: str, count: int) -> Event:
    text = f"{count:,} message{'' if count == 1 else 's'} died into {queue}"
    several = Several("", f" messages died into {queue}")
    return Event(at, Topic.DEAD_LETTER, text, Level.WARNING, queue, several, count)
