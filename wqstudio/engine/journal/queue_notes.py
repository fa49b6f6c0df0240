"""What the journal remembers of queues, whatever is moved: which keep dead letters, and whose limit is lifted."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from wqstudio.engine.journal.place import names_of

_TOLD = 2
"""What ``mark.keeps`` is where not a person says so, but the queue's messages; earlier releases take it for a mark."""


class Lift(NamedTuple):
    """A delivery limit that is lifted for a look, or was left so by one that was killed (RabbitMQ)."""

    policy: str
    broker: str
    """See ``Entry.broker``."""
    vhost: str
    queue: str
    at: float
    """Unix time in seconds."""


class QueueNotes(Protocol):
    """Of a ``Journal``."""

    def _execute(self, sql: str, values: tuple[Any, ...]) -> Sequence[tuple[Any, ...]]: ...

    def mark(self, broker: str, queue: str, keeps: bool | None) -> None:
        """Remember that a person says of a queue that it keeps dead letters, or none; None: forget what was said."""
        if keeps is None:
            places = ", ".join("?" * len(names := names_of(broker)))
            self._execute(f"DELETE FROM mark WHERE broker IN ({places}) AND queue = ?", (*names, queue))  # noqa: S608
        else:
            self._execute("INSERT OR REPLACE INTO mark VALUES (?, ?, ?)", (broker, queue, int(keeps)))

    def note_deaths(self, broker: str, queue: str, *, told: bool) -> None:
        """Remember that the messages of a queue tell of their deaths, or forget it. What a person says outweighs it."""
        if told:
            self._execute("INSERT OR IGNORE INTO mark VALUES (?, ?, ?)", (broker, queue, _TOLD))
        else:
            places = ", ".join("?" * len(names := names_of(broker)))
            where = f"broker IN ({places}) AND queue = ? AND keeps = ?"
            self._execute(f"DELETE FROM mark WHERE {where}", (*names, queue, _TOLD))  # noqa: S608 - names only

    def told_of_deaths(self, broker: str) -> frozenset[str]:
        """Those of ``marks`` of which no person has said anything."""
        return frozenset(queue for queue, keeps in self._said(broker).items() if keeps == _TOLD)

    def marks(self, broker: str) -> dict[str, bool]:
        """Whether a queue keeps dead letters, by what was said of it, or what its messages tell."""
        return {queue: bool(keeps) for queue, keeps in self._said(broker).items()}

    def _said(self, broker: str) -> dict[str, int]:
        """What was said under the place's name of today counts before what earlier releases wrote, and what a person
        says before what messages tell.
        """
        said: dict[str, int] = {}
        for name in reversed(names_of(broker)):
            rows = self._execute("SELECT queue, keeps FROM mark WHERE broker = ?", (name,))
            said |= {queue: keeps for queue, keeps in rows if keeps != _TOLD or queue not in said}
        return dict(sorted(said.items()))

    def note_lift(self, lift: Lift) -> None:
        self._execute("INSERT OR REPLACE INTO lift VALUES (?, ?, ?, ?, ?)", lift)

    def forget_lift(self, policy: str) -> None:
        self._execute("DELETE FROM lift WHERE policy = ?", (policy,))

    def lifts(self) -> Sequence[Lift]:
        """The oldest first."""
        return [Lift(*row) for row in self._execute("SELECT * FROM lift ORDER BY at", ())]
