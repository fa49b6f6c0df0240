"""Counters one can take rates from, out of statistics that come in jumps, fall and vanish.

A node gathers a queue's counters every 5 s, so between two polls they stand still four times and then jump. Taken
as they are, every fifth second would show five seconds' work. A jump is therefore played out over the time in which it
was gathered: the counters come up to 5 s late, never too high, and end at the exact number.

Counters start again from 0 when a node restarts, and vanish with a node that leaves. What then falls is
unknown for one poll, so that no rate is taken across the fall.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from wqstudio.domain.reading import Reading, Unknown

GATHERED_EVERY = 5.0
"""Seconds; ``collect_statistics_interval`` in rabbitmq.conf."""
_AT_LEAST = 1.0
"""Seconds that a jump took to gather, though the one before was seen later than that: nobody counts more often."""
_FELL = Unknown("counted anew: the node restarted, left the cluster, or the queue was made again")


class Count(NamedTuple):
    published: int
    delivered: int
    acked: int
    redeliveries: int


@dataclass(frozen=True, slots=True)
class _Track:
    """Moves from ``start`` at ``since`` to ``goal`` at ``until``. Unix times in seconds."""

    start: Count
    goal: Count
    since: float
    until: float

    def at(self, now: float) -> Count:
        if now >= self.until or self.since >= self.until:
            return self.goal
        share = max(0.0, now - self.since) / (self.until - self.since)
        return Count(*(begin + int((end - begin) * share) for begin, end in zip(self.start, self.goal, strict=True)))


class Counters:
    """The counters of every queue that was seen."""

    def __init__(self) -> None:
        self._tracks: dict[str, _Track] = {}

    def read(self, queue: str, raw: Count | None, now: float) -> Reading[Count]:
        """``raw`` None: the node has no statistics of it. ``now`` is a unix time in seconds."""
        before = self._tracks.get(queue)
        if raw is None:
            self._tracks.pop(queue, None)
            return Unknown("the node has gathered no statistics of it yet")
        if before is None:
            self._tracks[queue] = _Track(raw, raw, now, now)
            return raw
        if any(new < old for new, old in zip(raw, before.goal, strict=True)):
            self._tracks[queue] = _Track(raw, raw, now, now)
            return _FELL
        if raw != before.goal:
            gathered = min(max(now - before.since, _AT_LEAST), GATHERED_EVERY)
            # Nodes of a cluster count at different instants: what is still to be played out keeps its time.
            self._tracks[queue] = _Track(before.at(now), raw, now, max(now + gathered, before.until))
        return self._tracks[queue].at(now)

    def forget_all_but(self, queues: set[str]) -> None:
        for gone in self._tracks.keys() - queues:
            del self._tracks[gone]


class RetryCounts:
    """Messages ever put into the retry queues of each queue; those expire, and their counters with them."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._sums: dict[str, int] = {}

    def read(self, queue: str, counts: Mapping[str, int]) -> int:
        """``counts``: messages published to each of the queue's retry queues that are there, by its name."""
        for name, count in counts.items():
            before = self._seen.get(name, 0)
            self._sums[queue] = self._sums.get(queue, 0) + (count - before if count >= before else count)
            self._seen[name] = count
        return self._sums.get(queue, 0)

    def forget_all_but(self, queues: set[str], retry_queues: set[str]) -> None:
        self._sums = {queue: count for queue, count in self._sums.items() if queue in queues}
        self._seen = {name: count for name, count in self._seen.items() if name in retry_queues}
