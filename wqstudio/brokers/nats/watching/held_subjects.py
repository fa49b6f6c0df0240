"""Under which subjects a stream holds messages, those with most first. Looking changes nothing."""

import asyncio
from heapq import nlargest
from itertools import chain
from operator import itemgetter

from wqstudio.brokers.nats.jetstream.api import JetStreamApi
from wqstudio.brokers.nats.jetstream.records import StreamDetail
from wqstudio.domain.queue import HeldRoutes
from wqstudio.domain.subjects import covers, is_pattern

MOST_COUNTED = 250_000
"""Subjects of a stream that are gone through: for each page of 100,000 the server walks through all of them."""
_count = itemgetter(1)


async def read(api: JetStreamApi, stream: str, most: int) -> HeldRoutes:
    """As ``Broker.held_routes``. Of a stream with more than ``MOST_COUNTED`` subjects only how many they are."""
    info = await api.stream(stream)
    if info.state.num_subjects > MOST_COUNTED:
        return HeldRoutes(more=info.state.num_subjects)
    named = dict.fromkeys((subject for subject in info.config.subjects or () if not is_pattern(subject)), 0)
    largest: list[tuple[str, int]] = []
    total = 0
    async for counts in api.subject_pages(stream):
        total += len(counts)
        named.update((subject, counts[subject]) for subject in named.keys() & counts.keys())
        await asyncio.sleep(0)  # the answer was one step of the window's loop already
        largest = nlargest(most, chain(largest, counts.items()), key=_count)
    held = {**{subject: number for subject, number in largest if _is_taken(info, subject)}, **named}
    listed = sum(number > 0 for number in held.values())
    return HeldRoutes(dict(sorted(held.items(), key=_count, reverse=True)), max(0, total - listed))


def _is_taken(info: StreamDetail, subject: str) -> bool:
    """It may be of before the stream was given other subjects, or come from where this one copies."""
    return any(covers(pattern, subject) for pattern in info.config.subjects or ())
