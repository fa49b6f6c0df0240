"""What a simulated worker holds of a message until it is settled."""

from dataclasses import replace
from functools import lru_cache
from math import nan

from wqstudio.brokers.sessions import Delivery
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import Task, TaskId, decode, read_due

_decode_cached = lru_cache(maxsize=256)(decode)  # a producer's bodies are few and repeat


class Held:
    """A message that was delivered and is not settled. Built once for each message, hence bare."""

    __slots__ = ("begun", "delivery", "kept", "number", "received", "task", "work")

    def __init__(self, delivery: Delivery, run: str, received: float, kept: float) -> None:
        self.delivery = delivery
        self.task: Task = decode(delivery.body) if len(delivery.body) > 1_000 else _decode_cached(delivery.body)
        if delivery.due:
            self.task = replace(self.task, due=read_due(delivery.due))
        identity = TaskId.parse(delivery.task)
        self.number = identity.number if identity is not None and identity.run == run else FOREIGN
        self.received = self.begun = received
        self.work = nan
        """Seconds at speed 1, once it is begun."""
        self.kept = kept
        """Monotonic time at which the broker last began to count towards its deadline, as far as known."""
