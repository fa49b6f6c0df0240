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

_AT_ONCE = OnFailure()


class GivenBack:
    """By workers that take from the same queues."""

    def __init__(self, most: int) -> None:
        self._due, self._again = Steps(most), Steps(most)

    def settle(self, rows: Deliveries, policies: Mapping[int, OnFailure]) -> None:
        """``rows``: those that are ``concerned``."""
        self._again.add(rows["received"][rows["deliveries"] > 1])
        back = rows[_given_back(rows)]
        pairs = zip(back["worker"].tolist(), back["deliveries"].tolist(), strict=True)
        delays = [_delay(policies.get(worker, _AT_ONCE), deliveries) for worker, deliveries in pairs]
        self._due.add(back["ended"] + np.array(delays, np.float64))

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


def concerned(settled: Deliveries) -> Marks:
    """Which of them were given back, or came again. (n,)."""
    marks: Marks = (_given_back(settled) | (settled["deliveries"] > 1)) & (settled["task"] != FOREIGN)
    return marks


def _given_back(rows: Deliveries) -> Marks:
    """What is given back since it is not due yet waits until then, however long that is, and is not meant."""
    back: Marks = (rows["outcome"] == Outcome.NAKED) & (rows["fate"] == Fate.OPEN) & ~never_begun(rows)
    return back


def _delay(policy: OnFailure, deliveries: int) -> float:
    """Seconds until the broker gives it out again."""
    match policy.action:
        case FailureAction.NAK_DELAYED:
            return policy.delay
        case FailureAction.BACKOFF:
            return backoff(policy, deliveries)
        case _:
            return 0.0
