"""Whether anybody takes messages from a stream."""

import asyncio
from collections.abc import Collection, Mapping

from wqstudio.brokers.nats.jetstream.api import STREAM_NOT_FOUND, ApiError, JetStreamApi
from wqstudio.brokers.nats.jetstream.poll import WAIT
from wqstudio.brokers.nats.jetstream.records import ConsumerInfo

_BETWEEN_LOOKS = 0.5
"""Seconds in which those who hold all they may are to settle something."""


async def in_use(api: JetStreamApi, streams: Collection[str]) -> list[str]:
    """Those of the streams that somebody has asked for messages, or settles some of.

    What is pending alone says nothing: workers that were killed leave it behind.
    """
    before = {stream: await _consumers(api, stream) for stream in streams}
    used = [stream for stream in streams if any(map(_is_waited_at, before[stream].values()))]
    held = [stream for stream in streams if stream not in used and any(map(_holds, before[stream].values()))]
    if held:
        await asyncio.sleep(_BETWEEN_LOOKS)
    return [*used, *[stream for stream in held if await _goes_on(api, stream, before[stream])]]


async def _goes_on(api: JetStreamApi, stream: str, before: Mapping[str, ConsumerInfo]) -> bool:
    now = await _consumers(api, stream)
    return any(
        _is_waited_at(consumer) or (name in before and consumer.settled > before[name].settled)
        for name, consumer in now.items()
    )


async def _consumers(api: JetStreamApi, stream: str) -> Mapping[str, ConsumerInfo]:
    try:
        return (await api.consumers(stream, WAIT)).items
    except ApiError as error:
        if error.err_code == STREAM_NOT_FOUND:
            return {}
        raise


def _is_waited_at(consumer: ConsumerInfo) -> bool:
    return consumer.num_waiting > 0 or consumer.push_bound


def _holds(consumer: ConsumerInfo) -> bool:
    return consumer.num_ack_pending > 0
