"""What a stream takes before it deletes older messages for new ones: no copy is to push a message out.

A server that is told to discard the old confirms such a copy like any other, so it has to be known beforehand. What
others publish meanwhile takes room that nobody sees.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from wqstudio.brokers.figures import size as size_text
from wqstudio.brokers.nats.api import JetStreamApi
from wqstudio.brokers.nats.exchange import Request
from wqstudio.brokers.nats.records import StreamConfig, StreamDetail
from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.domain.letter import Load, Shortage

_RECORD = 34
"""Bytes that a stream in a file counts for a message beside its subject, headers and body; in memory it is less."""
_OWN_HEADERS = 140
"""Bytes of the headers that a copy gets, about."""
_AT_ONCE = 10
"""Subjects that are counted one by one."""


def evicts(config: StreamConfig) -> bool:
    """Whether it may delete older messages for a new one, other than for their age."""
    if config.discard == "old" and (config.max_msgs > 0 or config.max_bytes > 0):
        return True
    return _evicts_by_subject(config)


def _evicts_by_subject(config: StreamConfig) -> bool:
    return config.max_msgs_per_subject > 0 and not (config.discard == "new" and config.discard_new_per_subject)


@dataclass(slots=True)
class _Room:
    """Of one stream; ``take`` says why a message does not fit, or counts it in."""

    config: StreamConfig
    messages: int
    """Those that fit yet; negative where there is no limit."""
    size: int
    """Bytes; the same."""
    by_subject: Mapping[str, int]
    """Messages that there are, where their number is limited."""
    _taken: dict[str, int] = field(default_factory=dict)

    def take(self, subject: str, size: int) -> str:
        name = self.config.name
        if self.messages == 0:
            return (
                f"{name} is full ({self.config.max_msgs:,} messages) and would delete its oldest for this one; raise "
                "max_msgs there, or let workers take some, and try again."
            )
        if 0 <= self.size < size:
            return (
                f"{name} is full ({size_text(self.config.max_bytes)}) and would delete its oldest for this one; raise "
                "max_bytes there, or let workers take some, and try again."
            )
        if _evicts_by_subject(self.config) and not self.left_of(subject):
            return self._too_many_of(subject)
        self.messages -= self.messages > 0
        self.size -= size if self.size > 0 else 0
        self._taken[subject] = self._taken.get(subject, 0) + 1
        return ""

    def left_of(self, subject: str) -> int:
        """Under a subject that the stream changes, none: what it holds of the other one is not looked up."""
        if self.config.subject_transform is not None:
            return 0
        there = self.by_subject.get(subject, 0) + self._taken.get(subject, 0)
        return max(0, self.config.max_msgs_per_subject - there)

    def _too_many_of(self, subject: str) -> str:
        most = self.config.max_msgs_per_subject
        if self.config.subject_transform is not None:
            return (
                f"{self.config.name} keeps {most:,} of a subject (max_msgs_per_subject) and renames {subject}, so that "
                "nobody can tell whether it would delete an older one for this; choose another destination."
            )
        return (
            f"{self.config.name} holds {most:,} of {subject}, as many as of any subject, and would delete the oldest "
            "for this one; raise max_msgs_per_subject there, or let workers take some, and try again."
        )


class Rooms:
    """Of streams that evict (``evicts``): one request for each stream and batch, and those that count its subjects."""

    def __init__(self, api: JetStreamApi) -> None:
        self._api = api

    async def refusals(self, stream: str, requests: Sequence[Request]) -> list[str]:
        """Why each of them would push a message out; empty: it fits behind those before it. UnreachableError."""
        subjects = [request.subject.decode() for request in requests]
        try:
            room = await self._room(stream, set(subjects))
        except UnreachableError:
            raise
        except BrokerError as error:
            return [f"Whether {stream} would delete older messages for it cannot be told: {error}"] * len(requests)
        sizes = [len(request.subject) + len(request.headers) + len(request.body) + _RECORD for request in requests]
        return [room.take(subject, size) for subject, size in zip(subjects, sizes, strict=True)]

    async def foretold(self, stream: str, loads: Mapping[str, Load]) -> Shortage | None:
        """What of this would not fit now, by subject; None: all of it does. BrokerError."""
        room = await self._room(stream, loads)
        count = sum(load.count for load in loads.values())
        needed = sum(load.size + load.count * (len(route) + _OWN_HEADERS + _RECORD) for route, load in loads.items())
        if 0 <= room.messages < count:
            return _shortage(
                f"{stream} has room for {room.messages:,} of these {count:,} (max_msgs {room.config.max_msgs:,})",
                count - room.messages,
            )
        if 0 <= room.size < needed:
            return _shortage(
                f"{stream} has room for {size_text(room.size)} of these {size_text(needed)} "
                f"(max_bytes {size_text(room.config.max_bytes)})",
                count if not room.size else 1,
            )
        if _evicts_by_subject(room.config):
            fitting = sum(min(load.count, room.left_of(route)) for route, load in loads.items())
            if fitting < count:
                most = f"max_msgs_per_subject {room.config.max_msgs_per_subject:,}"
                return _shortage(f"{stream} has room for {fitting:,} of these {count:,} ({most})", count - fitting)
        return None

    async def _room(self, stream: str, subjects: Collection[str]) -> _Room:
        info = await self._api.stream(stream)
        config, state = info.config, info.state
        old = config.discard == "old"
        return _Room(
            config,
            max(0, config.max_msgs - state.messages) if old and config.max_msgs > 0 else -1,
            max(0, config.max_bytes - state.bytes) if old and config.max_bytes > 0 else -1,
            await self._counts(info, subjects) if _evicts_by_subject(config) else {},
        )

    async def _counts(self, info: StreamDetail, subjects: Collection[str]) -> Mapping[str, int]:
        """All at once where they are many; a server tells of 100,000 at most."""
        name = info.config.name
        if len(subjects) > _AT_ONCE and info.state.num_subjects < 100_000:
            return await self._api.subject_counts(name)
        counts: dict[str, int] = {}
        for subject in subjects:
            counts |= await self._api.subject_counts(name, subject)
        return counts


def _shortage(said: str, staying: int) -> Shortage:
    return Shortage(f"{said}. The rest stays where it is: the stream would delete its oldest messages for it.", staying)
