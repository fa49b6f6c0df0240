"""Which queues the explorer lists, and in which order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from wqstudio.domain.queue import HeldRoutes
from wqstudio.domain.reading import known
from wqstudio.domain.subjects import is_pattern, may_begin
from wqstudio.ui.models.explorer_nodes import Key, Node
from wqstudio.ui.models.explorer_rows import Order, Show, amount

ACTIVE_FOR = 60.0
"""Seconds for which a queue counts as active after its counters moved."""


@dataclass(frozen=True, slots=True)
class Choice:
    text: str = ""
    """Part of the name of a queue, of one of its consumers or subjects, or how a subject begins that it takes; in
    folded case.
    """
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
        return admitted and (not self.text or self._names(node) or self.names_below(node))

    def names_below(self, node: Node) -> bool:
        """Whether the text names one of the queue's consumers, or of its subjects where it does not name the queue."""
        if not self.text:
            return False
        consumers = known(node.queue.consumers, ())
        if any(self.text in consumer.name.casefold() for consumer in consumers):
            return True
        return not self._names(node) and any(map(self._names_subject, _subjects(node)))

    def _names(self, node: Node) -> bool:
        return self.text in node.queue.name.casefold()

    def _names_subject(self, subject: str) -> bool:
        """Also one of several words that it takes by a pattern, be it begun only, or without messages there."""
        folded = subject.casefold()
        return self.text in folded or ("." in self.text and is_pattern(subject) and may_begin(folded, self.text))


def _subjects(node: Node) -> Iterator[str]:
    """Those it takes, and as far as they were read those that it holds."""
    yield from node.queue.routes
    yield from known(node.held, HeldRoutes()).counts if node.held is not None else ()
