"""Keeps, from poll to poll, what a single poll cannot tell: exhausted and uncovered messages, and acknowledgements."""

import asyncio
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from wqstudio.brokers.nats.jetstream.accounting import (
    Bracket,
    Split,
    accounted,
    filters_cover_all,
    is_countable,
)
from wqstudio.brokers.nats.jetstream.api import JetStreamApi
from wqstudio.brokers.nats.jetstream.poll import WAIT, Observed
from wqstudio.brokers.nats.jetstream.records import ConsumerInfo, StreamState
from wqstudio.brokers.pacing import paced
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.subjects import covers

BRACKETS_PER_POLL = 32
"""Streams looked at more closely in one poll; the others keep their value and come first in the next."""
SUBJECTS_COUNTED = 50_000
"""Distinct subjects up to which uncovered messages are counted: half a page of the server's answer, some 2 MB."""


@dataclass(slots=True)
class _Memory:
    created: str
    total: int = 0
    """Unaccounted messages, as far as proven."""
    split: Reading[Split] = field(default_factory=Split)
    settled_at: Hashable = None
    """State for which ``split`` is exact; while it lasts there is nothing to look into."""
    looked: int = 0
    """Number of the poll that took the last bracket."""
    acked: int = 0
    gone: int = 0
    settled: dict[str, int] = field(default_factory=dict)
    ahead: int = 0
    """Deliveries that had ended when the consumers were read, a moment after the stream."""


class Reckoning:
    def __init__(self, api: JetStreamApi) -> None:
        self._api = api
        self._memory: dict[str, _Memory] = {}
        self._poll = 0

    async def update(self, observed: Mapping[str, Observed]) -> None:
        """Take in one poll."""
        self._poll += 1
        memory: dict[str, _Memory] = {}
        doubtful: list[Observed] = []
        async for each in paced(observed.values()):
            if _readable(each):
                memory[each.name] = self._recall(each)
                if _is_doubtful(each, memory[each.name]):
                    doubtful.append(each)
            elif each.name in self._memory:
                memory[each.name] = self._memory[each.name]
        self._memory = memory
        doubtful.sort(key=lambda each: self._memory[each.name].looked)
        await asyncio.gather(*(self._look_closely(each) for each in doubtful[:BRACKETS_PER_POLL]))

    def split(self, stream: str) -> Reading[Split]:
        memory = self._memory.get(stream)
        return Split() if memory is None else memory.split

    def acked(self, stream: str) -> int:
        """Messages that left by acknowledgement; see ``_count_acked``."""
        memory = self._memory.get(stream)
        return 0 if memory is None else memory.acked

    def _recall(self, each: Observed) -> _Memory:
        assert not isinstance(each.stream, Unknown)
        assert not isinstance(each.consumers, Unknown)
        memory = self._memory.get(each.name)
        if memory is None or memory.created != each.stream.created:
            memory = _Memory(each.stream.created)
            memory.gone = each.stream.state.last_seq - each.stream.state.messages
            memory.settled = {consumer.name: consumer.settled for consumer in each.consumers}
            memory.acked = max(0, min(memory.gone, sum(memory.settled.values())))
        _count_acked(memory, each.stream.state, each.consumers)
        return memory

    async def _look_closely(self, each: Observed) -> None:
        memory = self._memory[each.name]
        memory.looked = self._poll
        try:
            bracket = await self._bracket(each.name)
            bounds = bracket.unaccounted
            if bounds.low > memory.total:
                # The server moves a message between its counters a moment after the acknowledgement or the
                # publish: two brackets in a row do not fall into that moment.
                bracket = await self._bracket(each.name)
                bounds = bounds.hull(bracket.unaccounted) if bounds.low > memory.total else bracket.unaccounted
            await self._move(memory, each, bracket, bounds.nearest(memory.total))
            if bounds.low == bounds.high:
                memory.settled_at = _fingerprint(bracket.after, bracket.consumers)
        except BrokerError:
            return  # the next poll looks again; until then what is proven stands

    async def _move(self, memory: _Memory, each: Observed, bracket: Bracket, total: int) -> None:
        if total == memory.total and not isinstance(memory.split, Unknown):
            return
        split = memory.split = await self._tell_apart(each, bracket, total)
        memory.total = total if isinstance(split, Unknown) else split.uncovered + split.stuck

    async def _bracket(self, name: str) -> Bracket:
        before = await self._api.stream(name)
        consumers = await self._api.consumers(name, WAIT)
        after = await self._api.stream(name)
        return Bracket(before.state, tuple(consumers.items.values()), after.state)

    async def _tell_apart(self, each: Observed, bracket: Bracket, total: int) -> Reading[Split]:
        assert not isinstance(each.stream, Unknown)
        if total == 0 or filters_cover_all(each.stream, bracket.consumers):
            return Split(stuck=total)
        if bracket.after.num_subjects > SUBJECTS_COUNTED:
            return Unknown(f"there are more than {SUBJECTS_COUNTED:,} subjects to tell apart")
        uncovered = await self._count_uncovered(each.name, bracket.consumers)
        return Split(uncovered, max(0, total - uncovered))

    async def _count_uncovered(self, name: str, consumers: Iterable[ConsumerInfo]) -> int:
        """From one answer, matched here: counts asked for filter by filter would be of different instants."""
        filters = [each for consumer in consumers for each in consumer.config.filters]
        counts = await self._api.subject_counts(name)
        uncovered = 0
        async for subject in paced(counts):
            if not any(covers(each, subject) for each in filters):
                uncovered += counts[subject]
        return uncovered


def _is_doubtful(each: Observed, memory: _Memory) -> bool:
    """The plain subtraction leaves something, or what it left once is not known to be the same still."""
    assert not isinstance(each.stream, Unknown)
    assert not isinstance(each.consumers, Unknown)
    if not each.consumers or not is_countable(each.stream, each.consumers):
        memory.total, memory.split, memory.settled_at = 0, Split(), None
        return False
    unsettled = memory.total > 0 or each.stream.state.messages > accounted(each.consumers)
    return unsettled and memory.settled_at != _fingerprint(each.stream.state, each.consumers)


def _count_acked(memory: _Memory, state: StreamState, consumers: Iterable[ConsumerInfo]) -> None:
    """Add the smaller of what left the stream and what consumers settled since the last poll.

    Leaving alone would count a purge, a deletion and an expiry as acknowledged; settling alone would count
    every delivery given back. What ended just after the stream was read leaves in the next poll's numbers.
    """
    gone = state.last_seq - state.messages
    left = gone - memory.gone
    settled = {consumer.name: consumer.settled for consumer in consumers}
    ended = sum(max(0, now - memory.settled.get(name, 0)) for name, now in settled.items())
    acked = max(0, min(left, ended + memory.ahead))
    memory.acked += acked
    memory.ahead = min(ended, ended + memory.ahead - acked)
    memory.gone, memory.settled = gone, settled


def _fingerprint(state: StreamState, consumers: Iterable[ConsumerInfo]) -> Hashable:
    return (
        state.messages,
        state.first_seq,
        state.last_seq,
        tuple(
            sorted(
                (each.name, each.num_pending, each.num_ack_pending, each.delivered.consumer_seq, each.config.filters)
                for each in consumers
            )
        ),
    )


def _readable(each: Observed) -> bool:
    return (
        not isinstance(each.stream, Unknown) and not isinstance(each.consumers, Unknown) and not each.unread_consumers
    )
