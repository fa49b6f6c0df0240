"""Which policy is in force for a queue, as it is now.

What the management API tells of a queue is gathered every 5 s, its policy too; the list of policies is of this instant.
Only what an operator policy makes of them is known by the queue alone.
"""

import re
import warnings
from collections.abc import Iterable

import msgspec

from wqstudio.brokers.rabbitmq.management.api import ManagementApi
from wqstudio.brokers.rabbitmq.management.records import PolicyRecord, QueueRecord
from wqstudio.brokers.rabbitmq.management.refusals import ManagementError


async def look_up(api: ManagementApi, name: str) -> QueueRecord | None:
    """A queue with its statistics, and its policy of this instant where there is no operator policy. None: none."""
    queue = await api.queue(name, measured=True)
    if queue is None or queue.operator_policy:
        return queue
    try:
        policy = governing((await api.policies()).items, queue)
    except ManagementError:
        return queue
    definition = policy.definition if policy is not None else {}
    return msgspec.structs.replace(
        queue, policy=policy.name if policy is not None else None, effective_policy_definition=definition
    )


def governing(policies: Iterable[PolicyRecord], queue: QueueRecord) -> PolicyRecord | None:
    """The one in force. Of several of one priority RabbitMQ takes any; the queue said some seconds ago which."""
    candidates = strongest(policies, queue)
    return next((policy for policy in candidates if policy.name == queue.policy), next(iter(candidates), None))


def strongest(policies: Iterable[PolicyRecord], queue: QueueRecord, *, careful: bool = False) -> list[PolicyRecord]:
    """Of those that match, all that have the highest priority; ``careful``: with those that perhaps match."""
    matching = [policy for policy in policies if _applies(policy, queue) and _matches(policy, queue, careful)]
    highest = max((policy.priority for policy in matching), default=0)
    return [policy for policy in matching if policy.priority == highest]


def _applies(policy: PolicyRecord, queue: QueueRecord) -> bool:
    return policy.vhost == queue.vhost and policy.apply_to in {
        "all",
        "queues",
        f"{queue.type}_queues",
        f"{queue.type}s",
    }


def _matches(policy: PolicyRecord, queue: QueueRecord, careful: bool) -> bool:
    """Of a pattern that only Erlang understands, what the queue said of itself some seconds ago counts."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python warns of what it understands in another way
            return re.search(policy.pattern, queue.name) is not None
    except (re.error, Warning):
        return careful or policy.name == queue.policy
