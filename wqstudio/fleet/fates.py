"""After which deliveries a message is given to nobody any more, by the limits of its queue."""

import numpy as np

from wqstudio.domain.delivery import Deliveries
from wqstudio.domain.fate import NOBODY_KNOWS, Endings, Fate
from wqstudio.domain.series import Integers
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import producer_of
from wqstudio.domain.worker import Outcome

_GIVEN_UP = (Outcome.NAKED, Outcome.CRASHED, Outcome.EXPIRED)
"""After the last delivery that a message may have, these end it."""
_UNDONE = (*_GIVEN_UP, Outcome.TERMINATED)


class Fates:
    """Of the run's own messages: where somebody else's came from is not known."""

    def __init__(self) -> None:
        self._endings: dict[int, Endings] = {}
        self._queues: dict[int, str] = {}
        """By producer."""

    def meet_worker(self, id_: int, endings: Endings) -> None:
        self._endings[id_] = endings

    def meet_producer(self, id_: int, queue: str) -> None:
        self._queues[id_] = queue

    def told(self, settled: Deliveries) -> Deliveries:
        """The same, with the fates of messages as a column; deliveries have their numbers already."""
        undone = np.flatnonzero(np.isin(settled["outcome"], _UNDONE) & (settled["task"] != FOREIGN))
        if not len(undone):
            return settled
        told, rows = settled.copy(), settled[undone]
        pairs, which = np.unique(np.stack([rows["worker"], producer_of(rows["task"])]), axis=1, return_inverse=True)
        fates = np.zeros(len(rows), np.uint8)
        for number, (worker, producer) in enumerate(pairs.T.tolist()):
            mine = np.flatnonzero(which.ravel() == number)
            fates[mine] = self._fates(
                rows[mine], self._endings.get(worker, NOBODY_KNOWS), self._queues.get(producer, "")
            )
        told["fate"][undone] = fates
        return told

    @staticmethod
    def _fates(rows: Deliveries, endings: Endings, queue: str) -> Integers:
        last = endings.last_deliveries.get(queue)
        terminated = rows["outcome"] == Outcome.TERMINATED
        exhausted = ~terminated & (rows["deliveries"] >= last) if last is not None else np.zeros(len(rows), np.bool_)
        buried = exhausted & (queue in endings.buried) | terminated & (endings.copies or queue in endings.rejected)
        return np.where(buried, Fate.DEAD_LETTERED, np.where(exhausted, Fate.EXHAUSTED, Fate.OPEN))
