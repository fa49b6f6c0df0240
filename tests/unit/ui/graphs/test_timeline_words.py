from random import Random

import numpy as np

from wqstudio.domain.delivery import DELIVERY, BegunDelivery, Deliveries
from wqstudio.domain.fate import Fate
from wqstudio.domain.queue import Source
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import Task
from wqstudio.domain.worker import Outcome, WorkerSpec
from wqstudio.fleet.behaviour import settlement
from wqstudio.ui.graphs.run_chart import elapsed
from wqstudio.ui.graphs.timeline_words import OUTCOME_TIPS, being_worked_on, settled
from wqstudio.ui.theme import LIGHT


def _row(received: float, begun: float, ended: float, *, work: float, deliveries: int = 1) -> Deliveries:
    made = np.zeros(1, DELIVERY)
    made[0] = (1, 7, deliveries, received, begun, ended, Outcome.CRASHED, work, True, Fate.OPEN)
    return made


def _told(row: Deliveries) -> list[tuple[str, str]]:
    rows = settled("one", row, LIGHT).rows
    return [(name, value.replace("\N{NARROW NO-BREAK SPACE}", " ")) for _, name, value in rows]


def test_what_is_passed_on_is_told_as_no_failure() -> None:
    scheduler = WorkerSpec("scheduler", Source("scheduled"), forward="tasks.{kind}")
    tip = OUTCOME_TIPS[settlement(scheduler, Task("report"), 7, 1, Random(1)).outcome]
    assert "passed on" in tip
    assert "failed" not in tip


def test_what_was_never_begun_was_not_worked_on() -> None:
    never = _row(2.0, 2.0, 6.0, work=float("nan"))
    assert _told(never) == [("crashed", "1st delivery"), ("held, never begun, for", "4.0 s")]
    worked = _row(2.0, 4.0, 6.0, work=2.0, deliveries=2)
    assert _told(worked) == [
        ("crashed", "2nd delivery"),
        ("held before it was begun", "2.0 s"),
        ("worked on for", "2.0 s"),
    ]


def test_a_delivery_that_nobody_has_counted_has_no_number() -> None:
    """Of somebody else's message, from a classic queue of RabbitMQ."""
    row = _row(2.0, 4.0, 6.0, work=2.0, deliveries=2)
    row["task"], row["counted"] = FOREIGN, False
    assert _told(row)[0] == ("crashed", "redelivery")
    being = BegunDelivery(1, FOREIGN, 2, 2.0, 4.0, 60.0, 60.0, counted=False)
    assert being_worked_on("one", being, 5.0, LIGHT).rows[0][2] == "redelivery"


def test_the_time_above_is_that_of_the_bar() -> None:
    for row, at in ((_row(2.0, 2.0, 6.0, work=float("nan")), 6.0), (_row(2.0, 4.0, 6.0, work=2.0), 4.0)):
        assert settled("one", row, LIGHT, elapsed).heading == f"one  ·  {elapsed(at)}"
