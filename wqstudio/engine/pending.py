"""Moves of an earlier try that are half done, found again letter by letter."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence

from wqstudio.domain.redrive import MoveState
from wqstudio.engine.journal import Move


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
        """The move that was begun for such a letter, no longer pending; copied ones first."""
        waiting = self._moves.get(fingerprint)
        if not waiting:
            return None
        move = next((one for one in waiting if one.state is MoveState.COPIED), waiting[0])
        waiting.remove(move)
        self._count -= 1
        return move

    def rest(self) -> Sequence[Move]:
        """Those whose letter was not found."""
        return [move for waiting in self._moves.values() for move in waiting]
