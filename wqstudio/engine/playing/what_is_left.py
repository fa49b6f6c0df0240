"""What a broker has left of a run: work that may still be done, and dead letters, as it counts them now."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence

from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import Unknown, known
from wqstudio.domain.snapshot import Snapshot
from wqstudio.engine.studio import Studio

_POLL_WITHIN = 5.0
_LETTERS_WITHIN = 4.0
"""Seconds for the last dead letters to arrive, and for the broker to count them."""


async def queues_now(studio: Studio) -> Mapping[str, QueueState]:
    """As a poll that begins now sees them; none where they cannot be listed."""
    asked, monitor = time.time(), studio.monitor
    monitor.refresh()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_POLL_WITHIN):
            while monitor.snapshot is None or monitor.snapshot.at < asked:  # noqa: ASYNC110 - polls come by themselves
                await asyncio.sleep(0.02)
    return known(monitor.snapshot.queues, {}) if monitor.snapshot is not None else {}


def no_work_in(queues: Iterable[str], snapshot: Snapshot) -> bool:
    """All that is stored there, if anything, is stuck, and nothing waits elsewhere to come back; False: not known."""
    states = known(snapshot.queues, {})
    return all(_is_worked_off(states.get(queue)) for queue in queues)


async def letters_in(studio: Studio, queues: Sequence[str], least: int) -> int:
    """As the broker counts them once their number stands still, and is no less than that."""
    if not queues:
        return 0
    counts: list[int] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LETTERS_WITHIN):
            while len(counts) < 2 or counts[-1] != counts[-2] or counts[-1] < least:
                counts.append(await _count(studio, queues))
    return counts[-1] if counts else 0


async def _count(studio: Studio, queues: Sequence[str]) -> int:
    states = await queues_now(studio)
    return sum(known(states[name].messages, 0) for name in queues if name in states)


def _is_worked_off(queue: QueueState | None) -> bool:
    if queue is None or isinstance(queue.messages, Unknown):
        return False
    return queue.messages <= known(queue.stuck, 0) and not known(queue.retrying, 0)
