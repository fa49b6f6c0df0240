"""A queue of the explorer with the lines below it, whose texts are made when a view asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from wqstudio.domain.queue import ConsumerState, HeldRoutes, QueueState
from wqstudio.domain.reading import Reading
from wqstudio.ui.models.dead_links import DeadLink
from wqstudio.ui.models.explorer_rows import ExplorerRow, consumer_row, link_row, queue_row, subject_row
from wqstudio.ui.models.subject_lines import SubjectLine

Key: TypeAlias = tuple[float, str, str]
Child: TypeAlias = DeadLink | ConsumerState | SubjectLine
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
    """Links, then consumers by name, then subjects."""
    held: Reading[HeldRoutes] | None = None
    """Under which subjects it held messages when somebody looked last; None: nobody has."""
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
            self.lines[key] = self._row(child)
        return self.lines[key]

    def _row(self, child: Child) -> ExplorerRow:
        match child:
            case DeadLink():
                return link_row(child)
            case SubjectLine():
                return subject_row(child, self.queue.name)
            case ConsumerState():
                return consumer_row(child, self.queue)


def child_key(child: Child) -> ChildKey:
    return (type(child), child.name if isinstance(child, ConsumerState) else child.text)
