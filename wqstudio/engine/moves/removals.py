"""Who removed what is found gone: this run, another one that had copied it there, or somebody else. Pure.

That it was somebody else is said only where neither of the others can have done it.
"""

from collections.abc import Collection, Iterable

from wqstudio.domain.redrive import Action, MoveState
from wqstudio.engine.journal.journal import Move

_ANOTHER = "another run had copied it there"
BY_ANOTHER = "another run has moved it since"
NOT_THERE = "it was not there any more"
ALIVE = "it is alive: its consumer was made anew or reset meanwhile, and gives it out again"


class Removals:
    """Of one run, in all its passes."""

    def __init__(self) -> None:
        self._asked: set[int] = set()
        """See ``note_asked``. Of a letter that is met again the broker may only not have come to it yet."""
        self._inherited: set[int] = set()
        """The same of an earlier process, which cannot be asked."""
        self._others: set[int] = set()
        """See ``note_another``."""
        self._moved_by_others: Collection[bytes] = ()
        """See ``note_moved_by_others``."""

    @property
    def involves_another(self) -> bool:
        """Another run has copied some of the letters."""
        return bool(self._others)

    def note_asked(self, moves: Iterable[Move]) -> None:
        """The broker may have been asked to remove their letters, and has not said that it did."""
        self._asked.update(move.number for move in moves)

    def note_inherited(self, moves: Iterable[Move]) -> None:
        """As ``note_asked``, of what an earlier process has half done."""
        self._inherited.update(move.number for move in moves)

    def note_there(self, move: Move) -> None:
        """Its very letter is met in its queue, so no earlier process has removed it. Of a copy whose place the journal
        does not know, it may be that another run had made it, which may have removed it yet.
        """
        if move.state is not MoveState.COPIED or move.place is not None:
            self._inherited.discard(move.number)

    def note_another(self, move: Move) -> None:
        """Another run made its copy, at the same time, and may remove the original."""
        self._others.add(move.number)

    def note_moved_by_others(self, fingerprints: Collection[bytes]) -> None:
        """By other runs, as the journal knows, since this one began: what they requeued it has not discarded."""
        self._moved_by_others = fingerprints

    def overtaken(self, gone: Iterable[Move]) -> int:
        """How many of these, which are found gone, were copied and then removed by somebody else."""
        return sum(move.state is MoveState.COPIED and self._is_taken(move) for move in gone)

    def ended(self, move: Move, action: Action, *, gone: bool) -> Move:
        """Of a letter that is removed, or (``gone``) was before."""
        if move.number in self._others:
            return move._replace(state=MoveState.GONE, reason=_ANOTHER)
        if gone and move.fingerprint in self._moved_by_others:
            return move._replace(state=MoveState.GONE, reason=BY_ANOTHER)
        if gone and action is Action.DISCARD and self._is_taken(move):
            return move._replace(state=MoveState.GONE, reason=NOT_THERE)
        return move._replace(state=MoveState.REMOVED)

    def _is_taken(self, move: Move) -> bool:
        """By somebody else."""
        return not any(move.number in known for known in (self._asked, self._inherited, self._others))
