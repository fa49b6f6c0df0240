"""A dead letter for a person: what is said of its death, by an advisory or by whoever copied it.

JetStream has no copies of dead letters; each worker writes its own headers (the README lists all that are read), such
as X-Original-Subject, Dlq-Reason, x-failure-reason, X-Error, X-Delivery-Count, …, a poison queue's ``topic_poisoned``,
and the server's own Nats-Subject (republish) and Nats-Stream-Source (sources).
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from wqstudio.brokers.letters import Held
from wqstudio.brokers.nats.jetstream.advisories import DELETED_IN_FLIGHT
from wqstudio.brokers.nats.letters import header_block
from wqstudio.brokers.nats.letters.pointed import Original
from wqstudio.brokers.nats.letters.stored import moment
from wqstudio.brokers.nats.link.wire_headers import fields
from wqstudio.brokers.told_headers import CONSUMER, ERROR, ToldHeaders
from wqstudio.domain import moments
from wqstudio.domain.letter import Death, Letter
from wqstudio.domain.queue import Setting

MAX_DELIVERIES = "max deliveries"
TERMINATED = "terminated"
EXHAUSTED = "exhausted in place"

_SOURCE = "natsstreamsource"
_HEADERS = ToldHeaders({
    "subject": ("originalsubject", "sourcesubject", "originsubject", "natssubject", "topicpoisoned", "originaltopic"),
    "stream": ("originalstream", "sourcestream", "originstream", "natsstream", "stream"),
    "sequence": ("originalsequence", "originalseq", "sourcesequence", "streamsequence", "streamseq", "natssequence"),
    "consumer": CONSUMER,
    "reason": ("reason", "deathreason", "failurereason", "failreason", "deadletterreason"),
    "error": ERROR,
    "deliveries": (
        "deliveries", "deliverycount", "deliveredcount", "numdelivered", "deliveryattempts", "attempts", "attempt",
        "retrycount", "retries",
    ),
    "died": ("failedat", "diedat", "deadletteredat", "deathtime", "failuretime", "failedtime"),
    _SOURCE: (_SOURCE,),
})  # fmt: skip
_DEATH = frozenset({"reason", "error", "died", "subject"})


def pointed(queue: str, held: Held, original: Original) -> Letter:
    told = original.advisory
    reason = TERMINATED if original.terminated else MAX_DELIVERIES
    error = "it was deleted while it was given out" if told.reason == DELETED_IN_FLIGHT else told.reason
    at = _moment(told.timestamp) or moment(original.pointer_stamp)
    return Letter(
        id=held.id,
        queue=queue,
        body=held.body,
        headers=header_block.read(held.envelope),
        properties=(
            *_here(held, original.pointer_subject),
            Setting("Original", f"message {told.stream_seq} of {told.stream}"),
            *((Setting("After the move", original.remains),) if original.remains else ()),
        ),
        origin=told.stream,
        route=original.subject,
        reason=reason,
        deliveries=told.deliveries or None,
        consumer=told.consumer,
        error=error,
        died_at=at,
        published_at=moment(original.stamp) or None,
        deaths=(Death(told.stream, reason, 1, at, (original.subject,) if original.subject else ()),),
        source=original.subject,
        pointer=original.pointer,
        problem=held.problem,
        lost=held.lost,
        pointed_in=told.stream if original.removed_too else "",
        stays_in=told.stream if original.remains else "",
    )


def copied(queue: str, held: Held) -> Letter:
    said = _said(fields(held.envelope))
    origin, route = said.get("stream", ""), said.get("subject", "")
    reason, died = said.get("reason", ""), _moment(said.get("died", "")) or _stored_at(held)
    sequence = said.get("sequence", "")
    return Letter(
        id=held.id,
        queue=queue,
        body=held.body,
        headers=header_block.read(held.envelope),
        properties=(
            *_here(held, held.route),
            *((Setting("Original", f"message {sequence} of {origin or 'its stream'}"),) if sequence else ()),
        ),
        origin=origin,
        route=route,
        reason=reason,
        deliveries=_number(said.get("deliveries", "")),
        consumer=said.get("consumer", ""),
        error=said.get("error", ""),
        died_at=died,
        deaths=(Death(origin, reason, 1, died, (route,) if route else ()),) if origin or reason else (),
        problem=held.problem,
        source=route,
    )


def tells_of_a_death(block: bytes) -> bool:
    """Whether a worker's headers say why a message died, when, or where it came from.

    The server's own headers say the last of copies that are alive as well.
    """
    told = ((name, value) for name, value in fields(block) if not name.lower().startswith(b"nats-"))
    return not _DEATH.isdisjoint(_said(told))


def in_place(queue: str, held: Held, consumer: str, stamp: bytes) -> Letter:
    return Letter(
        id=held.id,
        queue=queue,
        body=held.body,
        headers=header_block.read(held.envelope),
        properties=_here(held, held.route),
        origin=queue,
        route=held.route,
        reason=EXHAUSTED,
        consumer=consumer,
        published_at=moment(stamp) or None,
        deaths=(Death(queue, EXHAUSTED, 1, None, (held.route,)),),
        problem=held.problem,
    )


def _stored_at(held: Held) -> float | None:
    """Of one that is not looked at in its stream nobody knows it."""
    return moment(held.place) if isinstance(held.place, bytes) else None


def _here(held: Held, subject: str) -> tuple[Setting, ...]:
    return (Setting("Subject", subject), Setting("Stream sequence", f"{held.id}"))


def _said(fields: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """What headers say of a death, by the keys of ``_HEADERS``."""
    said = {key: value.decode(errors="replace") for key, value in _HEADERS.said(fields).items()}
    return {**_source(said.pop(_SOURCE, "")), **said}


def _source(text: str) -> dict[str, str]:
    """Nats-Stream-Source: stream, sequence, filter, transform and (since 2.10) subject, with spaces between."""
    parts = text.split(" ")
    if len(parts) < 2:
        return {}
    said = {"stream": parts[0].partition(":")[0], "sequence": parts[1]}
    return {**said, "subject": parts[4]} if len(parts) > 4 else said


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _moment(text: str) -> float | None:
    """A time in any of the ISO forms, or in unix seconds or milliseconds."""
    if (number := text.partition(".")[0]).isascii() and number.isdigit():
        return moments.told(float(number) / (1_000 if len(number) > 11 else 1)) if len(number) < 15 else None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moments.told((moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp())
