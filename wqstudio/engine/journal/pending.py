"""Moves that are half done, or chosen and not begun, found again letter by letter."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence

from wqstudio.domain.redrive import MoveState
from wqstudio.engine.journal.journal import Move

_FIRST = (MoveState.COPIED, MoveState.INTENDED)
"""Of moves that stand for each other: what is nearer to its end."""


class Pending:
    """By fingerprint. Letters that do not differ share one, and stand for each other."""

    def __init__(self, moves: Iterable[Move]) -> None:
        self._moves: dict[bytes, deque[Move]] = defaultdict(deque)
        self._count = 0
        for move in moves:
            self._moves[move.fingerprint].append(move)
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def take(self, fingerprint: bytes) -> Move | None:
        """The move that such a letter is meant by, no longer pending; copied ones first, then those under way."""
        waiting = self._moves.get(fingerprint)
        if not waiting:
            return None
        move = next((one for state in _FIRST for one in waiting if one.state is state), waiting[0])
        waiting.remove(move)
        self._count -= 1
        return move

    def rest(self) -> Sequence[Move]:
        """Those whose letter was not found."""
        return [move for waiting in self._moves.values() for move in waiting]
