"""What looking into a queue costs it, in sentences. Pure."""

import json
import shlex
from dataclasses import dataclass
from urllib.parse import quote

from wqstudio.brokers.rabbitmq.management.delivery_limit import DeliveryLimit
from wqstudio.brokers.rabbitmq.management.records import QueueRecord
from wqstudio.domain.letter import LookCost

CONSUMER_TIMEOUT = 1_800.0
"""Seconds; of a node whose rabbitmq.conf says nothing else. The management API does not tell what it says."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Of a delivery limit."""

    lifted: bool = False
    """By this look."""
    returns: int | None = None
    """How often the message that was given back the most has been given back; None: none was seen yet."""


def of_queue(queue: QueueRecord, limit: DeliveryLimit | None, spent: Spent, consumers: int) -> LookCost:
    """``limit`` as it is without this look."""
    held_for, by = _held_for(queue)
    minutes = f"{held_for / 60:g} min"
    sentences = [
        "What is looked at is marked as redelivered, for good.",
        "While it is held here, nobody else gets it; it is given back on closing.",
        f"The broker takes it back after {minutes} ({by}).",
    ]
    if queue.type == "quorum":
        sentences += ["What is given back may come to stand in another order.", *_limit(limit, spent)]
    if consumers:
        others = "1 consumer takes" if consumers == 1 else f"{consumers} consumers take"
        sentences.append(f"{others} from this queue, and is served first.")
    return LookCost(
        tuple(sentences),
        looks=limit.count if limit is not None else None,
        looks_left=_looks_left(limit, spent),
        held_for=held_for,
        refusal=_refusal(queue, limit, spent),
        liftable=not queue.auto_delete and limit is not None and not limit.by_argument and not spent.lifted,
    )


def unknown_queue(why: str) -> LookCost:
    """Where nobody can be asked what kind of queue it is."""
    return LookCost(
        refusal="Whether looking into this queue could lose a message cannot be told, since the management API does "
        f"not tell its type and its delivery limit ({why.rstrip('.')})."
    )


def _held_for(queue: QueueRecord) -> tuple[float, str]:
    own = queue.rule("consumer-timeout")
    if isinstance(own, int) and own > 0:
        return own / 1_000, "the queue's consumer-timeout"
    return CONSUMER_TIMEOUT, "the default; consumer_timeout in rabbitmq.conf may say otherwise"


def _limit(limit: DeliveryLimit | None, spent: Spent) -> list[str]:
    if limit is None:
        return []
    told = "Each look spends one of a message's deliveries"
    told += f", of which the queue allows {limit.count}." if limit.count is not None else "."
    if not spent.lifted:
        return [told]
    told += " The limit is lifted until this look is closed; the deliveries are counted all the same."
    if _looks_left(limit, spent) == 0:
        told += " Some have none left: when the limit is back, the broker drops them the next time they are given back."
    return [told]


def _looks_left(limit: DeliveryLimit | None, spent: Spent) -> int | None:
    """After the look that is going on."""
    if limit is None or limit.count is None or spent.returns is None:
        return None
    return max(0, limit.count - spent.returns - 1)


def _refusal(queue: QueueRecord, limit: DeliveryLimit | None, spent: Spent) -> str:
    if queue.auto_delete:
        return (
            f"{queue.name} deletes itself, with all its messages, when its last consumer goes (auto-delete), and a "
            "look is a consumer. Have its messages moved to a queue that stays."
        )
    if limit is None or spent.lifted:
        return ""
    danger = (
        "A message that has used up its deliveries is dropped by the broker when it is given back, and which ones "
        "have shows only when they are taken."
    )
    if limit.by_argument:
        return f"{danger} {_way_around(queue, limit)}"
    return f"{danger} Lift the delivery limit for the time of the look; it is put back afterwards."


def _way_around(queue: QueueRecord, limit: DeliveryLimit) -> str:
    """The broker's own shovel acknowledges each message once its copy is confirmed, and gives none back."""
    aside, here = f"{queue.name}.look", f"amqp:///{quote(queue.vhost, safe='')}"
    shovel = {
        "src-protocol": "amqp091",
        "src-uri": here,
        "src-queue": queue.name,
        "src-delete-after": "queue-length",
        "dest-protocol": "amqp091",
        "dest-uri": here,
        "dest-queue": aside,
        "ack-mode": "on-confirm",
    }
    command = shlex.join(
        ["rabbitmqctl", "set_parameter", "-p", queue.vhost, "shovel", aside, json.dumps(shovel, ensure_ascii=False)]
    )
    return (
        f"The limit here ({limit.count}) is an argument of the queue. It is fixed for as long as the queue exists: of "
        "an argument and a policy the lower limit counts, so that none can lift it. Instead, have the broker move the "
        "messages to a queue without a limit, and look there:\n"
        f"1. Make a classic queue, {aside}; classic queues have no delivery limit.\n"
        f"2. With the plugin rabbitmq_shovel enabled, run: {command}\n"
        f"3. Look into {aside}; from there they can be requeued, discarded or exported.\n"
        "The shovel ends once it has moved all. Only if it is cut off on its way does it spend a delivery of those it "
        "had in hand."
    )
