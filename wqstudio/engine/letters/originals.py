"""Which of the messages that pointers lead to stay where they are, and of which a copy comes to lie there as well."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from wqstudio.brokers.letters import Outlet
from wqstudio.domain.letter import Destination, NoWay


@dataclass(frozen=True, slots=True)
class Stays:
    """Messages in one stream that a move copies, or whose pointers it discards, and that it does not remove (NATS)."""

    queue: str
    count: int
    twice: int = 0
    """Of these, so many are copied back into that stream, and stored there twice then."""


class Originals:
    """Counted letter by letter, for a preview."""

    def __init__(self) -> None:
        self._by_queue: defaultdict[str, Counter[Destination | None]] = defaultdict(Counter)

    def add(self, stays_in: str, to: Destination | None) -> None:
        """``stays_in``: see ``Letter.stays_in``. ``to``: where its copy goes; None: there is none."""
        if stays_in:
            self._by_queue[stays_in][to] += 1

    async def staying(self, outlet: Outlet, refused: Mapping[Destination, NoWay]) -> tuple[Stays, ...]:
        """Without those of which no copy is made, since there is no way there. UnreachableError."""
        found = []
        for queue, goes in self._by_queue.items():
            moved = {to: number for to, number in goes.items() if to is None or to not in refused}
            routes = {to.route for to in moved if to is not None}
            back = set((await outlet.ways(queue, routes)).fitting) if routes else set[str]()
            twice = sum(number for to, number in moved.items() if to is not None and to.route in back)
            if moved:
                found.append(Stays(queue, sum(moved.values()), twice))
        return tuple(found)
