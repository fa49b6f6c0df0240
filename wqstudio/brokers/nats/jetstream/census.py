"""Counts a run's tasks that are stored in a stream, by reading headers, without a consumer: looking changes nothing."""

from collections.abc import AsyncIterator

from nats.aio.msg import Msg

from wqstudio.brokers.nats.jetstream.api import JetStreamApi
from wqstudio.brokers.nats.link import wire_headers
from wqstudio.brokers.port import DeniedError, RefusedError
from wqstudio.domain.task import TASK_HEADER, TaskId

BATCH = 1_000
"""Messages in one answer of direct get, at most."""
BATCH_SIZE = 4_000_000
"""Bytes in one answer, bodies included; a single larger message comes alone."""
FIRST_WITH_BATCHES = (2, 11)
"""Server version; older ones answer a batch request with one message and no end."""


async def remaining_tasks(api: JetStreamApi, server: tuple[int, ...], stream: str, run: str) -> list[int]:
    """As ``Broker.remaining_tasks``. What is published after the census began is not in it.

    Direct get answers from any replica, which on a replicated stream may be a moment behind.
    """
    info = await api.stream(stream)
    last = info.state.last_seq
    if not info.state.messages:
        return []
    if info.config.allow_direct and server >= FIRST_WITH_BATCHES:
        try:
            return [number async for text in _direct(api, stream, last) if (number := _of_run(text, run)) is not None]
        except DeniedError:
            pass  # an account may be allowed the one and not the other
    return [number async for text in _one_by_one(api, stream, last) if (number := _of_run(text, run)) is not None]


async def _direct(api: JetStreamApi, stream: str, last: int) -> AsyncIterator[str]:
    seq = 1
    while seq <= last:
        before = seq
        async for msg in api.batch(stream, seq, BATCH, BATCH_SIZE):
            headers = msg.headers or {}
            if "Nats-Sequence" not in headers:
                if _is_over(msg, stream):
                    return
                break
            seq = int(headers["Nats-Sequence"]) + 1
            if seq - 1 <= last:
                yield headers.get(TASK_HEADER, "")
        if seq == before:
            return


def _is_over(msg: Msg, stream: str) -> bool:
    """Whether the message that ends a batch ends the stream too."""
    headers = msg.headers or {}
    match headers.get("Status"):
        case "204":
            return headers.get("Nats-Num-Pending") == "0"
        case "404":
            return True
        case status:
            why = headers.get("Description") or f"status {status}"
            raise RefusedError(f"Reading messages of {stream} failed: {why}.")


async def _one_by_one(api: JetStreamApi, stream: str, last: int) -> AsyncIterator[str]:
    seq = 1
    while seq <= last and (message := await api.next_message(stream, seq)) is not None and message.seq >= seq:
        if message.seq <= last:
            yield wire_headers.value(message.hdrs, TASK_HEADER)
        seq = message.seq + 1


def _of_run(text: str, run: str) -> int | None:
    try:
        task = TaskId.parse(text)
    except ValueError:
        return None  # digits beyond what Python takes for a number: not ours
    return task.number if task is not None and task.run == run else None
