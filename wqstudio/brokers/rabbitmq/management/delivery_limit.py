"""How many deliveries a quorum queue grants a message, and what that means for looking into it. Pure.

A message that is given back was delivered once more; one that was given back as often as the limit says is dropped the
next time, or dead-lettered. How often that was shows only in its delivery, and then it is held already: from there on
a broken connection, too, gives it back. So no queue with a limit can be looked into without any risk of a loss,
whatever is done with its messages afterwards, and the limit has to be lifted before the first of them is taken.

Measured on 3.10 and 4.0: where an argument and a policy both name a limit, the lower one counts, and an argument
counts against the -1 of a policy.
"""

from dataclasses import dataclass

from wqstudio.brokers.rabbitmq.management.records import QueueRecord

DEFAULT = 20
"""Of quorum queues since RabbitMQ 4.0."""
_BOUNDLESS = 1_000_000_000
"""Stands for no limit where a policy cannot say so: before 4.0 it may neither name -1 nor nothing at all."""
CHECKOUT_POLICY = "wqstudio-checkout-"
"""What the names of the policies begin with by which the studio lifts limits."""


@dataclass(frozen=True, slots=True)
class DeliveryLimit:
    """One that is in force, or will be again."""

    count: int | None
    """None: another look has lifted it, and it comes back when that one ends."""
    by_argument: bool = False
    """Part of the queue itself, which no policy outweighs."""


def in_force(queue: QueueRecord, version: tuple[int, ...]) -> DeliveryLimit | None:
    """None: messages may be delivered any number of times. ``version`` is RabbitMQ's."""
    if queue.type != "quorum":
        return None
    argument = _whole(queue.arguments.get("x-delivery-limit"))
    policy = _whole(queue.policy_definition.get("delivery-limit"))
    if argument is not None and argument >= 0:
        return DeliveryLimit(argument if policy is None or policy < 0 else min(argument, policy), by_argument=True)
    limit = next((named for named in (policy, argument) if named is not None), DEFAULT if version >= (4,) else -1)
    return DeliveryLimit(limit) if 0 <= limit < _BOUNDLESS else None


def before_lifting(queue: QueueRecord, version: tuple[int, ...]) -> DeliveryLimit | None:
    """As ``in_force``, without what the studio's looks have lifted."""
    limit = in_force(queue, version)
    return DeliveryLimit(None) if limit is None and (queue.policy or "").startswith(CHECKOUT_POLICY) else limit


def lifted(definition: dict[str, object], version: tuple[int, ...]) -> dict[str, object]:
    """A policy's definition with all but its limit."""
    return definition | {"delivery-limit": -1 if version >= (4,) else _BOUNDLESS}


def version_of(text: str) -> tuple[int, ...]:
    """Of "4.0.5" or "3.13.0-rc.1": the numbers it begins with."""
    numbers = []
    for part in text.replace("-", ".").split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
