"""Reads the messages of a stream whose subjects match, and no others."""

from collections.abc import AsyncIterator, Sequence

import msgspec

from wqstudio.brokers.nats.jetstream.census import BATCH, BATCH_SIZE, FIRST_WITH_BATCHES
from wqstudio.brokers.nats.jetstream.exchange import Request, is_status
from wqstudio.brokers.nats.jetstream.moving import MovingLink
from wqstudio.brokers.nats.jetstream.records import StreamInfo
from wqstudio.brokers.nats.letters.stored import Stored, direct, from_record
from wqstudio.brokers.port import DeniedError


async def matching(link: MovingLink, stream: StreamInfo, subject: str, last: int) -> AsyncIterator[Stored]:
    """In their order, up to the sequence ``last``. ``subject`` may have wildcards."""
    name = stream.config.name
    seq = stream.state.first_seq
    if stream.config.allow_direct and link.server >= FIRST_WITH_BATCHES:
        try:
            while seq <= last and (found := await _batch(link, name, subject, seq)):
                for each in found:
                    if each.seq <= last:
                        yield each
                seq = found[-1].seq + 1
        except DeniedError:
            pass  # an account may be allowed the one and not the other
        else:
            return
    while seq <= last and (message := await link.api.next_message(name, seq, subject)) is not None:
        if message.seq <= last:
            yield from_record(message)
        seq = message.seq + 1


async def _batch(link: MovingLink, stream: str, subject: str, seq: int) -> Sequence[Stored]:
    ask = msgspec.json.encode({"seq": seq, "next_by_subj": subject, "batch": BATCH, "max_bytes": BATCH_SIZE})
    request = Request(f"$JS.API.DIRECT.GET.{stream}".encode(), ask)
    answers = await link.exchange.ask_many(request, is_status, f"Reading messages of {stream}")
    return [message for answer in answers if (message := direct(answer)) is not None]
