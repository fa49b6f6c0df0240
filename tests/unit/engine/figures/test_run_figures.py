from dataclasses import replace

import numpy as np
import pytest

from wqstudio.domain.delivery import ConfirmedTasks, FleetBatch, deliveries
from wqstudio.domain.dispatch import Figures, figures
from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.fate import Fate
from wqstudio.domain.queue import Source
from wqstudio.domain.reading import Unknown
from wqstudio.domain.settled import FOREIGN, SettledDelivery, pack_delivery
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import Outcome, ProducerSpec, WorkerSpec
from wqstudio.engine.figures.run_figures import FIGURES, PARTS, Evidence, figure, published
from wqstudio.engine.figures.run_record import RunRecord

SOURCE = Source("q", "c")
WORKERS = {1: WorkerSpec("fast-1", SOURCE), 2: WorkerSpec("fast-2", SOURCE), 3: WorkerSpec("slow", SOURCE)}
PRODUCERS = {7: ProducerSpec("high", "q", "q.{n}"), 8: ProducerSpec("low", "q", "q.{n}")}


def _task(producer: int, sequence: int) -> int:
    return TaskId("r", producer, sequence).number


def _row(worker: int, task: int, begun: float, ended: float, **fields: float) -> SettledDelivery:
    """Received 0.5 s before it was begun."""
    return SettledDelivery(
        worker,
        task,
        int(fields.get("deliveries", 1)),
        fields.get("received", begun - 0.5),
        begun,
        ended,
        Outcome(int(fields.get("outcome", Outcome.ACKED))),
        fields.get("work", ended - begun),
        fate=int(fields.get("fate", Fate.OPEN)),
    )


ROWS = [
    _row(1, _task(7, 0), 101, 102),
    _row(1, _task(7, 1), 102, 103, received=100.5),
    _row(2, _task(8, 0), 101, 104),
    _row(3, _task(8, 1), 101, 103, outcome=Outcome.NAKED),
    _row(3, _task(8, 1), 105.5, 107, received=105, deliveries=2, outcome=Outcome.TERMINATED),
    _row(3, _task(8, 2), 107, 109, outcome=Outcome.CRASHED),
]
CONFIRMED = (ConfirmedTasks(7, 0, 2, 100.0), ConfirmedTasks(8, 0, 3, 99.0))


@pytest.fixture
def run() -> Evidence:
    record = RunRecord("r")
    for id_, worker in WORKERS.items():
        record.add_worker(id_, worker)
    for number, producer in PRODUCERS.items():
        record.add_producer(number, producer)
    strangers = [_row(9, _task(7, 0), 1, 2)]
    settled = deliveries(b"".join(pack_delivery(*row) for row in ROWS + strangers))
    record.take(FleetBatch(settled=settled, confirmed=(*CONFIRMED, ConfirmedTasks(9, 0, 5, 50.0))))
    lanes = tuple(Lane(id_, spec.name, 1.0, 98.0, None, ((98.0, 1.0),)) for id_, spec in WORKERS.items())
    return Evidence(
        account=record.close([_task(8, 2), _task(9, 0)]),
        settled=record.settled,
        confirmed=record.confirmed,
        workers=record.workers,
        producers=record.producers,
        began=98.0,
        ended=110.0,
        drained=True,
        refusals=1,
        turned_away={7: 3, 8: 1},
        dead_letters=2,
        lanes=lanes,
        dispatch=figures(record.settled, published(record.confirmed), lanes),
        missed=3,
    )


@pytest.mark.parametrize(
    ("name", "of", "expected"),
    [
        ("balanced", "", 1),
        ("published", "", 5),
        ("published", "high", 2),
        ("published", "low", 3),
        ("acknowledged", "", 3),
        ("acknowledged", "fast", 3),
        ("acknowledged", "fast-2", 1),
        ("acknowledged", "slow", 0),
        ("acknowledged", "low", 1),
        ("terminated", "", 1),
        ("terminated", "slow", 1),
        ("stored", "", 1),
        ("lost", "", 0),
        ("drained", "", 1),
        ("refusals", "", 1),
        ("turned away", "", 4),
        ("turned away", "high", 3),
        ("missed", "", 3),
        ("dead letters", "", 2),
        ("seconds", "", 12),
        ("failed", "", 1),
        ("crashed", "slow", 1),
        ("expired", "", 0),
        ("deliveries", "", 6),
        ("redelivered", "", 1),
        ("redelivered", "fast", 0),
        ("most deliveries", "low", 2),
        ("workers", "", 3),
        ("workers", "high", 1),
        ("share", "fast-1", 2 / 3),
        ("finished", "high", 5),
        ("finished", "", 11),
        ("throughput", "", 3 / 5),
        ("throughput", "high", 2 / 5),
        ("busy", "fast", 5),
        ("held", "fast-1", 2),
        ("held", "slow", 2),
        ("shortest wait", "high", 1),
        ("median wait", "high", 1.5),
        ("longest wait", "low", 8),
        ("shortest retry", "", 2),
        ("median retry", "low", 2),
        ("longest retry", "low", 2),
        ("makespan", "", 5),
    ],
)
def test_figures_are_what_they_say(run: Evidence, name: str, of: str, expected: float) -> None:
    assert figure(run, name, of) == pytest.approx(expected)


def test_where_there_is_nothing_there_is_no_figure(run: Evidence) -> None:
    assert figure(run, "shortest retry", "fast") is None
    assert figure(run, "median service", "nobody") is None
    assert figure(run, "turned away", "fast") is None
    assert figure(run, "published", "fast") is None
    assert figure(run, "idle while waiting", "high") is None
    assert figure(run, "idle while waiting", "slow") is not None


def test_a_run_that_was_not_done_took_no_time_that_could_be_compared(run: Evidence) -> None:
    assert isinstance(run.dispatch, Figures)
    unfinished = replace(run, dispatch=replace(run.dispatch, finished=False))
    for name in ("makespan", "best possible", "list schedule", "efficiency"):
        assert figure(run, name) is not None
        assert figure(unfinished, name) is None
    assert figure(unfinished, "throughput") == figure(run, "throughput")


def test_every_figure_says_what_it_is() -> None:
    assert all(each.words for each in FIGURES.values())
    assert "acknowledged" in PARTS


def test_a_task_is_finished_when_it_can_come_no_more(run: Evidence) -> None:
    del run
    record = RunRecord("r")
    record.add_worker(1, WORKERS[1])
    record.add_producer(7, PRODUCERS[7])
    record.take(FleetBatch(confirmed=(ConfirmedTasks(7, 0, 3, 1.0),)))
    assert record.unfinished == 3
    for row, left, dead in (
        (_row(1, _task(7, 0), 2, 3), 2, 0),
        (_row(1, _task(7, 1), 3, 4, outcome=Outcome.NAKED), 2, 0),
        (_row(1, _task(7, 1), 4, 5, deliveries=2, outcome=Outcome.NAKED, fate=Fate.EXHAUSTED), 1, 0),
        (_row(1, _task(7, 2), 5, 6, outcome=Outcome.TERMINATED, fate=Fate.DEAD_LETTERED), 0, 1),
    ):
        record.take(FleetBatch(settled=deliveries(pack_delivery(*row))))
        assert (record.unfinished, record.dead_lettered) == (left, dead)


def test_work_of_no_length_has_waits_too_and_what_was_not_begun_has_none(run: Evidence) -> None:
    """A delivery that was given back since it was not due, or lost in its worker's hands, is no beginning of work."""
    rows = [
        _row(1, _task(7, 0), 101, 101, work=0.0),
        _row(1, _task(7, 1), 100.5, 100.5, outcome=Outcome.NAKED, work=float("nan")),
        _row(1, _task(7, 1), 104, 106, deliveries=2),
    ]
    settled = deliveries(b"".join(pack_delivery(*row) for row in rows))
    again = replace(run, settled=settled, dispatch=figures(settled, published(CONFIRMED), run.lanes))
    assert (figure(again, "shortest wait"), figure(again, "longest wait")) == (1, 4)
    assert figure(again, "busy") == 2
    assert figure(again, "median service") == 1


def test_a_worker_that_tries_again_what_another_began_made_nobody_wait_for_it(run: Evidence) -> None:
    rows = [
        _row(1, _task(7, 0), 101, 102, outcome=Outcome.NAKED),
        _row(2, _task(7, 0), 105, 106, deliveries=2),
        _row(2, _task(7, 1), 103, 104),
    ]
    again = replace(run, settled=deliveries(b"".join(pack_delivery(*row) for row in rows)))
    waited = {worker: figure(again, "longest wait", worker) for worker in ("", "fast-1", "fast-2")}
    assert waited == {"": 3, "fast-1": 1, "fast-2": 3}


def test_what_was_seen_was_published_also_where_its_confirm_never_came(run: Evidence) -> None:
    unconfirmed = replace(run, confirmed=(ConfirmedTasks(7, 0, 1, 100.0),))
    assert figure(unconfirmed, "published", "high") == 2


def test_a_retry_follows_the_delivery_before_whatever_its_number(run: Evidence) -> None:
    """Of two messages of somebody else nobody knows which one came back."""
    rows = [
        _row(1, _task(7, 0), 100, 101, outcome=Outcome.NAKED),
        _row(2, _task(7, 0), 103, 104, received=102, deliveries=2, outcome=Outcome.NAKED),
        _row(1, _task(7, 0), 109, 110, received=108, deliveries=2, outcome=Outcome.ACKED),
        _row(1, FOREIGN, 100, 101, outcome=Outcome.NAKED),
        _row(1, FOREIGN, 150, 151, received=150, deliveries=2, outcome=Outcome.ACKED),
    ]
    again = replace(run, settled=deliveries(b"".join(pack_delivery(*row) for row in rows)))
    assert (figure(again, "shortest retry"), figure(again, "longest retry")) == (1, 4)
    assert figure(again, "longest retry", "fast-2") == 1


def test_being_busy_ends_with_the_run(run: Evidence) -> None:
    """As for each worker: whatever is worked on after the last acknowledgement does not count."""
    assert isinstance(run.dispatch, Figures)
    assert run.dispatch.ended == 104
    by_name = {worker.name: worker.busy for worker in run.dispatch.workers}
    assert {name: figure(run, "busy", name) for name in by_name} == by_name
    assert figure(run, "busy", "slow") == 2
    assert figure(run, "busy") == sum(by_name.values())


def test_what_was_never_acknowledged_was_busy_for_as_long_as_it_went_on(run: Evidence) -> None:
    failed = run.settled[run.settled["outcome"] != Outcome.ACKED]
    none_acked = replace(run, settled=failed, dispatch=Unknown("no delivery has been acknowledged yet"))
    assert figure(none_acked, "busy") == float((failed["ended"] - failed["begun"]).sum()) > 0


def test_whole_and_part_have_one_definition(run: Evidence) -> None:
    assert not isinstance(run.dispatch, Unknown)
    assert not isinstance(run.dispatch.waited, Unknown)
    assert figure(run, "throughput") == run.dispatch.throughput
    assert figure(run, "p90 wait") == run.dispatch.waited.p90


def test_what_is_somebody_elses_is_no_task_of_the_run(run: Evidence) -> None:
    rows = [_row(1, _task(7, 0), 101, 102), *[_row(1, FOREIGN, at, at + 1) for at in (102, 103)]]
    again = replace(run, settled=deliveries(b"".join(pack_delivery(*row) for row in rows)))
    assert (figure(again, "acknowledged"), figure(again, "acknowledgements"), figure(again, "share")) == (1, 3, 1)


def test_what_was_published_is_in_order_of_time() -> None:
    times, numbers = published(CONFIRMED)
    assert times.tolist() == [99.0] * 3 + [100.0] * 2
    assert numbers.tolist() == [_task(8, 0), _task(8, 1), _task(8, 2), _task(7, 0), _task(7, 1)]
    assert published(())[0].shape == (0,)
    assert np.issubdtype(published(())[1].dtype, np.int64)
