"""Finds the messages of a work queue stream that are exhausted in place: stored, and given out no more."""

from collections.abc import AsyncIterator, Sequence

import msgspec
import numpy as np

from wqstudio.brokers.nats.accounting import filters_cover_all, is_countable
from wqstudio.brokers.nats.census import BATCH, BATCH_SIZE, FIRST_WITH_BATCHES
from wqstudio.brokers.nats.exchange import Request, is_status
from wqstudio.brokers.nats.moving import MovingLink
from wqstudio.brokers.nats.records import ConsumerInfo, StreamDetail
from wqstudio.brokers.nats.sequences import Listed, Sequences, WholeStream
from wqstudio.brokers.nats.standing import passed
from wqstudio.brokers.nats.stored import direct
from wqstudio.brokers.port import DeniedError, RefusedError


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
    sequences = [seq for filter_ in consumer.config.filters async for seq in _matching(link, stream, filter_, last)]
    return np.array(sorted(sequences), np.int64)


async def _matching(link: MovingLink, stream: StreamDetail, filter_: str, last: int) -> AsyncIterator[int]:
    """Sequences up to ``last`` whose subjects match."""
    name = stream.config.name
    seq = stream.state.first_seq
    if stream.config.allow_direct and link.server >= FIRST_WITH_BATCHES:
        try:
            while seq <= last and (found := await _batch(link, name, filter_, seq)):
                for each in found:
                    if each <= last:
                        yield each
                seq = found[-1] + 1
        except DeniedError:
            pass  # an account may be allowed the one and not the other
        else:
            return
    while seq <= last and (message := await link.api.next_message(name, seq, filter_)) is not None:
        if message.seq <= last:
            yield message.seq
        seq = message.seq + 1


async def _batch(link: MovingLink, stream: str, filter_: str, seq: int) -> list[int]:
    ask = msgspec.json.encode({"seq": seq, "next_by_subj": filter_, "batch": BATCH, "max_bytes": BATCH_SIZE})
    request = Request(f"$JS.API.DIRECT.GET.{stream}".encode(), ask)
    answers = await link.exchange.ask_many(request, is_status, f"Reading messages of {stream}")
    return [message.seq for answer in answers if (message := direct(answer)) is not None]
