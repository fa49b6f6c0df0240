"""A queue of the explorer with the lines below it, whose texts are made when a view asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.ui.models.dead_links import DeadLink
from wqstudio.ui.models.explorer_rows import ExplorerRow, consumer_row, link_row, queue_row

Key: TypeAlias = tuple[float, str, str]
Child: TypeAlias = DeadLink | ConsumerState
ChildKey: TypeAlias = tuple[type | None, str]

_OWN: ChildKey = (None, "")


@dataclass(slots=True, eq=False)
class Node:
    """A queue. The text of its line is made when a view first asks for it after a change.

    A beat over thousands of queues then pays for the lines on the screen, once each, and not for the others.
    """

    id: int
    queue: QueueState
    moved_at: float
    """Unix time at which a counter was last seen to move."""
    children: Sequence[Child] = ()
    """Links, then consumers by name."""
    key: Key = (0.0, "", "")
    """The place in the list that is shown; only changes together with that list."""
    lines: dict[ChildKey, ExplorerRow] = field(default_factory=dict)

    def line(self) -> ExplorerRow:
        if _OWN not in self.lines:
            self.lines[_OWN] = queue_row(self.queue)
        return self.lines[_OWN]

    def child_line(self, position: int) -> ExplorerRow:
        child = self.children[position]
        key = child_key(child)
        if key not in self.lines:
            self.lines[key] = link_row(child) if isinstance(child, DeadLink) else consumer_row(child, self.queue)
        return self.lines[key]


def child_key(child: Child) -> ChildKey:
    return (type(child), child.text if isinstance(child, DeadLink) else child.name)
