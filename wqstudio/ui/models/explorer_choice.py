"""Which queues the explorer lists, and in which order."""

from dataclasses import dataclass
from typing import assert_never

from wqstudio.domain.reading import known
from wqstudio.ui.models.explorer_nodes import Key, Node
from wqstudio.ui.models.explorer_rows import Order, Show, amount

ACTIVE_FOR = 60.0
"""Seconds for which a queue counts as active after its counters moved."""


@dataclass(frozen=True, slots=True)
class Choice:
    text: str = ""
    """Part of the name of a queue or of one of its consumers, in folded case."""
    show: Show = Show.ALL
    order: Order = Order.NAME

    def key(self, node: Node) -> Key:
        match self.order:
            case Order.NAME:
                leading = 0.0
            case Order.WAITING:
                leading = -amount(node.queue)
            case Order.STUCK:
                leading = -float(known(node.queue.stuck, 0))
            case other:
                assert_never(other)
        name = node.queue.name
        return (leading, name.casefold(), name)

    def admits(self, node: Node, now: float) -> bool:
        match self.show:
            case Show.ALL:
                admitted = True
            case Show.STUCK:
                admitted = known(node.queue.stuck, 0) > 0
            case Show.DEAD:
                admitted = node.queue.dead_letters and amount(node.queue) != 0
            case Show.ACTIVE:
                admitted = known(node.queue.in_flight, 0) > 0 or now - node.moved_at <= ACTIVE_FOR
            case other:
                assert_never(other)
        return admitted and (not self.text or self.text in node.queue.name.casefold() or self.names_consumer(node))

    def names_consumer(self, node: Node) -> bool:
        """Whether the text is in the name of one of the queue's consumers, as no text is."""
        consumers = known(node.queue.consumers, ()) if self.text else ()
        return any(self.text in consumer.name.casefold() for consumer in consumers)
