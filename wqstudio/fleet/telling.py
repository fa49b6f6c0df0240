"""What happens in the fleet, in sentences."""

import time
from collections.abc import Sequence
from typing import assert_never

from wqstudio.domain.events import Event, Level, Topic
from wqstudio.domain.worker import Phase, ProducerState, WorkerSpec, WorkerState

_NAMES = 5


def worker_event(worker: WorkerState) -> Event | None:  # noqa: PLR0911 - an arm for each phase
    """About a worker that has changed phase; None where that is nothing to tell."""
    name = worker.spec.name
    match worker.phase:
        case Phase.STARTING:
            return _about(worker, f"{name} starts on {_where(worker.spec)}, in host {worker.host}")
        case Phase.PAUSED:
            return _about(worker, f"{name} paused{_holding(worker.held)}")
        case Phase.STOPPING:
            return _about(worker, f"{name} stops{' once it has finished ' * (worker.held > 0)}{_messages(worker.held)}")
        case Phase.STOPPED:
            return _about(worker, f"{name} stopped; it {_did(worker)}")
        case Phase.CRASHED:
            return _about(worker, f"{name} crashed{_holding(worker.held)}", Level.WARNING)
        case Phase.FAILED:
            return _about(worker, f"{name} cannot go on: {worker.reason}", Level.ERROR)
        case Phase.WAITING | Phase.WORKING:
            return None
        case _:
            assert_never(worker.phase)


def _did(worker: WorkerState) -> str:
    if worker.spec.forward:
        return f"passed on {_count(worker.forwarded)}"
    return f"acknowledged {_count(worker.acked)}"


def _where(spec: WorkerSpec) -> str:
    sources = [source for source in (spec.prior, spec.source) if source is not None]
    return " before ".join(f"{each.queue}/{each.consumer}" if each.consumer else each.queue for each in sources)


def producer_event(producer: ProducerState) -> Event | None:
    """About a producer that has changed phase; None where that is nothing to tell."""
    name = producer.spec.name
    match producer.phase:
        case Phase.STARTING:
            return _about(producer, f"{name} starts publishing to {producer.spec.queue}")
        case Phase.PAUSED:
            return _about(producer, f"{name} paused after {_count(producer.confirmed)}")
        case Phase.STOPPED:
            return _about(producer, f"{name} ended; {_count(producer.confirmed)} confirmed")
        case Phase.CRASHED:
            text = f"{name} crashed with {_count(producer.unconfirmed)} not confirmed"
            return _about(producer, text, Level.WARNING)
        case Phase.FAILED:
            return _about(producer, f"{name} cannot go on: {producer.reason}", Level.ERROR)
        case Phase.WAITING | Phase.WORKING | Phase.STOPPING:
            return None
        case _:
            assert_never(producer.phase)


def trouble_event(one: WorkerState | ProducerState, trouble: str) -> Event:
    """About what has begun to hold one up, or no longer does when ``trouble`` is empty."""
    if trouble:
        return _about(one, f"{one.spec.name}: {trouble}", Level.WARNING)
    return _about(one, f"{one.spec.name} goes on")


def host_event(host: int, workers: Sequence[WorkerState]) -> Event:
    """A host is gone, and ``workers``, as they were last heard of, with it."""
    if not workers:
        return Event(time.time(), Topic.WORKER, f"Host {host} was killed; no worker was on it", Level.WARNING)
    names = [worker.spec.name for worker in workers]
    shown = ", ".join(names[:_NAMES]) + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "")
    held = sum(worker.held for worker in workers)
    text = f"Host {host} was killed; {shown} held {_count(held)}"
    return Event(time.time(), Topic.WORKER, text, Level.WARNING)


def _about(one: WorkerState | ProducerState, text: str, level: Level = Level.INFO) -> Event:
    if isinstance(one, WorkerState):
        return Event(time.time(), Topic.WORKER, text, level, one.spec.source.queue)
    return Event(time.time(), Topic.PRODUCER, text, level, one.spec.queue)


def _count(messages: int) -> str:
    return f"{messages:,} message{'s' * (messages != 1)}"


def _messages(held: int) -> str:
    return _count(held) if held else ""


def _holding(held: int) -> str:
    return f" holding {_count(held)}" if held else ", holding nothing"
