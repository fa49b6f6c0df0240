"""Queues whose dead letters go to what is not there: RabbitMQ takes such a rule without a word, and drops them."""

from collections.abc import Collection, Container

from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.management.dead_letters import Target
from wqstudio.brokers.rabbitmq.management.records import QueueRecord

SURE_AFTER = 6.0
"""Seconds for which it has to stay so: whoever sets up a queue may make its exchange, or bind to it, a moment later,
and both are read every 5 s (``poll.TOPOLOGY_EVERY``).
"""


class DeadEnds:
    """Remembers from poll to poll since when there are which."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[str, float]] = {}

    def read(self, queue: QueueRecord, target: Target | None, there: Container[str], now: float) -> str:
        """As ``QueueState.dead_end``. ``there`` are the queues there are; ``now`` is a unix time in seconds."""
        found = dead_end(queue, target, there)
        if not found:
            self._since.pop(queue.name, None)
            return ""
        text, since = self._since.get(queue.name, ("", now))
        if text != found:
            self._since[queue.name] = found, now
            return ""
        return found if now - since >= SURE_AFTER else ""

    def forget_all_but(self, queues: Collection[str]) -> None:
        for name in self._since.keys() - queues:
            del self._since[name]


def dead_end(queue: QueueRecord, target: Target | None, there: Container[str]) -> str:
    if target is None or _is_of_the_studio(queue, target):
        return ""
    gap = target.gap
    if not target.exchange and not any(name in there for name in target.queues):
        gap = f"the queue {target.queues[0]} is not there; declare it, or correct the dead-letter-routing-key"
    if not gap:
        return ""
    return f"Messages that die here {'are held back' if _keeps_until_routed(queue) else 'are lost'}: {gap}"


def _is_of_the_studio(queue: QueueRecord, target: Target) -> bool:
    """Whoever had it made wrote no such rule: each of the studio's queues has it, whether or not letters are kept."""
    return marks.owned(queue.arguments) and target.exchange == marks.DEAD_LETTER_EXCHANGE


def _keeps_until_routed(queue: QueueRecord) -> bool:
    """At-least-once dead-lettering waits for a way, with the one overflow that it works with."""
    strategy, overflow = queue.rule("dead-letter-strategy"), queue.rule("overflow")
    return queue.type == "quorum" and strategy == "at-least-once" and overflow == "reject-publish"
