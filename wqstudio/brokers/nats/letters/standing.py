"""Whether a stored message may still be given out, or be worked on, as far as its stream's consumers tell. Pure.

A consumer tells how far it has delivered (``delivered``), up to where everything is settled (``ack_floor``), and how
many are in flight, but not which. So a message is surely exhausted when its consumer has passed it and nothing is in
flight there, or when it lies below the floor, or when that consumer announced it. What no counter tells: a worker that
overran the deadline of the last delivery may still be busy with it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from wqstudio.brokers.nats.jetstream.records import ConsumerInfo
from wqstudio.domain.subjects import covers


def serves(consumer: ConsumerInfo, subject: str) -> bool:
    return any(covers(each, subject) for each in consumer.config.filters or (">",))


def passed(consumer: ConsumerInfo) -> int:
    """Sequence up to which the consumer surely gives out nothing more, and nobody holds anything."""
    return consumer.ack_floor.stream_seq if consumer.num_ack_pending else consumer.delivered.stream_seq


def reach(
    consumers: Iterable[ConsumerInfo], subject: str, seq: int, *, announced_by: str = "", at: datetime | None = None
) -> str:
    """Why the message may not be dead (any more), for a person; empty: no consumer will come back to it.

    ``announced_by`` is the consumer that said at ``at`` that it was exhausted.
    """
    for consumer in consumers:
        if not serves(consumer, subject) or seq <= passed(consumer):
            continue
        if seq > consumer.delivered.stream_seq:
            return f"consumer {consumer.name} has yet to give it out, so it is not a dead letter (any more)"
        if consumer.name != announced_by or at is None or made_after(consumer.created, at):
            return (
                f"consumer {consumer.name} has {consumer.num_ack_pending:,} messages in flight, and this may be one "
                "of them; look again when they are settled"
            )
    return ""


def only_went_on(before: ConsumerInfo, now: ConsumerInfo) -> bool:
    """False: it may give out again what it had passed before. It was made anew, reset (which counts its deliveries from
    0 again), or takes other subjects or more deliveries of each.
    """
    as_it_was = (before.created, before.config.max_deliver, before.config.filters)
    back = (
        now.delivered.consumer_seq < before.delivered.consumer_seq
        or now.delivered.stream_seq < before.delivered.stream_seq
    )
    return as_it_was == (now.created, now.config.max_deliver, now.config.filters) and not back


def alive(why: str) -> str:
    """A ``reach`` as a sentence."""
    return f"It is alive: {why}." if why else ""


def made_after(created: str, at: datetime) -> bool:
    """Of a stream or a consumer; one whose time makes no sense counts as made after."""
    try:
        return datetime.fromisoformat(created) > at
    except (ValueError, TypeError):
        return True


def untold(consumers: Sequence[ConsumerInfo]) -> str:
    """What cannot be known of exhausted messages while some are in flight, for a person; empty: all is known."""
    busy = _busy(consumers)
    if not busy:
        return ""
    flying = " and ".join(f"{each.num_ack_pending:,} at {each.name}" for each in busy)
    return (
        f"Messages are in flight ({flying}), and JetStream does not say which: exhausted ones among and after "
        "them are not shown until those are settled. Pause the workers to see all."
    )


def in_the_way(consumers: Sequence[ConsumerInfo]) -> int:
    """Messages in flight among and after which exhausted ones cannot be known."""
    return sum(each.num_ack_pending for each in _busy(consumers))


def _busy(consumers: Sequence[ConsumerInfo]) -> Sequence[ConsumerInfo]:
    return [each for each in consumers if each.num_ack_pending and passed(each) < each.delivered.stream_seq]
