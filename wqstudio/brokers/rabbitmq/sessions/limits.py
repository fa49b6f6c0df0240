"""What a queue does with copies of its messages that the studio makes for a delay.

A quorum queue counts a message's deliveries; a copy that comes back after a delay is a new message to it. So that a
poison task does not go round for ever, a worker holds copies to the same limit.

A classic queue that is full may refuse what comes, and RabbitMQ drops without a word a copy that its home refuses.
Where that can be, or nobody tells, there are no copies. A quorum queue refuses those who publish, and no dead letters.
A policy that comes while copies wait is the one way left to lose them.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from wqstudio.brokers.port import BrokerError
from wqstudio.brokers.rabbitmq.amqp import address
from wqstudio.brokers.rabbitmq.management.api import ManagementApi
from wqstudio.brokers.rabbitmq.management.finding import Finder
from wqstudio.brokers.rabbitmq.management.governing import strongest
from wqstudio.domain.connection import RabbitConnection

FRESH = 30.0
"""Seconds for which they count as known."""
_REFUSES = (
    "Given back at once: this queue refuses messages when it is full, and RabbitMQ would drop one that comes back "
    "after a delay. With x-overflow drop-head, or without a limit on its length, there are delays."
)
_NOBODY_TELLS = (
    "Given back at once: without an answer of the management API nobody tells whether this queue refuses messages "
    "when it is full, and RabbitMQ would drop one that comes back after a delay."
)


class Limits(NamedTuple):
    most_deliveries: int | None
    """None: no limit, or nobody to ask for it."""
    no_copies: str
    """Why a message may not be given back as a copy; empty: it may."""
    counts: bool = False
    """The queue itself counts what is given back."""


class LimitBook:
    """Asks for each queue now and then, however many workers it has."""

    def __init__(self, connection: RabbitConnection) -> None:
        self._connection = connection
        self._asking = asyncio.Lock()
        self._known: dict[str, tuple[float, Limits]] = {}

    async def read(self, queue: str) -> Limits:
        async with self._asking:
            now = asyncio.get_running_loop().time()
            at, limits = self._known.get(queue, (now - FRESH, None))
            if limits is None or now - at >= FRESH:
                limits = await self._ask(queue)
                self._known[queue] = (now, limits)
            return limits

    async def _ask(self, queue: str) -> Limits:
        try:
            api, _ = await Finder(self._connection, address.parse_all(self._connection)).find()
        except BrokerError:
            return Limits(None, _NOBODY_TELLS)
        try:
            return await _of_queue(api, queue)
        except BrokerError:
            return Limits(None, _NOBODY_TELLS)
        finally:
            api.close()


async def _of_queue(api: ManagementApi, name: str) -> Limits:
    """By the lists of policies, those among them that may be in force: a queue's own record tells it seconds late."""
    queue = await api.queue(name)
    if queue is None:
        return Limits(None, _NOBODY_TELLS)
    policies, operator_policies = await api.policies(), await api.operator_policies()
    rules = [
        {key.removeprefix("x-"): value for key, value in queue.arguments.items()},
        *(policy.definition for policy in strongest(policies.items, queue, careful=True)),
        *(policy.definition for policy in strongest(operator_policies.items, queue, careful=True)),
    ]
    deliveries = _numbers(rules, "delivery-limit")
    refuses = queue.type == "classic" and _may_refuse(rules)
    return Limits(min(deliveries) + 1 if deliveries else None, _REFUSES if refuses else "", queue.type == "quorum")


def _may_refuse(rules: Iterable[Mapping[str, Any]]) -> bool:
    """On the safe side where they contradict each other."""
    rules = tuple(rules)
    refusing = any(str(rule.get("overflow", "")).startswith("reject-publish") for rule in rules)
    return refusing and bool(_numbers(rules, "max-length") + _numbers(rules, "max-length-bytes"))


def _numbers(rules: Iterable[Mapping[str, Any]], name: str) -> list[int]:
    return [value for rule in rules if isinstance(value := rule.get(name), int) and value >= 0]
