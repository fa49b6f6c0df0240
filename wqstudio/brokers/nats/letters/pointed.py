"""Dead letters of which a stream holds the advisory alone: the message is fetched from where it lies."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from wqstudio.brokers.letters import Held, after_asking
from wqstudio.brokers.nats.jetstream import advisories
from wqstudio.brokers.nats.jetstream.accounting import is_countable
from wqstudio.brokers.nats.jetstream.advisories import Advisory
from wqstudio.brokers.nats.jetstream.api import STREAM_NOT_FOUND, ApiError
from wqstudio.brokers.nats.jetstream.moving import MovingLink
from wqstudio.brokers.nats.jetstream.poll import WAIT
from wqstudio.brokers.nats.jetstream.records import ConsumerInfo, StreamDetail, StreamInfo
from wqstudio.brokers.nats.letters.removal import Remover
from wqstudio.brokers.nats.letters.standing import alive, made_after, reach
from wqstudio.brokers.nats.letters.stored import Shelf, Stored, moment
from wqstudio.brokers.port import BrokerError, UnreachableError

_TYPE = b'"io.nats.jetstream.advisory.v1.'
_TYPE_WITHIN = 100
"""Bytes; every server says the type first."""
_EXHAUSTED = "io.nats.jetstream.advisory.v1.max_deliver"
_TERMINATED = "io.nats.jetstream.advisory.v1.terminated"
_SKEW = timedelta(seconds=2)
"""By which the clocks of a cluster's servers may differ."""


class Original(NamedTuple):
    """What an advisory points to. ``subject`` and ``stamp`` are empty where it is gone."""

    pointer_subject: str
    pointer: bytes
    pointer_stamp: bytes
    advisory: Advisory
    subject: str = ""
    stamp: bytes = b""
    """When it was published; see ``Stored``."""
    removed_too: bool = False
    """The original is removed before its pointer; else it has to stay for others."""
    remains: str = ""
    """What stays where it is after a move, and why; for a person."""
    message: bytes = b""
    """What ``named`` calls the message, which is there, or was. Empty: its stream is gone, or another one."""

    @property
    def terminated(self) -> bool:
        return self.advisory.type == _TERMINATED


def advisory(message: Stored) -> Advisory | None:
    """None: the message is a letter itself. An advisory is one by its type, wherever it was forwarded to."""
    if _TYPE not in message.body[:_TYPE_WITHIN]:
        return None
    told = advisories.read(message.subject, message.body)
    if told is None or told.type not in {_EXHAUSTED, _TERMINATED} or not (told.stream and told.stream_seq):
        return None
    return told


@dataclass(slots=True)
class _Origin:
    """A stream that is pointed to."""

    info: StreamDetail
    key: bytes
    """See ``stream_key``."""
    shelf: Shelf
    remover: Remover
    consumers: Sequence[ConsumerInfo] = ()

    @property
    def removable(self) -> bool:
        """Each message is one consumer's; elsewhere others may need it still, or it is kept as history."""
        return is_countable(self.info, tuple(self.consumers))

    @property
    def refusal(self) -> str:
        return keeps_all(self.info) if self.removable else ""


class Released(NamedTuple):
    """What became of messages that lie elsewhere, by the ids of the letters that stand for them."""

    staying: Mapping[int, str] = MappingProxyType({})
    """Why."""
    asked: Collection[int] = ()
    """They were asked to be removed."""
    gone: Collection[int] = ()
    """Of these: they were not there when it was their turn."""


class Origins:
    """The originals of pointers, by stream."""

    def __init__(self, link: MovingLink) -> None:
        self._link = link
        self._known: dict[str, _Origin | str] = {}

    async def resolve(self, pointers: Iterable[tuple[Stored, Advisory]]) -> list[Held]:
        """One for each pointer, in their order, with the originals' bodies."""
        by_stream: dict[str, list[tuple[Stored, Advisory]]] = defaultdict(list)
        for pointer, told in pointers:
            by_stream[told.stream].append((pointer, told))
        held = [each for stream, some in by_stream.items() for each in await self._resolve(stream, some)]
        return sorted(held, key=lambda each: each.id)

    async def remove(self, letters: Iterable[Held]) -> Released:
        """Remove the originals."""
        by_stream: dict[str, dict[int, Held]] = defaultdict(dict)
        for held in letters:
            if isinstance(held.place, Original) and held.place.removed_too:
                by_stream[held.place.advisory.stream][held.id] = held
        staying, asked, gone = dict[int, str](), set[int](), set[int]()
        for stream, pointers in by_stream.items():
            with after_asking(bool(asked)):
                released = await self._remove(stream, pointers)
            staying |= released.staying
            asked.update(released.asked)
            gone.update(released.gone)
        return Released(staying, asked, gone)

    @property
    def streams(self) -> Mapping[str, bytes]:
        """Pointed to by those that were resolved, and there, with their keys."""
        return {name: each.key for name, each in self._known.items() if isinstance(each, _Origin)}

    def portion(self, limit: int) -> int:
        """How many pointers have originals of about ``limit`` bytes, as far as their streams are known."""
        return min(
            (each.shelf.portion(limit) for each in self._known.values() if isinstance(each, _Origin)), default=64
        )

    async def _remove(self, stream: str, pointers: Mapping[int, Held]) -> Released:
        """A message to which an earlier letter points, too, is not told to be gone: it may have gone with that one."""
        origin = await self._origin(stream)
        if isinstance(origin, str):
            return Released()  # the stream is gone, and its messages with it
        await self._look(origin)
        staying = {id_: alive(why) for id_, held in pointers.items() if (why := _reach(origin, held))}
        going = {id_: _original(held).advisory.stream_seq for id_, held in pointers.items() if id_ not in staying}
        refused, gone = await origin.remover.remove(np.unique(np.array(list(going.values()), np.int64)))
        staying |= {id_: refused[seq] for id_, seq in going.items() if seq in refused}
        gone_here = {id_ for id_, seq in going.items() if seq in gone and not pointers[id_].problem}
        return Released(staying, going, gone_here)

    async def _look(self, origin: "_Origin") -> None:
        listing = await self._link.api.consumers(origin.info.config.name, WAIT)
        origin.consumers = tuple(listing.items.values())

    async def _resolve(self, stream: str, pointers: Sequence[tuple[Stored, Advisory]]) -> list[Held]:
        origin = await self._origin(stream)
        if isinstance(origin, str):
            return [_lost(pointer, told, origin) for pointer, told in pointers]
        wanted = np.unique(np.array([told.stream_seq for _, told in pointers], np.int64))
        found = {message.seq: message for message in await origin.shelf.read(wanted)}
        await self._look(origin)
        return [_held(pointer, told, origin, found.get(told.stream_seq)) for pointer, told in pointers]

    async def _origin(self, stream: str) -> "_Origin | str":
        """Or why nothing of it can be read."""
        if stream not in self._known:
            self._known[stream] = await self._look_up(stream)
        return self._known[stream]

    async def _look_up(self, stream: str) -> "_Origin | str":
        try:
            info = await self._link.api.stream(stream)
        except UnreachableError:
            raise
        except BrokerError as error:
            gone = isinstance(error, ApiError) and error.err_code == STREAM_NOT_FOUND
            return f"Its stream {stream} is not there (any more)." if gone else str(error)
        return _Origin(info, stream_key(info), Shelf(self._link, info), Remover(self._link, info))


def stream_key(info: StreamInfo) -> bytes:
    """8 bytes for a stream, and others for one of its name that was made anew."""
    return blake2b(f"{info.config.name}\0{info.created}".encode(), digest_size=8).digest()


def named(key: bytes, seq: int) -> bytes:
    """A message in a stream of that key, however it was come across: there itself, or by a pointer in any stream."""
    return key + seq.to_bytes(8, "big")


class Twins:
    """Pointers to a message to which an earlier one points: it was exhausted again, or at several consumers."""

    def __init__(self) -> None:
        self._seen: dict[str, set[int]] = defaultdict(set)

    def told(self, letters: Sequence[Held]) -> Sequence[Held]:
        """The same, where the second and further ones have that for a problem."""
        return [self._told(held) if isinstance(held.place, Original) else held for held in letters]

    def _told(self, held: Held) -> Held:
        told = _original(held).advisory
        if held.problem or told.stream_seq not in self._seen[told.stream]:
            self._seen[told.stream].add(told.stream_seq)
            return held
        return held._replace(
            problem=f"An earlier letter points to the same message, {told.stream_seq} of {told.stream}."
        )


def keeps_all(info: StreamDetail) -> str:
    """Why a stream lets nothing be removed, and the remedy; empty: it does."""
    name, config = info.config.name, info.config
    if config.sealed:
        return f"Stream {name} is sealed: nothing can be removed from it for good. Copies can be published elsewhere."
    if config.deny_delete:
        return (
            f"Stream {name} forbids deleting messages (deny_delete), which cannot be changed; "
            "move its messages to a new stream that allows it, or let them expire."
        )
    if config.mirror is not None:
        return f"Stream {name} is a mirror of {config.mirror.name}; remove them there."
    return ""


def _held(pointer: Stored, told: Advisory, origin: _Origin, message: Stored | None) -> Held:
    problem = _mistaken(told, origin, message)
    if problem or message is None:
        return _lost(pointer, told, problem, _gone(told, origin) if message is None else b"")
    removable = origin.removable
    remains = "" if removable else f"The original stays in {told.stream}, whose messages are not one consumer's alone."
    place = Original(
        pointer.subject,
        pointer.body,
        pointer.stamp,
        told,
        message.subject,
        message.stamp,
        removable,
        remains,
        named(origin.key, message.seq),
    )
    held = Held(pointer.seq, message.subject, message.headers, message.body, place)
    if problem := origin.refusal or alive(_reach(origin, held)):
        return held._replace(place=place._replace(removed_too=False), problem=problem)
    return held


def _reach(origin: _Origin, held: Held) -> str:
    """See ``reach``; empty where the original stays for others anyway."""
    told = _original(held).advisory
    if not origin.removable:
        return ""
    at = _moment(told.timestamp)
    return reach(origin.consumers, held.route, told.stream_seq, announced_by=told.consumer, at=at)


def _original(held: Held) -> Original:
    assert isinstance(held.place, Original)
    return held.place


def _lost(pointer: Stored, told: Advisory, problem: str, message: bytes = b"") -> Held:
    """``message``: see ``Original``. A run that has removed it, and was cut off then, knows the pointer by it."""
    place = Original(pointer.subject, pointer.body, pointer.stamp, told, message=message)
    return Held(pointer.seq, pointer.subject, b"", b"", place, problem, lost=True)


def _gone(told: Advisory, origin: _Origin) -> bytes:
    """What ``named`` calls a message that is not there any more; empty: its stream is not, either."""
    return b"" if _is_made_anew(told, origin) else named(origin.key, told.stream_seq)


def _is_made_anew(told: Advisory, origin: _Origin) -> bool:
    """The stream, since the message died."""
    at = _moment(told.timestamp)
    return at is not None and made_after(origin.info.created, at)


def _mistaken(told: Advisory, origin: _Origin, message: Stored | None) -> str:
    """Why the message that is there under that sequence is not the one that died; empty: it is."""
    at = _moment(told.timestamp)
    if _is_made_anew(told, origin):
        return f"Stream {told.stream} was made anew since; the message went with the old one."
    if message is None and told.type == _TERMINATED:
        return f"A worker terminated it, which removed it from {told.stream}; only the advisory is left."
    if message is None:
        return f"The message is gone from {told.stream}: acknowledged, deleted or expired since."
    if at is not None and moment(message.stamp) > (at + _SKEW).timestamp():
        return f"Message {message.seq} of {told.stream} is another one, published after this one died."
    return ""


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
