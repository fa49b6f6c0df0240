"""What a stream takes before it refuses new messages, or deletes older ones for them: no copy is to push one out.

A server that is told to discard the old confirms such a copy like any other, so it has to be known beforehand; one that
refuses what is too much says so itself, and a preview foresees it. What others publish meanwhile takes room that nobody
sees.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from wqstudio.brokers.figures import size as size_text
from wqstudio.brokers.nats.jetstream.api import JetStreamApi
from wqstudio.brokers.nats.jetstream.exchange import Request
from wqstudio.brokers.nats.jetstream.records import StreamConfig, StreamDetail
from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.domain.letter import Load, Shortage

_RECORDS = {"file": 34, "memory": 16}
"""Bytes that a stream counts for a message beside its subject, headers and body, by where it is kept."""
_AT_ONCE = 10
"""Subjects that are counted one by one."""


class _Limit(Enum):
    """The value is what the server's configuration calls it."""

    PAYLOAD = "max_payload"
    SIZE = "max_msg_size"
    MESSAGES = "max_msgs"
    BYTES = "max_bytes"
    SUBJECT = "max_msgs_per_subject"


_OF_ONE = (_Limit.PAYLOAD, _Limit.SIZE)
"""Which each message meets or not, however many there are."""


def evicts(config: StreamConfig) -> bool:
    """Whether it may delete older messages for a new one, other than for their age."""
    if config.discard == "old" and (config.max_msgs > 0 or config.max_bytes > 0):
        return True
    return config.max_msgs_per_subject > 0 and not _refuses_by_subject(config)


def is_limited(config: StreamConfig) -> bool:
    """Whether there may be a message that it does not take, or deletes older ones for."""
    return max(config.max_msgs, config.max_bytes, config.max_msgs_per_subject, config.max_msg_size) > 0


def _refuses_by_subject(config: StreamConfig) -> bool:
    return config.discard == "new" and config.discard_new_per_subject


@dataclass(slots=True)
class _Room:
    """Of one stream, for one message after the other."""

    config: StreamConfig
    max_payload: int
    """Bytes of headers and body that the server takes."""
    messages: int
    """Those that fit yet; negative where there is no limit."""
    size: int
    """Bytes; the same."""
    by_subject: Mapping[str, int]
    """Messages that there are, where their number is limited."""
    _taken: dict[str, int] = field(default_factory=dict)

    def lacks(self, subject: str, size: int) -> _Limit | None:
        """By which limit a message does not fit; None: it does, and is counted in. ``size``: of headers and body."""
        if (limit := self._limit(subject, size)) is not None:
            return limit
        self.messages -= self.messages > 0
        self.size -= self._record(subject, size) if self.size > 0 else 0
        self._taken[subject] = self._taken.get(subject, 0) + 1
        return None

    def why(self, limit: _Limit, subject: str) -> str:
        """One that would push others out is not published."""
        name, config = self.config.name, self.config
        if limit is _Limit.SUBJECT:
            return self._too_many_of(subject)
        most = f"{config.max_msgs:,} messages" if limit is _Limit.MESSAGES else size_text(config.max_bytes)
        return (
            f"{name} is full ({most}) and would delete its oldest for this one; raise {limit.value} there, or let "
            "workers take some, and try again."
        )

    def most(self, limit: _Limit) -> str:
        """The limit, and its value."""
        value = {
            _Limit.PAYLOAD: size_text(self.max_payload),
            _Limit.SIZE: size_text(self.config.max_msg_size),
            _Limit.MESSAGES: f"{self.config.max_msgs:,}",
            _Limit.BYTES: size_text(self.config.max_bytes),
            _Limit.SUBJECT: f"{self.config.max_msgs_per_subject:,}",
        }[limit]
        return f"{limit.value} {value}"

    def refuses(self, limit: _Limit) -> bool:
        """What is beyond it; else it deletes older messages for that."""
        return _refuses_by_subject(self.config) if limit is _Limit.SUBJECT else self.config.discard == "new"

    def _limit(self, subject: str, size: int) -> _Limit | None:
        if size > self.max_payload:
            return _Limit.PAYLOAD
        if 0 < self.config.max_msg_size < size:
            return _Limit.SIZE
        if self.messages == 0:
            return _Limit.MESSAGES
        if 0 <= self.size < self._record(subject, size):
            return _Limit.BYTES
        if self.config.max_msgs_per_subject > 0 and not self._left_of(subject):
            return _Limit.SUBJECT
        return None

    def _record(self, subject: str, size: int) -> int:
        return len(subject) + size + _RECORDS.get(self.config.storage, max(_RECORDS.values()))

    def _left_of(self, subject: str) -> int:
        """Under a subject that the stream changes it is not looked up what it holds of the other one: then it is none,
        where it would delete for it, and enough, where the server says no by itself.
        """
        if self.config.subject_transform is not None:
            return int(_refuses_by_subject(self.config))
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
    """One request for each stream and batch, and those that count its subjects."""

    def __init__(self, api: JetStreamApi, max_payload: int) -> None:
        """``max_payload``: bytes of headers and body that the server takes."""
        self._api = api
        self._max_payload = max_payload

    async def refusals(self, stream: str, requests: Sequence[Request]) -> list[str]:
        """Why each of them would push a message out; empty: it fits behind those before it, or the server refuses it
        by itself. UnreachableError.
        """
        subjects = [request.subject.decode() for request in requests]
        try:
            room = await self._room(stream, set(subjects))
        except UnreachableError:
            raise
        except BrokerError as error:
            return [f"Whether {stream} would delete older messages for it cannot be told: {error}"] * len(requests)
        reasons = []
        for subject, request in zip(subjects, requests, strict=True):
            limit = room.lacks(subject, len(request.headers) + len(request.body))
            pushes = limit is not None and limit not in _OF_ONE and not room.refuses(limit)
            reasons.append(room.why(limit, subject) if limit is not None and pushes else "")
        return reasons

    async def foretold(self, stream: str, loads: Mapping[str, Load]) -> Sequence[Shortage]:
        """What of this would not fit now, by subject; empty: all of it does. BrokerError."""
        room = await self._room(stream, loads)
        lacks = [room.lacks(route, size) for route, load in loads.items() for size in load.sizes]
        return list(_shortages(room, Counter(filter(None, lacks)), len(lacks)))

    async def _room(self, stream: str, subjects: Collection[str]) -> _Room:
        info = await self._api.stream(stream)
        config, state = info.config, info.state
        return _Room(
            config,
            self._max_payload,
            max(0, config.max_msgs - state.messages) if config.max_msgs > 0 else -1,
            max(0, config.max_bytes - state.bytes) if config.max_bytes > 0 else -1,
            await self._counts(info, subjects) if config.max_msgs_per_subject > 0 else {},
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


def _shortages(room: _Room, lacking: Counter[_Limit], count: int) -> Iterator[Shortage]:
    """Of ``count`` messages."""
    stream = room.config.name
    for limit in (each for each in _OF_ONE if lacking[each]):
        takes = "the server" if limit is _Limit.PAYLOAD else stream
        yield Shortage(
            f"{lacking[limit]:,} of these {count:,} would be larger with their headers than {takes} takes "
            f"({room.most(limit)}). They stay where they are.",
            lacking[limit],
        )
    full = [each for each in lacking if each not in _OF_ONE]
    if not full:
        return
    short = sum(lacking[each] for each in full)
    why = "refuses it" if all(map(room.refuses, full)) else "would delete its oldest messages for it"
    most = ", ".join(map(room.most, full))
    yield Shortage(
        f"{stream} has room for {count - short:,} of these {count:,} ({most}). The rest stays where it is: the stream "
        f"{why}.",
        short,
    )
