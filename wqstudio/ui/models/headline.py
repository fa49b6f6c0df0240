"""The headline figures of a consumer, a queue or the whole broker, as text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from wqstudio.brokers.port import Words
from wqstudio.domain.history import WHOLE_BROKER, Field, History
from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.domain.reading import Reading, Unknown, known, total
from wqstudio.domain.snapshot import Snapshot
from wqstudio.ui import format as fmt
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Concept


@dataclass(frozen=True, slots=True)
class Figure:
    caption: str
    value: str
    concept: Concept | None = None
    unknown: str = ""
    """Why the value could not be read; empty when it could."""
    quiet: bool = False
    """It is nothing, or not yet anything, so it needs no colour."""


def find(snapshot: Snapshot, scope: Scope) -> QueueState | ConsumerState | None:
    """What a scope narrower than the broker stands for; None when the snapshot has no such thing."""
    queues = snapshot.queues
    queue = queues.get(scope.queue) if isinstance(queues, Mapping) else None
    if queue is None or not scope.consumer:
        return queue
    return next((each for each in known(queue.consumers, ()) if each.name == scope.consumer), None)


def stuck_in(snapshot: Snapshot, queue: str) -> Reading[int]:
    there = known(snapshot.queues, {}).get(queue)
    return 0 if there is None else there.stuck


def of_consumer(consumer: ConsumerState, stuck: Reading[int], words: Words, now: float) -> list[Figure]:
    """``stuck``: in its queue, whichever consumer gave up on them; that alone is known.

    Without what the broker does not count by consumer.
    """
    return [
        *_there(words.waiting, consumer.waiting, Concept.WAITING),
        *_there(words.in_flight, consumer.in_flight, Concept.IN_FLIGHT),
        *_prefetch(consumer, words),
        *_there("redelivered", consumer.redelivered, Concept.REDELIVERED),
        *([_count(f"stuck in {consumer.queue}", stuck, Concept.DEAD)] if known(stuck, 0) else []),
        *_there("open pulls", consumer.open_pulls, None),
        *_there("delivered in all", consumer.delivered, None),
        *_there("settled in all", consumer.acked, Concept.ACKED),
        *([] if _is_absent(consumer.last_active) else [_age("last active", consumer.last_active, now, never="never")]),
    ]


def of_queue(queue: QueueState, history: History, words: Words, now: float) -> list[Figure]:
    return [
        _count(words.waiting, queue.waiting, Concept.WAITING),
        _count(words.in_flight, queue.in_flight, Concept.IN_FLIGHT),
        *_again([queue], history),
        *_rates(history, queue.name),
        _count("stored", queue.messages, None),
        Figure("size", fmt.size(queue.bytes), unknown=_reason(queue.bytes)),
        _age("oldest", queue.oldest, now, never="none"),
    ]


def of_broker(snapshot: Snapshot, history: History, words: Words) -> list[Figure]:
    """Empty when the listing is unknown. What is kept as a dead letter waits for nobody."""
    if not isinstance(snapshot.queues, Mapping):
        return []
    queues = list(snapshot.queues.values())
    waiting = [queue.waiting for queue in queues if not queue.dead_letters]
    return [
        _count(words.waiting, total(waiting), Concept.WAITING),
        _count(words.in_flight, total([queue.in_flight for queue in queues]), Concept.IN_FLIGHT),
        *_again(queues, history),
        *_rates(history, WHOLE_BROKER),
        Figure(words.queues, fmt.count(len(queues))),
        _count(f"{words.consumer}s", total([queue.consumer_count for queue in queues]), None),
        Figure("size", fmt.size(stored := total([queue.bytes for queue in queues])), unknown=_reason(stored)),
    ]


def stuck_sentence(stuck: Reading[int], words: Words, queue: str = "") -> str:
    """Empty while nothing is stuck. ``queue``: where, when it is not what the figures are of."""
    count = known(stuck, 0)
    if not count:
        return ""
    where = f" in {queue}" if queue else ""
    which = (
        f"1 message is stuck{where}: it is" if count == 1 else f"{fmt.count(count)} messages are stuck{where}: they are"
    )
    return (
        f"{which} still stored, but the deliveries allowed are used up, so no {words.consumer} will be given "
        f"{'it' if count == 1 else 'them'} again."
    )


def _again(queues: Sequence[QueueState], history: History) -> list[Figure]:
    """What is or was given out more than once. Where redeliveries are counted, nothing gets stuck in its place."""
    if history.redelivered_is_rate:
        return [
            _count("redelivered", total([queue.redeliveries for queue in queues]), Concept.REDELIVERED),
            _count("retrying", total([queue.retrying for queue in queues]), Concept.REDELIVERED),
        ]
    return [
        _count("redelivered", total([queue.redelivered for queue in queues]), Concept.REDELIVERED),
        _count("stuck", total([queue.stuck for queue in queues]), Concept.DEAD),
    ]


def _rates(history: History, name: str | None) -> list[Figure]:
    rates = [
        ("in", Field.PUBLISHED, Concept.PUBLISHED),
        ("out", Field.DELIVERED, Concept.IN_FLIGHT),
        ("acked", Field.ACKED, Concept.ACKED),
    ]
    figures = []
    for caption, field, concept in rates:
        value = history.latest(name, field)
        figures.append(Figure(caption, fmt.rate(value), concept, quiet=not value or isnan(value)))
    return figures


def _prefetch(consumer: ConsumerState, words: Words) -> list[Figure]:
    if consumer.prefetch is None:
        return []
    return [Figure(words.prefetch, fmt.count(consumer.prefetch) if consumer.prefetch else words.no_prefetch_limit)]


def _there(caption: str, reading: Reading[int], concept: Concept | None) -> list[Figure]:
    """None where the broker has no such figure."""
    return [] if _is_absent(reading) else [_count(caption, reading, concept)]


def _is_absent(reading: Reading[int] | Reading[float | None]) -> bool:
    return isinstance(reading, Unknown) and reading.by_nature


def _count(caption: str, reading: Reading[int], concept: Concept | None) -> Figure:
    return Figure(caption, fmt.count(reading), concept, _reason(reading), quiet=not known(reading, 0))


def _age(caption: str, at: Reading[float | None], now: float, never: str) -> Figure:
    if isinstance(at, Unknown):
        return Figure(caption, fmt.UNKNOWN, unknown=at.reason)
    return Figure(caption, never if at is None else fmt.ago(max(0.0, now - at)), quiet=at is None)


def _reason(reading: Reading[int]) -> str:
    return reading.reason if isinstance(reading, Unknown) else ""
