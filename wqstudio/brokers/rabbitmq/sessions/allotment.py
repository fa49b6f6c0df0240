"""How many messages each consumer of a worker may hold, so that together they hold the prefetch."""


class Allotment:
    """RabbitMQ gives a prefetch to new consumers only, and a consumer's messages may outlive it."""

    def __init__(self, prefetch: int) -> None:
        """``prefetch`` 0: any number."""
        self.prefetch = prefetch
        self.consumers: dict[str, int] = {}
        """The prefetch of each, by its tag."""
        self._left_over: set[int] = set()
        """Unsettled messages of consumers that were ended, which no consumer's prefetch counts."""

    def clear(self) -> None:
        """There is nothing any more: no consumer, and no message."""
        self.consumers.clear()
        self._left_over.clear()

    def end_all(self, unsettled: set[int]) -> None:
        """The consumers are gone, and ``unsettled`` is what of theirs is still held."""
        self.consumers.clear()
        self._left_over = set(unsettled)

    def settled(self, tag: int) -> bool:
        """Whether there may be room for a consumer now."""
        if not self._left_over:
            return False
        self._left_over.discard(tag)
        return not (self.consumers and self._left_over)

    @property
    def too_much(self) -> bool:
        """Whether the consumers may hold another number than the prefetch, other than for being too few."""
        if self.prefetch == 0:
            return list(self.consumers.values()) != [0]
        return 0 in self.consumers.values() or self._room < 0

    @property
    def missing(self) -> int | None:
        """The prefetch of the consumer to be added. What is left over gets one when all of it is settled, not each."""
        if self.prefetch == 0:
            return None if self.consumers else 0
        if (self.consumers and self._left_over) or self._room <= 0:
            return None
        return self._room

    @property
    def _room(self) -> int:
        return self.prefetch - sum(self.consumers.values()) - len(self._left_over)
