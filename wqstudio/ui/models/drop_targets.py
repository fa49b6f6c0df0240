"""Where dead letters that are being dragged can be dropped, where not and why. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from wqstudio.domain.queue import QueueState
from wqstudio.domain.redrive import Choice
from wqstudio.ui.models.subject_lines import SubjectKind, SubjectLine
from wqstudio.ui.names import visible

READ_ONLY = "This connection is read-only: connect again without that to move messages."
NOWHERE = "Drop them on a queue on the left."


@dataclass(frozen=True, slots=True)
class Target:
    label: str = ""
    """What the row says of itself meanwhile; empty: nothing special."""
    why_not: str = ""
    """In a sentence; empty: they can be dropped here."""
    origin: bool = False

    @property
    def possible(self) -> bool:
        return not self.why_not


class DropTargets:
    """Of one drag."""

    def __init__(self, choice: Choice, *, read_only: bool, elsewhere: Callable[[str], str]) -> None:
        """``elsewhere`` says why a queue that can be seen cannot be worked on from here; empty: it can."""
        self.choice = choice
        self.read_only = read_only
        self._elsewhere = elsewhere

    def of(self, queue: QueueState, line: SubjectLine | None = None) -> Target:
        """``line``: below the queue's own."""
        target = self._of(queue)
        if line is None:
            return target
        if not target.possible:
            return Target(why_not=target.why_not)
        if line.kind is SubjectKind.MORE:
            return Target(why_not=f"To choose a subject that is not listed, drop them on {visible(queue.name)} itself.")
        if line.kind is SubjectKind.PATTERN or line.subject not in self.choice.routes:
            return Target()
        return self._origin(only=len(self.choice.routes) == 1 and bool(self.choice.ids))

    def _of(self, queue: QueueState) -> Target:
        if queue.name == self.choice.queue and not self.choice.exhausted:
            return Target("they lie here", f"{visible(queue.name)} is where they lie already.")
        if self.read_only:
            return Target(why_not=READ_ONLY, origin=queue.name in self.choice.origins)
        if why := queue.closed or self._elsewhere(queue.name):
            return Target(why_not=why)
        if queue.name not in self.choice.origins:
            return Target()
        return self._origin(only=len(self.choice.origins) == 1)

    def _origin(self, *, only: bool) -> Target:
        return Target(f"home of {self.choice.count:,}" if only else "origin", origin=True)

    def said(self, queue: QueueState | None, line: SubjectLine | None = None) -> str:
        """What the drag means there, for a person; None: beside all queues."""
        what = f"{self.choice.count:,} {'message' if self.choice.count == 1 else 'messages'}"
        if queue is None:
            return READ_ONLY if self.read_only else f"{what} of {visible(self.choice.queue)}. {NOWHERE}"
        target = self.of(queue, line)
        if not target.possible:
            return target.why_not
        home = f", where {self._who()} came from" if target.origin else ""
        drop = f"Drop to requeue {what} to {visible(queue.name)}"
        if line is None:
            return f"{drop}{home}. What that does is shown first."
        if line.kind is SubjectKind.PATTERN:
            return f"{drop} under {line.subject}. Which subject that is, is shown or asked first."
        return f"{drop} under {line.subject}{home}. What that does is shown first."

    def _who(self) -> str:
        if len(self.choice.origins) > 1:
            return "some of them"
        return "it" if self.choice.count == 1 else "they"
