"""Puts together what one poll saw, queue by queue, in steps short enough for the window's loop."""

from collections.abc import Container, Mapping
from dataclasses import replace
from functools import partial

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.rabbitmq.amqp.declared import Declared
from wqstudio.brokers.rabbitmq.management import dead_letters
from wqstudio.brokers.rabbitmq.management.records import QueueRecord
from wqstudio.brokers.rabbitmq.management.sight import Sight
from wqstudio.brokers.rabbitmq.watching import readings
from wqstudio.brokers.rabbitmq.watching.counters import Counters, RetryCounts
from wqstudio.brokers.rabbitmq.watching.dead_ends import DeadEnds
from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.domain.reading import Reading, Unknown, known, total

Looked = Mapping[str, Reading[Declared]]
"""What passive declares told of the queues on screen."""


class Assembly:
    """Remembers the counters from poll to poll, and gives the same state again of a queue in which nothing changed.

    What is compared after it, and what the garbage collector has to look through, is then only what did change.
    """

    def __init__(self) -> None:
        self._counters = Counters()
        self._retried = RetryCounts()
        self._dead_ends = DeadEnds()
        self._states: Mapping[str, QueueState] = {}

    async def queues(self, sight: Sight, looked: Looked, now: float) -> dict[str, QueueState]:
        """By name, as the management API lists them. ``now`` is a unix time in seconds."""
        targets = known(sight.targets, {})
        receivers = dead_letters.receivers(sight.queues.values(), targets, _consumed(sight))
        asked = {name: found.ready for name, found in looked.items() if isinstance(found, Declared)}
        waiting = {each.name for group in sight.retries.values() for each in group}
        there = sight.queues.keys() | sight.unread.keys() | waiting
        states: dict[str, QueueState] = {}
        lengths = partial(_lengths, sight, asked)
        async for record in paced(sight.queues.values()):
            target = targets.get(record.name)
            retry_queues = sight.retries.get(record.name, ())
            retried = self._retried.read(record.name, readings.retried(retry_queues))
            state = readings.queue(
                record,
                lengths(record),
                self._counters.read(record.name, readings.counts(record, retried), now),
                await _consumers(record.name, sight),
                retrying=total([lengths(each).messages for each in retry_queues]),
                keeps_dead_letters=record.name in receivers,
                dead_letter_queues=target.queues if target is not None else (),
                dead_end=self._dead_ends.read(record, target, there, now),
            )
            if record.state == "down":
                state = _without_numbers(state, Unknown(f"its node {record.node} is down; bring that back"))
            before = self._states.get(record.name)
            states[record.name] = state if before is None or state != before else before
        for name, why in sight.unread.items():
            states.setdefault(name, readings.unreadable(name, why))
        self._counters.forget_all_but(set(states))
        self._dead_ends.forget_all_but(states.keys())
        self._retried.forget_all_but(set(states), waiting | sight.unread.keys())
        self._states = states
        return states


def _lengths(sight: Sight, asked: Mapping[str, int], record: QueueRecord) -> readings.Lengths:
    totals, ready = sight.totals.get(record.name), asked.get(record.name)
    return readings.freshest(record, totals, ready, has_statistics=sight.has_statistics)


def _without_numbers(state: QueueState, why: Unknown) -> QueueState:
    """Of a queue whose node has left, which keeps its name, its rules and its messages there."""
    return replace(
        state,
        messages=why,
        bytes=why,
        waiting=why,
        in_flight=why,
        redelivered=why,
        oldest=why,
        published=why,
        delivered=why,
        acked=why,
        redeliveries=why,
        retrying=why,
        consumers=state.consumers
        if isinstance(state.consumers, Unknown)
        else tuple(_without_figures(each, why) for each in state.consumers),
    )


def _without_figures(consumer: ConsumerState, why: Unknown) -> ConsumerState:
    return replace(
        consumer,
        waiting=why,
        in_flight=why,
        redelivered=why,
        open_pulls=why,
        delivered=why,
        acked=why,
        last_active=why,
    )


def _consumed(sight: Sight) -> Container[str]:
    """Queues with consumers: listed, or, where the listing is refused or late, counted with the queue."""
    counted = {name for name, record in sight.queues.items() if record.consumers}
    return counted | known(sight.consumers, {}).keys()


async def _consumers(queue: str, sight: Sight) -> Reading[tuple[ConsumerState, ...]]:
    if isinstance(sight.consumers, Unknown):
        return sight.consumers
    if queue not in sight.consumers:
        return ()
    each = readings.consumers(queue, sight.consumers[queue], sight.channels, sight.consumers_on)
    return tuple([state async for state in paced(each)])
