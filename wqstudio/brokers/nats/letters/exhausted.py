"""Finds the messages of a work queue stream that are exhausted in place: stored, and given out no more."""

from collections.abc import Sequence

import numpy as np

from wqstudio.brokers.nats.jetstream.accounting import filters_cover_all, is_countable
from wqstudio.brokers.nats.jetstream.moving import MovingLink
from wqstudio.brokers.nats.jetstream.records import ConsumerInfo, StreamDetail
from wqstudio.brokers.nats.letters.by_subject import matching
from wqstudio.brokers.nats.letters.sequences import Listed, Sequences, WholeStream
from wqstudio.brokers.nats.letters.standing import passed
from wqstudio.brokers.port import RefusedError


async def find(link: MovingLink, stream: StreamDetail, consumers: Sequence[ConsumerInfo]) -> Listed:
    """``consumers`` were read before ``stream``, which knows its gaps. Reads messages only where filters differ.

    RefusedError where exhausted messages cannot be told from acknowledged ones.
    """
    name = stream.config.name
    if not is_countable(stream, tuple(consumers)):
        raise RefusedError(
            f"In {name} acknowledged messages stay stored, so that exhausted ones cannot be told from them; "
            "a stream that stores its MAX_DELIVERIES advisories tells which they are."
        )
    found = [await _passed_by(link, stream, consumer) for consumer in consumers]
    return Listed(np.unique(np.concatenate(found)) if found else np.empty(0, np.int64))


async def _passed_by(link: MovingLink, stream: StreamDetail, consumer: ConsumerInfo) -> Sequences:
    last = min(passed(consumer), stream.state.last_seq)
    if not stream.state.messages or last < stream.state.first_seq:
        return np.empty(0, np.int64)
    if filters_cover_all(stream, (consumer,)):
        return WholeStream(stream.state).between(stream.state.first_seq, last)
    sequences = [
        each.seq for filter_ in consumer.config.filters async for each in matching(link, stream, filter_, last)
    ]
    return np.array(sorted(sequences), np.int64)
