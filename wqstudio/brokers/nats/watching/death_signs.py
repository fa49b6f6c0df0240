"""Streams that keep dead letters though their configuration does not say so: a message in them tells of its death.

JetStream knows no dead letters: workers copy them, with headers of their own, into a stream like any other. Only a
stream that nobody consumes is looked at, and only where somebody named it for dead letters; one message is read then.
"""

import asyncio
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from wqstudio.brokers.naming_habits import names_dead_letters
from wqstudio.brokers.nats.jetstream import marks
from wqstudio.brokers.nats.jetstream.api import JetStreamApi
from wqstudio.brokers.nats.jetstream.poll import Observed
from wqstudio.brokers.nats.jetstream.records import StreamConfig, StreamInfo
from wqstudio.brokers.nats.letters.told import tells_of_a_death
from wqstudio.brokers.pacing import paced
from wqstudio.brokers.port import BrokerError, DeniedError
from wqstudio.domain.reading import Unknown

READS_PER_POLL = 16
"""Streams of which a message is read in one poll; the others follow in the next."""
AGAIN_AFTER = 10.0
"""Seconds until another message of the same stream is read, where the one before told nothing."""


@dataclass(slots=True)
class _Memory:
    stream: str
    created: str
    first: int
    """Sequence of the oldest message."""
    read: int = 0
    """Sequence of the message that was read; 0: none was."""
    read_at: float = -math.inf
    """By the monotonic clock."""
    found: bool = False
    """Stays so while it is the same stream: somebody may look through it with a consumer, or empty it."""


class DeathSigns:
    """Remembers from poll to poll what was found in which stream."""

    def __init__(self, api: JetStreamApi) -> None:
        self._api = api
        self._memory: dict[str, _Memory] = {}

    def found(self, stream: str) -> bool:
        memory = self._memory.get(stream)
        return memory is not None and memory.found

    async def update(self, observed: Mapping[str, Observed]) -> None:
        """Take in one poll. What cannot be read tells nothing."""
        memory: dict[str, _Memory] = {}
        due: list[_Memory] = []
        async for each in paced(observed.values()):
            kept = self._recall(each)
            if kept is not None:
                memory[each.name] = kept
                if not isinstance(each.stream, Unknown) and _is_due(kept, each.stream):
                    due.append(kept)
        self._memory = memory
        due.sort(key=lambda each: each.read_at)
        await asyncio.gather(*(self._look(each) for each in due[:READS_PER_POLL]))

    def _recall(self, each: Observed) -> _Memory | None:
        """None: it is not named for dead letters."""
        memory = self._memory.get(each.name)
        if isinstance(each.stream, Unknown):
            return memory
        if memory is not None and memory.created == each.stream.created:
            memory.first = each.stream.state.first_seq
            return memory
        if each.stream.state.consumer_count or not _is_named_for_them(each.stream.config):
            return None
        return _Memory(each.name, each.stream.created, each.stream.state.first_seq)

    async def _look(self, memory: _Memory) -> None:
        memory.read, memory.read_at = memory.first, time.monotonic()
        try:
            message = await self._api.next_message(memory.stream, memory.first)
        except DeniedError:
            memory.read_at = math.inf  # each try would be a line in the server's log
        except BrokerError:
            memory.read = 0
        else:
            memory.found = message is not None and tells_of_a_death(message.hdrs)


def _is_due(memory: _Memory, stream: StreamInfo) -> bool:
    """The oldest message is read: while it stays, what comes after it tells nothing new."""
    if memory.found or stream.state.consumer_count or not stream.state.messages:
        return False
    return memory.first != memory.read and time.monotonic() - memory.read_at >= AGAIN_AFTER


def _is_named_for_them(config: StreamConfig) -> bool:
    said = (config.name, config.description, *(config.subjects or ()), *(config.metadata or {}).values())
    return not marks.keeps_dead_letters(config) and any(map(names_dead_letters, said))
