"""Messages that workers gave back because they failed at them, and that nobody has received again."""

from collections.abc import Mapping

import numpy as np

from wqstudio.domain.delivery import BegunDelivery, Deliveries
from wqstudio.domain.dispatch_rows import Marks, never_begun
from wqstudio.domain.fate import Fate
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.worker import FailureAction, OnFailure, Outcome
from wqstudio.engine.timeline.steps import Steps
from wqstudio.fleet.behaviour import backoff


class GivenBack:
    """By workers that take from the same queues."""

    def __init__(self, most: int) -> None:
        self._due, self._again = Steps(most), Steps(most)

    def settle(self, settled: Deliveries, policies: Mapping[int, OnFailure]) -> None:
        own = settled[settled["task"] != FOREIGN]
        self._again.add(own["received"][own["deliveries"] > 1])
        back = own[_given_back(own)]
        for worker in np.unique(back["worker"]).tolist():
            self._due.add(_due(back[back["worker"] == worker], policies.get(worker, OnFailure())))

    def forget(self, now: float) -> None:
        """Keep the count alone."""
        self._due.forget(now)
        self._again.forget(now)

    def by(self, at: Floats) -> Integers:
        """How many had been given back by each time, and were due, less all that had been received again, from whomever
        they came back.
        """
        return self._due.by(at) - self._again.by(at)


def comes_again(one: BegunDelivery) -> bool:
    return one.deliveries > 1 and one.task != FOREIGN


def _given_back(rows: Deliveries) -> Marks:
    """What is given back since it is not due yet waits until then, however long that is, and is not meant."""
    back: Marks = (rows["outcome"] == Outcome.NAKED) & (rows["fate"] == Fate.OPEN) & ~never_begun(rows)
    return back


def _due(rows: Deliveries, policy: OnFailure) -> Floats:
    """When the broker gives each of them out again."""
    match policy.action:
        case FailureAction.NAK_DELAYED:
            delays = [policy.delay] * len(rows)
        case FailureAction.BACKOFF:
            delays = [backoff(policy, deliveries) for deliveries in rows["deliveries"].tolist()]
        case _:
            delays = [0.0] * len(rows)
    due: Floats = rows["ended"] + np.array(delays)
    return due
