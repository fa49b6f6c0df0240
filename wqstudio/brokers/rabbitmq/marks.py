"""How the studio tells its own queues and exchanges, and dead letters, from others."""

from collections.abc import Mapping
from typing import Any

MARK = "wqstudio"
"""Queue argument that says what a queue of the studio's is for; RabbitMQ keeps it and does not read it."""
WORK, DEAD_LETTERS, RETRY = "work", "dead letters", "retry"

EXCHANGE = "wqstudio"
"""Topic exchange of the studio's own, to which queues are bound by the routes of their specs."""
DEAD_LETTER_EXCHANGE = "wqstudio.dead-letters"
"""Direct exchange to which the studio's queues dead-letter, each with its own name as routing key."""
RETRIES_HEADER = "Wqs-Retries"
"""Deliveries a message has behind it. Not an ``x-`` name: brokers interpret those."""
REQUEUED_HEADER = "Wqs-Requeued"
"""Marks a copy of a dead letter: unique to the letter and its move."""

_RETRY_INFIX = ".wqs-retry-"


def retry_queue(queue: str, delay_ms: int) -> str:
    """Where messages of ``queue`` wait for their next try."""
    return f"{queue}{_RETRY_INFIX}{delay_ms}"


def owned(arguments: Mapping[str, Any]) -> bool:
    """A queue that the studio made for its user; retry queues are nobody's to see."""
    return arguments.get(MARK) in {WORK, DEAD_LETTERS}


def keeps_dead_letters(arguments: Mapping[str, Any]) -> bool:
    return arguments.get(MARK) == DEAD_LETTERS


def waits_for_retry(arguments: Mapping[str, Any], queue: str, name: str) -> bool:
    """Whether ``name`` is a retry queue of ``queue``."""
    return arguments.get(MARK) == RETRY and name.startswith(queue + _RETRY_INFIX)
