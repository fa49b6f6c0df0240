"""Stored messages that no consumer accounts for, although stream and consumers are read at different instants.

In a work queue stream every stored message is waiting for one consumer (``num_pending``), in flight
(``num_ack_pending``), matched by no consumer's filter, or exhausted in place. The last two have no counter
of their own: they are what is left, and under load a plain subtraction is off by whatever was published or
acknowledged between the readings.

A *bracket* reads the stream, then its consumers, then the stream again. Sequence numbers say how many messages
came and went meanwhile, which makes the rest an interval that the true number must lie in. A tracked value moves only
as far as an interval forces it to: it never rises above what is proven, and cannot flicker. Whenever nothing
moves during a bracket the interval is a single number.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from wqstudio.brokers.nats.jetstream.records import ConsumerInfo, StreamInfo, StreamState
from wqstudio.domain.subjects import covers


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both inclusive."""

    low: int
    high: int

    def nearest(self, value: int) -> int:
        return max(self.low, min(value, self.high))

    def hull(self, other: "Bounds") -> "Bounds":
        return Bounds(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, slots=True)
class Bracket:
    """Consumers, and their stream just before and just after they were read."""

    before: StreamState
    consumers: tuple[ConsumerInfo, ...]
    after: StreamState

    @property
    def unaccounted(self) -> Bounds:
        came = self.after.last_seq - self.before.last_seq
        went = self.before.messages + came - self.after.messages
        given = accounted(self.consumers)
        return Bounds(max(0, self.before.messages - max(0, went) - given), max(0, self.before.messages + came - given))


@dataclass(frozen=True, slots=True)
class Split:
    """Unaccounted messages, told apart."""

    uncovered: int = 0
    """Matched by no consumer's filter."""
    stuck: int = 0


def accounted(consumers: Iterable[ConsumerInfo]) -> int:
    return sum(consumer.num_pending + consumer.num_ack_pending for consumer in consumers)


def is_countable(stream: StreamInfo, consumers: tuple[ConsumerInfo, ...]) -> bool:
    """Each stored message is one consumer's: work queue streams, and interest streams with one consumer.

    Elsewhere acknowledged messages stay stored, for ever or until the last consumer has acknowledged them.
    """
    return stream.config.retention == "workqueue" or (stream.config.retention == "interest" and len(consumers) == 1)


def filters_cover_all(stream: StreamInfo, consumers: tuple[ConsumerInfo, ...]) -> bool:
    """No subject of the stream escapes the consumers' filters, by their patterns alone."""
    filters = [each for consumer in consumers for each in consumer.config.filters or (">",)]
    subjects = stream.config.subjects or (">",)
    return all(any(covers(each, subject) for each in filters) for subject in subjects)
