"""Tells of dead letters by the places where they are kept growing, since not every broker says when a message dies."""

import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from wqstudio.domain.events import Event, Level, Several, Topic
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.snapshot import Snapshot

_WAIT = 1.5
"""Seconds that the broker has to tell of a death itself."""
_FOUND_WITHIN = 15.0
"""Seconds from a queue's being made until it is known that it keeps dead letters: RabbitMQ's bindings come late."""
_TOLD_FOR = 10.0
"""Seconds for which what the broker told accounts for what arrives where dead letters are kept."""


class Deaths:
    """Follows the snapshots of one broker, and what the broker says of deaths, which is then not said twice."""

    def __init__(self) -> None:
        self._arrivals: dict[str, _Arrivals] = {}
        self._watching = False
        """Queues were listed before: one that is new now was made meanwhile."""
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
        """What the studio itself put there did not die. What is no queue's name is a subject that leads to some."""
        self._brought[queue].append((at, count))

    def of(self, snapshot: Snapshot, changed: Iterable[str]) -> Iterator[Event]:
        """``changed``: the queues that are not as they were in the snapshot before."""
        queues = snapshot.queues if isinstance(snapshot.queues, Mapping) else {}
        for name in changed:
            if count := self._arrived(queues[name], snapshot.at):
                self._due.append((snapshot.at, name, count))
        self._watching = self._watching or isinstance(snapshot.queues, Mapping)
        while self._due and snapshot.at - self._due[0][0] >= _WAIT:
            at, name, count = self._due.popleft()
            for told in (self._brought[name], *self._by_subject(queues), self._told):
                count -= _accounted(told, at, count)
            if count:
                yield _died(name, count)

    def _by_subject(self, queues: Mapping[str, QueueState]) -> list[deque[tuple[float, int]]]:
        return [brought for name, brought in self._brought.items() if name not in queues]

    def _arrived(self, queue: QueueState, at: float) -> int:
        there = self._arrivals.get(queue.name)
        if there is None or there.is_of_another(queue):
            # by name alone it was perhaps not seen before
            made = there is not None or (self._watching and queue.counted_consumers is None)
            there = _Arrivals(0, 0, at) if made else _Arrivals(queue.published, queue.messages)
            self._arrivals[queue.name] = there
        return there.since(queue, at)


@dataclass(slots=True)
class _Arrivals:
    """How many came to a queue, by two figures: a counter that may lag or not count them, and how many are kept.

    Neither ever counts too many, so the larger sum is the better one.
    """

    published: Reading[int]
    messages: Reading[int]
    made: float | None = None
    """Unix time in seconds; None: it was there before anybody looked."""
    keeps_dead: bool = False
    by_counter: int = 0
    by_length: int = 0
    told: int = 0
    created: str = ""

    def is_of_another(self, queue: QueueState) -> bool:
        """One that was deleted and made anew meanwhile, as far as the broker tells."""
        return bool(self.created and queue.created) and queue.created != self.created

    def since(self, queue: QueueState, at: float) -> int:
        """Dead letters not told of before."""
        self.created = queue.created or self.created
        self.by_counter += _growth(self.published, queue.published)
        self.by_length += _growth(self.messages, queue.messages)
        self.published = _latest(self.published, queue.published)
        self.messages = _latest(self.messages, queue.messages)
        came = max(self.by_counter, self.by_length)
        is_new = self.made is not None and at - self.made <= _FOUND_WITHIN
        if not self.keeps_dead and not is_new:
            self.told = came  # what was there before it was one of dead letters
        self.keeps_dead = queue.dead_letters
        if not queue.dead_letters:
            return 0
        before, self.told = self.told, came
        return came - before


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


def _died(queue: str, count: int) -> Event:
    """Of now: by when it was seen to come it would stand before what was told meanwhile."""
    text = f"{count:,} message{'' if count == 1 else 's'} died into {queue}"
    several = Several("", f" messages died into {queue}")
    return Event(time.time(), Topic.DEAD_LETTER, text, Level.WARNING, queue, several, count)
