"""Which letters of a queue were there when a run began: what comes later is none of it, however late it is finished.

Nobody who gave the order has seen the others. On NATS the highest sequence of then tells. On RabbitMQ messages have no
address, and come in line: as many as there were and were not begun yet are gone through, less those that say themselves
that they died later, which a quorum queue may give out before what was given back to it.

Messages that are exhausted in place (NATS) come in the order in which they were published: where consumers have filters
of their own, what dies later may lie before what died first. See ``Reach.of``.
"""

from collections import Counter
from collections.abc import Sequence

from wqstudio.brokers.letters import Held, Movable
from wqstudio.engine.moves.books import Books

_SKEW = 5.0
"""Seconds by which the broker's clock may be ahead of this one."""


class Reach:
    """Of one pass. One that is not the first, which sees what there was by itself."""

    def __init__(self, books: Books, letters: Movable, removed: Counter[bytes], last: bytes) -> None:
        """``removed``: fingerprints of what earlier passes moved; a broker that was killed may have it again.
        ``last``: see ``Journal.last_fingerprint``; for what is exhausted in place.
        """
        self._last = last
        self._in_place = books.plan.exhausted
        self._letters = letters
        self._began = books.began
        self._over = books.over
        self._bound = books.plan.bound
        self._back = removed.copy()
        self._left = books.never_begun
        """Letters that were there then, of which none was begun yet."""
        self._seen = 0
        self.is_past = False
        """All of them were met."""

    def most(self, count: int) -> int:
        """Of ``count`` letters that are there now."""
        return count if self._bound is None else min(count, max(0, self._bound.count - self._over))

    def of(self, batch: Sequence[Held], others: Sequence[Held]) -> Sequence[Held]:
        """``others``, which are those of the batch that no pass has begun, as far as they were there.

        Of what is exhausted in place, none is given that lies before one that was begun: the pass that came there would
        have begun it, too, had it been meant and dead. Of what lies behind, no more than were never begun; among these,
        though, may be what died later, in the stead of as many that died first.
        """
        if self._bound is None:
            return others
        self._seen += len(batch)
        if (newest := self._bound.newest) is not None:
            self.is_past = batch[-1].id > newest
            old = [held for held in others if held.id <= newest]
            return [held for held in old if self._was_dead(held)] if self._in_place else old
        self.is_past = self._seen >= self._bound.count
        return [held for held in others if self._was_there(held)]

    def _was_there(self, held: Held) -> bool:
        mark = self._letters.fingerprint(held)
        if self._back[mark] > 0:
            self._back[mark] -= 1
            return True
        if self._left <= 0 or self._died_later(held):
            return False
        self._left -= 1
        return True

    def _was_dead(self, held: Held) -> bool:
        mark = self._letters.fingerprint(held)
        return (self._back[mark] > 0 or mark > self._last) and self._was_there(held)

    def _died_later(self, held: Held) -> bool:
        died_at = self._letters.read(held).died_at
        return died_at is not None and died_at > self._began + _SKEW
