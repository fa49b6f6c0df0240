"""How the studio tells its own queues and exchanges, and dead letters, from others."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

MARK = "wqstudio"
"""Queue argument that says what a queue of the studio's is for; RabbitMQ keeps it and does not read it."""
WORK, DEAD_LETTERS, RETRIES, RETRY, LOOK = "work", "dead letters", "retries", "retry", "look"
"""``RETRIES``: a retry queue that its user asked for; ``RETRY``: one that workers make for a delay of theirs."""

EXCHANGE = "wqstudio"
"""Topic exchange of the studio's own, to which queues are bound by the routes of their specs."""
DEAD_LETTER_EXCHANGE = "wqstudio.dead-letters"
"""Direct exchange to which the studio's queues dead-letter, each with its own name as routing key."""
RETRIES_HEADER = "Wqs-Retries"
"""Deliveries a message has behind it. Not an ``x-`` name: brokers interpret those."""
REQUEUED_HEADER = "Wqs-Requeued"
"""Marks a copy of a dead letter: unique to the letter and its move."""

LONGEST_NAME = 255
"""Bytes."""
_RETRY_INFIX = ".wqs-retry-"


def retry_queue(queue: str, delay_ms: int) -> str:
    """Where messages of ``queue`` wait for their next try. A long name is cut, and told apart by its digest."""
    suffix = f"{_RETRY_INFIX}{delay_ms}"
    encoded = queue.encode(errors="surrogateescape")
    if len(encoded) + len(suffix) <= LONGEST_NAME:
        return queue + suffix
    digest = f"~{sha256(encoded).hexdigest()[:16]}"
    return encoded[: LONGEST_NAME - len(digest + suffix)].decode(errors="ignore") + digest + suffix


def owned(arguments: Mapping[str, Any]) -> bool:
    """A queue that the studio made for its user; those that workers make are nobody's to see."""
    return arguments.get(MARK) in {WORK, DEAD_LETTERS, RETRIES}


def is_unseen_retry_queue(name: str) -> bool:
    """By its name alone."""
    return _RETRY_INFIX in name


def shows_a_look(arguments: Mapping[str, Any]) -> bool:
    """It holds nothing and is nobody's to see: a sign that a look lives that has lifted a limit."""
    return arguments.get(MARK) == LOOK


def keeps_dead_letters(arguments: Mapping[str, Any]) -> bool:
    return arguments.get(MARK) == DEAD_LETTERS


def home_of(arguments: Mapping[str, Any], name: str) -> str:
    """The queue for which ``name`` keeps what waits for its next try; empty: it is no retry queue of the studio's."""
    if arguments.get(MARK) not in {RETRY, RETRIES}:
        return ""
    home = arguments.get("x-dead-letter-routing-key")
    return home if isinstance(home, str) else name.rpartition(_RETRY_INFIX)[0]
