"""Letters of a queue that other runs have half done: to requeue them once more would double them."""

from collections.abc import Sequence

from wqstudio.domain.redrive import OPEN_MOVES, Action, Plan, RedriveId
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.journal.pending import Pending
from wqstudio.engine.journal.place import leads_to


class Strangers:
    """Found letter by letter, as ``Pending`` is; empty where there are none."""

    def __init__(self, runs: Sequence[tuple[RedriveId, Pending]] = ()) -> None:
        self._runs = [(run, moves) for run, moves in runs if len(moves)]

    def __bool__(self) -> bool:
        return bool(self._runs)

    def take(self, fingerprint: bytes) -> RedriveId:
        """The run that has begun such a letter, and does not stand for another one any more. Empty: none has."""
        return next((run for run, moves in self._runs if moves.take(fingerprint) is not None), "")


def strangers(
    journal: Journal, broker: str, plan: Plan, but: RedriveId = "", *, from_anywhere: bool = False
) -> Strangers:
    """Of the queue of a requeue, as the journal knows now. ``but``: the run itself. ``from_anywhere``: other queues may
    lead to the same messages, whose fingerprints are like those of nothing else, wherever they are (NATS).
    """
    if plan.action is not Action.REQUEUE:
        return Strangers()
    return Strangers(
        [
            (entry.id, Pending(journal.moves(entry.id, OPEN_MOVES)))
            for entry in journal.unfinished()
            if entry.id != but
            and entry.plan.action is Action.REQUEUE
            and (from_anywhere or (entry.plan.queue == plan.queue and leads_to(broker, entry.broker)))
        ]
    )
