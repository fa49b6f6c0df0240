"""How messages end that nobody acknowledges: by the limits of their queue, and in its dead letters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from wqstudio.domain.queue import QueueSpec, Source
from wqstudio.domain.worker import WorkerSpec


class Fate(IntEnum):
    """What has become of a message by the end of a delivery, beside the outcome. A number, since it is a column."""

    OPEN = 0
    """It was done, or may come again, as far as is known."""
    EXHAUSTED = 1
    """Its deliveries are used up: the broker gives it to nobody any more, and keeps no dead letter of it."""
    DEAD_LETTERED = 2
    """It is given to nobody any more, whether it is exhausted or was rejected, and there is a dead letter of it."""


@dataclass(frozen=True, slots=True)
class Endings:
    """Of what one worker is given, by the queue to which it was published."""

    last_deliveries: Mapping[str, int] = field(default_factory=dict)
    """After the delivery of this number the broker gives a message to nobody any more; no entry: there is none."""
    buried: frozenset[str] = frozenset()
    """Of what is exhausted there the broker makes dead letters."""
    rejected: frozenset[str] = frozenset()
    """And of what is rejected (RabbitMQ)."""
    copies: bool = False
    """The worker itself publishes what it rejects as a dead letter."""


NOBODY_KNOWS = Endings()


def endings(worker: WorkerSpec, queues: Mapping[str, QueueSpec]) -> Endings:
    """``queues``: as they were made, as far as that is known. What a forwarder passes on ends with its copy alone."""
    if worker.forward:
        return NOBODY_KNOWS
    buried = frozenset(queue.dead_letters_of for queue in queues.values() if queue.dead_letters_of and not queue.routes)
    return Endings(
        _last_deliveries(worker, queues),
        buried,
        frozenset() if any(source.consumer for source in worker.sources) else buried,
        bool(worker.on_failure.dead_letter),
    )


def _last_deliveries(worker: WorkerSpec, queues: Mapping[str, QueueSpec]) -> dict[str, int]:
    """As brokers count; where a worker takes from two consumers of one queue, what both allow."""
    limits: dict[str, int] = {}
    retried = {queue.retries_of for queue in queues.values()}
    for source in worker.sources:
        # RabbitMQ counts no rejection, and its retry queue brings home what the limit ends
        limited = source.queue in queues and (source.consumer or source.queue not in retried)
        limit = _last_delivery(queues[source.queue], source) if limited else -1
        before = limits.get(source.queue, limit)
        limits[source.queue] = max(before, limit) if min(before, limit) > 0 else -1
    return {queue: limit for queue, limit in limits.items() if limit > 0}


def _last_delivery(queue: QueueSpec, source: Source) -> int:
    """JetStream counts by consumer; RabbitMQ, which has none to name, by queue: the least limit. -1: there is none."""
    counting = (one for one in queue.consumers if source.consumer in {"", one.name})
    return min((consumer.max_deliver for consumer in counting if consumer.max_deliver > 0), default=-1)
