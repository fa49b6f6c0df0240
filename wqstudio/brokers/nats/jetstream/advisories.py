"""JetStream's advisories as sentences.

Subscribed to by kind, and never as ``$JS.EVENT.ADVISORY.>``: that would have the server send an audit of every
API request with the whole answer in it, which doubles the traffic of each poll.
"""

import logging
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from wqstudio.brokers.nats.jetstream.records import Count
from wqstudio.domain.events import Event, Level, Several, Topic

SUBJECTS = tuple(f"$JS.EVENT.ADVISORY.{kind}.>" for kind in ("STREAM", "CONSUMER", "SERVER", "DOMAIN"))
DELETED_IN_FLIGHT = "Unacknowledged message was deleted"
"""The reason JetStream gives for terminating a message that went with its stream, or was deleted by itself."""

_log = logging.getLogger(__name__)


class Advisory(msgspec.Struct, frozen=True, gc=False):
    """The fields of all kinds."""

    type: str
    timestamp: str = ""
    stream: str = ""
    consumer: str = ""
    stream_seq: Count = 0
    deliveries: Count = 0
    action: str = ""
    reason: str = ""
    leader: str = ""
    server: str = ""
    paused: bool = False
    pause_until: str = ""


_Sentence = Callable[[Advisory], str]
_decoder = msgspec.json.Decoder(Advisory)
_PREFIX = "io.nats.jetstream.advisory.v1."


def read(subject: str, data: bytes) -> Advisory | None:
    """None for what does not decode: somebody else may publish on these subjects."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        _log.debug("ignored a malformed advisory on %s: %s", subject, error)
        return None


def tell(advisory: Advisory, at: float, more: int = 0) -> Event | None:
    """``more`` counts others like it that came within the same second. None: a kind that tells a person nothing."""
    known = _KINDS.get(advisory.type.removeprefix(_PREFIX))
    if known is None:
        _log.debug("ignored an advisory of type %s", advisory.type)
        return None
    text, several = known.sentence(advisory), known.several(advisory)
    if more:
        text = several.said(more + 1) if several is not None else f"{text} … and {more:,} more"
    return Event(at, known.topic, text, known.level, advisory.stream, several, more + 1)


def _whose(advisory: Advisory) -> str:
    return f"consumer {advisory.consumer} of {advisory.stream}" if advisory.consumer else f"stream {advisory.stream}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _terminated(advisory: Advisory) -> str:
    message = f"message {advisory.stream_seq} of {advisory.stream}"
    if advisory.reason == DELETED_IN_FLIGHT:
        return f"{_capital(message)} was deleted while consumer {advisory.consumer} had given it out"
    why = f": {advisory.reason}" if advisory.reason else ""
    return f"A worker terminated {message} (consumer {advisory.consumer}, {_nth(advisory.deliveries)} delivery){why}"


def _many_terminated(advisory: Advisory) -> Several:
    if advisory.reason == DELETED_IN_FLIGHT:
        return Several("", f" messages of {advisory.stream} were deleted while they were in flight")
    return Several("Workers terminated ", f" messages of {advisory.stream} (consumer {advisory.consumer})")


def _action(advisory: Advisory) -> str:
    done = {"create": "made", "modify": "changed", "delete": "removed"}.get(advisory.action, advisory.action)
    return f"{_capital(_whose(advisory))} was {done}"


def _nth(count: int) -> str:
    suffix = "th" if count % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{suffix}"


class _Kind(NamedTuple):
    topic: Topic
    level: Level
    sentence: _Sentence
    several: Callable[[Advisory], Several | None] = lambda _: None


_KINDS: Mapping[str, _Kind] = {
    "max_deliver": _Kind(
        Topic.DEAD_LETTER,
        Level.WARNING,
        lambda a: (
            f"Message {a.stream_seq} of {a.stream} is exhausted after {a.deliveries} "
            f"{'delivery' if a.deliveries == 1 else 'deliveries'} (consumer {a.consumer})"
        ),
        lambda a: Several("", f" messages of {a.stream} are exhausted (consumer {a.consumer})"),
    ),
    "nak": _Kind(
        Topic.REDELIVERED,
        Level.INFO,
        lambda a: (
            f"A worker gave back message {a.stream_seq} of {a.stream} "
            f"(consumer {a.consumer}, {_nth(a.deliveries)} delivery)"
        ),
        lambda a: Several("Workers gave back ", f" messages of {a.stream} (consumer {a.consumer})"),
    ),
    "terminated": _Kind(Topic.DEAD_LETTER, Level.WARNING, _terminated, _many_terminated),
    "stream_action": _Kind(Topic.QUEUE, Level.INFO, _action),
    "consumer_action": _Kind(Topic.CONSUMER, Level.INFO, _action),
    "consumer_pause": _Kind(
        Topic.CONSUMER,
        Level.INFO,
        lambda a: f"{_capital(_whose(a))} {f'is paused until {a.pause_until}' if a.paused else 'goes on'}",
    ),
    "stream_quorum_lost": _Kind(
        Topic.SERVER,
        Level.ERROR,
        lambda a: f"{_capital(_whose(a))} lost its quorum and takes no messages; bring its servers back",
    ),
    "consumer_quorum_lost": _Kind(
        Topic.SERVER,
        Level.ERROR,
        lambda a: f"{_capital(_whose(a))} lost its quorum and gives out nothing; bring its servers back",
    ),
    "stream_leader_elected": _Kind(
        Topic.SERVER, Level.INFO, lambda a: f"{_capital(_whose(a))} is now led by {a.leader}"
    ),
    "consumer_leader_elected": _Kind(
        Topic.SERVER, Level.INFO, lambda a: f"{_capital(_whose(a))} is now led by {a.leader}"
    ),
    "domain_leader_elected": _Kind(Topic.SERVER, Level.INFO, lambda a: f"JetStream's cluster is now led by {a.leader}"),
    "server_out_of_space": _Kind(
        Topic.SERVER,
        Level.ERROR,
        lambda a: (
            f"Server {a.server} is out of storage{f' for stream {a.stream}' if a.stream else ''}; free some space"
        ),
    ),
    "server_removed": _Kind(
        Topic.SERVER,
        Level.WARNING,
        lambda a: f"Server {a.server} was removed from JetStream's cluster",
    ),
    "snapshot_create": _Kind(Topic.QUEUE, Level.INFO, lambda a: f"A backup of stream {a.stream} began"),
    "snapshot_complete": _Kind(Topic.QUEUE, Level.INFO, lambda a: f"A backup of stream {a.stream} is complete"),
    "restore_create": _Kind(Topic.QUEUE, Level.INFO, lambda a: f"Stream {a.stream} is being restored from a backup"),
    "restore_complete": _Kind(Topic.QUEUE, Level.INFO, lambda a: f"Stream {a.stream} was restored from a backup"),
}
