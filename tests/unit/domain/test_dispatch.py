from collections.abc import Iterable, Sequence
from math import inf

import numpy as np
import pytest
from hypothesis import given, strategies as st

from wqstudio.domain.delivery import NO_DELIVERIES, BegunDelivery, Deliveries, deliveries
from wqstudio.domain.dispatch import Figures, Percentiles, fairness, figures
from wqstudio.domain.dispatch_bounds import Life, list_schedule, lower_bound
from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.queue import Source
from wqstudio.domain.reading import Unknown
from wqstudio.domain.settled import FOREIGN, SettledDelivery, pack_delivery
from wqstudio.domain.worker import Outcome


def _lane(worker: int, speed: float = 1.0, began: float = 0.0, ended: float | None = None, sources: str = "") -> Lane:
    """``sources``: consumers of one queue, each a letter."""
    taken = tuple(Source("q", consumer) for consumer in sources)
    return Lane(worker, f"w{worker}", speed, began, ended, ((began, speed),), taken)


def _row(
    task: int,
    spans: tuple[float, float, float],
    *,
    worker: int = 1,
    deliveries: int = 1,
    outcome: Outcome = Outcome.ACKED,
    work: float | None = None,
) -> SettledDelivery:
    received, begun, ended = spans
    work = ended - begun if work is None else work
    return SettledDelivery(worker, task, deliveries, received, begun, ended, outcome, work)


def _columns(rows: Iterable[SettledDelivery]) -> Deliveries:
    return deliveries(b"".join(pack_delivery(*row) for row in rows))


def _figures(
    rows: Sequence[SettledDelivery],
    published: Sequence[float],
    lanes: Sequence[Lane],
    being: Sequence[BegunDelivery] = (),
) -> Figures:
    """``published``: of the tasks 0, 1 and so on, rising."""
    known = figures(
        _columns(rows), (np.array(published, np.float64), np.arange(len(published), dtype=np.int64)), lanes, being
    )
    assert isinstance(known, Figures)
    return known


def test_what_is_taken_up_at_once_was_not_hoarded() -> None:
    rows = [_row(0, (0, 0.004, 1)), _row(1, (1, 1.5, 2)), _row(2, (2, 2.004, 3))]
    got = _figures(rows, [0.0] * 3, [_lane(1)])
    assert got.hoarded_seconds == got.workers[0].hoarded == 0.5
    assert isinstance(got.hoarded, Percentiles)
    assert got.hoarded.p50 == 0.0


def test_there_are_no_figures_before_an_acknowledgement() -> None:
    nothing = figures(NO_DELIVERIES, (np.empty(0), np.empty(0, np.int64)), [])
    assert isinstance(nothing, Unknown)


def test_time_in_which_the_broker_was_away_is_lost() -> None:
    """What could not be published meanwhile comes late, and is no excuse for a run that took six times as long."""
    rows, known = [_row(0, (0, 0, 1)), _row(1, (11, 11, 12))], (np.array([0.0, 11.0]), np.array([0, 1], np.int64))
    there = figures(_columns(rows), known, [_lane(1)])
    away = figures(_columns(rows), known, [_lane(1)], away=[(1.0, 11.0)])
    assert isinstance(there, Figures)
    assert isinstance(away, Figures)
    assert (there.best_possible, there.efficiency, there.away) == (12.0, 1.0, 0.0)
    assert (away.best_possible, away.list_schedule, away.efficiency, away.away) == (2.0, 2.0, 2 / 12, 10.0)
    assert away.idle_while_waiting == there.idle_while_waiting == 0.0  # nothing that a worker could be given waited


def test_what_was_away_by_accident_is_lost_as_well_and_told_apart() -> None:
    rows, known = [_row(0, (0, 0, 1)), _row(1, (11, 11, 12))], (np.array([0.0, 11.0]), np.array([0, 1], np.int64))
    got = figures(_columns(rows), known, [_lane(1)], away=[(1.0, 5.0)], by_accident=[(4.0, 11.0), (12.0, 20.0)])
    assert isinstance(got, Figures)
    assert (got.away, got.away_by_accident, got.best_possible) == (10.0, 7.0, 2.0)


def test_tasks_without_length_are_shared_out_neither_well_nor_badly() -> None:
    got = _figures([_row(0, (0, 0.5, 0.5)), _row(1, (0, 1, 1))], [0.0, 0.0], [_lane(1)])
    assert got.makespan == 1.0
    assert got.efficiency == Unknown("no task took any time")


def test_a_worker_idles_while_a_broker_that_is_away_has_work_stored() -> None:
    rows, known = [_row(0, (0, 0, 1)), _row(1, (11, 11, 12))], (np.array([0.0, 0.0]), np.array([0, 1], np.int64))
    away = figures(_columns(rows), known, [_lane(1)], away=[(1.0, 11.0)])
    assert isinstance(away, Figures)
    assert away.efficiency == 2 / 12
    assert away.idle_while_waiting == 10 / 11


def test_who_could_come_only_once_the_broker_was_back_could_have_come_sooner() -> None:
    rows = [_row(0, (0, 0, 2)), _row(1, (12, 12, 14), worker=2)]
    known = (np.array([0.0, 0.0]), np.array([0, 1], np.int64))
    away = figures(_columns(rows), known, [_lane(1, ended=3.0), _lane(2, began=12.0)], away=[(2.0, 12.0)])
    assert isinstance(away, Figures)
    assert (away.makespan, away.list_schedule) == (14.0, 4.0)


def test_round_robin_against_fair_dispatch_by_hand() -> None:
    """Four tasks of 4, 1, 4, 1 s; first, third to one worker and second, fourth to the other, which then idles."""
    rows = [
        _row(0, (0, 0, 4)),
        _row(2, (0, 4, 8)),
        _row(1, (0, 0, 1), worker=2),
        _row(3, (0, 1, 2), worker=2),
    ]
    got = _figures(rows, [0.0] * 4, [_lane(1), _lane(2)])
    assert (got.tasks, got.deliveries, got.redeliveries, got.duplicates) == (4, 4, 0, 0)
    assert (got.makespan, got.best_possible, got.list_schedule) == (8.0, 5.0, 5.0)
    assert got.efficiency == 5 / 8
    one, two = got.workers
    assert (one.busy, two.busy, one.busy_share, two.busy_share) == (8.0, 2.0, 1.0, 0.25)
    assert (one.waiting, one.idle) == (4.0, 0.0)  # until the third task is begun at 4
    assert (two.waiting, two.idle) == (4.0, 2.0)
    assert got.idle_while_waiting == 2 / 8
    assert got.fairness == pytest.approx(1.25**2 / (2 * (1 + 0.0625)))
    assert got.throughput == 0.5
    assert (got.hoarded_seconds, one.hoarded, two.hoarded) == (5.0, 4.0, 1.0)
    assert got.waited == Percentiles(*np.percentile([0, 0, 1, 4], (50, 90, 99)).tolist())
    assert got.served == Percentiles(*np.percentile([4, 4, 1, 1], (50, 90, 99)).tolist())


def test_what_failed_and_came_again_counts_once() -> None:
    """A crash after 2 s of 3, what that worker held goes to the other; one task is acknowledged twice."""
    rows = [
        _row(0, (1, 1, 3), outcome=Outcome.CRASHED, work=3.0),
        _row(1, (1, 1, 3), outcome=Outcome.CRASHED, work=float("nan")),
        _row(0, (4, 4, 7), worker=2, deliveries=2),
        _row(1, (7, 7, 8), worker=2, deliveries=2),
        _row(1, (8, 8, 9), worker=2, deliveries=3),
        _row(2, (9, 9, 9.5), worker=2, outcome=Outcome.TERMINATED),
    ]
    got = _figures(rows, [0.5, 0.5, 0.5], [_lane(1, ended=3.0), _lane(2)])
    assert (got.tasks, got.redeliveries, got.duplicates, got.ended) == (2, 3, 1, 9.0)
    assert got.best_possible == 3.5 - 0.5  # 3 and 1 s on two workers, of whom one leaves at 3
    one, two = got.workers
    assert (one.lived, one.busy, one.waiting, one.idle) == (2.5, 2.0, 2.5, 0.5)
    assert (two.waiting, two.idle) == (8.5, 8.5 - 5.0)  # task 2 waits to the end
    assert got.waited == Percentiles(*np.percentile([0.5, 6.5, 8.5], (50, 90, 99)).tolist())


def test_who_came_and_went_is_not_singled_out_for_idling() -> None:
    """The second idled for all of the second that it lived; the third for half of the ten that the run took."""
    rows = [_row(0, (0, 0, 5)), _row(1, (0, 5, 10)), _row(2, (5, 5, 10), worker=3)]
    got = _figures(rows, [0.0] * 3, [_lane(1), _lane(2, began=1.0, ended=2.0), _lane(3)])
    idle = {worker.name: worker.idle_while_waiting for worker in got.workers}
    assert idle == {"w1": 0.0, "w2": 1.0, "w3": 1.0}
    assert got.workers[1].lived < 0.2 * got.makespan
    assert got.idlest is not None
    assert got.idlest.name == "w3"
    stayed = _figures(rows, [0.0] * 3, [_lane(1), _lane(2, began=1.0, ended=3.0), _lane(3, began=5.0)])
    assert stayed.idlest is not None
    assert stayed.idlest.name == "w2"


def test_a_run_begins_with_the_first_delivery_where_tasks_waited_for_the_workers() -> None:
    rows = [_row(0, (10, 10, 11)), _row(1, (11, 11, 12))]
    assert _figures(rows, [2.0, 3.0], [_lane(1, began=9.9)]).makespan == 2.0
    assert _figures(rows, [9.95, 9.95], [_lane(1, began=9.9)]).makespan == pytest.approx(2.05)


def test_messages_of_others_are_tasks_too() -> None:
    rows = [_row(FOREIGN, (1, 1, 2)), _row(FOREIGN, (1, 2, 3)), _row(FOREIGN, (3, 3, 4), deliveries=2)]
    got = _figures(rows, [], [_lane(1)])
    assert (got.tasks, got.makespan, got.best_possible, got.duplicates) == (3, 3.0, 3.0, 0)
    assert isinstance(got.waited, Unknown)
    assert got.workers[0].waiting == 1.0


def test_nobody_idles_while_only_others_have_work_waiting() -> None:
    """Two tasks at consumer a, one after the other; that of b has nothing to do, and one of both might have helped."""
    rows = [_row(0, (0, 0, 2)), _row(1, (2, 2, 4)), _row(2, (0, 0, 1), worker=2)]
    lanes = [_lane(1, sources="a"), _lane(2, sources="b"), _lane(3, sources="ba"), _lane(4, sources="a")]
    got = _figures(rows, [0.0, 0.0, 0.0, 0.0], lanes)  # nobody was given the last: it may be anybody's
    assert [(worker.waiting, worker.idle) for worker in got.workers] == [(2, 0), (0, 0), (2, 2), (2, 2)]
    assert got.idle_while_waiting == 4 / 6


def test_a_delivery_that_is_being_worked_on_is_no_idling() -> None:
    rows = [_row(0, (0, 0, 1)), _row(1, (1, 9, 10))]
    being = BegunDelivery(2, 2, 1, 0.0, 0.0, 60.0, 60.0)
    got = _figures(rows, [0.0] * 3, [_lane(1), _lane(2)], [being])
    assert [worker.idle for worker in got.workers] == [8.0, 0.0]


def test_a_worker_without_a_lane_is_known_by_its_deliveries() -> None:
    got = _figures([_row(0, (1, 1, 2), worker=5)], [0.5], [_lane(1)])
    assert [(worker.name, worker.acknowledged) for worker in got.workers] == [("w1", 0), ("worker 5", 1)]


def test_a_worker_that_comes_as_the_run_ends_had_no_part_in_it() -> None:
    got = _figures([_row(0, (0, 0, 5))], [0.0], [_lane(1), _lane(2, began=5.0), _lane(3, began=9.0)])
    assert [worker.name for worker in got.workers] == ["w1"]
    assert got.fairness == 1.0


def test_a_run_of_an_instant_has_figures() -> None:
    got = _figures([_row(0, (5, 5, 5))], [5.0], [])
    assert (got.makespan, got.best_possible, got.fairness) == (0.0, 0.0, 1.0)
    assert [worker.lived for worker in got.workers] == [0.0]


@st.composite
def _plays(draw: st.DrawFn) -> tuple[list[SettledDelivery], list[float], list[Lane]]:
    """A run that could have been, in whole seconds: workers that take what is there, some of it failing."""
    speeds = draw(st.lists(st.sampled_from([1.0, 2.0]), min_size=1, max_size=3))
    published = sorted(draw(st.lists(st.integers(0, 12), min_size=1, max_size=8)))
    free = [float(draw(st.integers(0, 6))) for _ in speeds]
    lanes = [_lane(n, speed, began) for n, (speed, began) in enumerate(zip(speeds, free, strict=True))]
    rows = []
    for task, since in enumerate(published):
        at = float(since)
        for turn in range(draw(st.integers(1, 2))):
            worker = draw(st.integers(0, len(speeds) - 1))
            received = max(at, lanes[worker].began, free[worker] - draw(st.integers(0, 3)))
            begun = max(received, free[worker]) + draw(st.integers(0, 3))
            at = free[worker] = begun + draw(st.integers(1, 6))
            work = (at - begun) * speeds[worker]
            rows.append(_row(task, (received, begun, at), worker=worker, deliveries=turn + 1, work=work))
    return rows, [float(at) for at in published], lanes


@given(_plays())
def test_figures_agree_with_counting_second_by_second(
    play: tuple[list[SettledDelivery], list[float], list[Lane]],
) -> None:
    rows, published, lanes = play
    got = _figures(rows, published, lanes)
    works = {row.task: row.work for row in sorted(rows, key=lambda row: -row.ended)}  # of the first acknowledgement
    tasks = np.array([works[task] for task in range(len(published))]), np.maximum(published, got.began)
    lives = [Life(lane.began, inf, lane.speeds) for lane in lanes if lane.began <= got.ended]
    bound = lower_bound(*tasks, lives)
    assert 0 < bound - got.began <= got.makespan + 1e-9
    assert bound <= list_schedule(*tasks, lives) + 1e-9
    assert (got.best_possible, got.list_schedule) == pytest.approx(
        (bound - got.began, list_schedule(*tasks, lives) - got.began)
    )
    assert isinstance(got.efficiency, Unknown) == (not got.makespan)
    assert isinstance(got.efficiency, Unknown) or 0 < got.efficiency <= 1
    assert 1 / len(got.workers) - 1e-9 <= got.fairness <= 1 + 1e-9
    assert got.duplicates == len(rows) - len(published)
    for worker in got.workers:
        waiting, idle = _second_by_second(worker.worker, rows, published, got, lanes[worker.worker].began)
        assert (worker.waiting, worker.idle) == pytest.approx((waiting, idle))
        assert 0 <= worker.idle_while_waiting <= 1
        assert 0 <= worker.busy_share <= 1


def _second_by_second(
    worker: int, rows: Sequence[SettledDelivery], published: Sequence[float], got: Figures, since: float
) -> tuple[int, int]:
    waiting = idle = 0
    begun = [min(row.begun for row in rows if row.task == task) for task in range(len(published))]
    for second in range(int(max(got.began, since)), int(got.ended)):
        if any(at <= second < first for at, first in zip(published, begun, strict=True)):
            waiting += 1
            idle += not any(row.worker == worker and row.begun <= second < row.ended for row in rows)
    return waiting, idle


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_fairness_is_between_one_doing_all_and_all_the_same(shares: list[float]) -> None:
    assert 1 / len(shares) - 1e-9 <= fairness(np.array(shares)) <= 1 + 1e-9


def test_fairness_at_its_ends() -> None:
    assert fairness(np.array([0.4] * 5)) == pytest.approx(1)
    assert fairness(np.array([0.0, 0.7, 0.0, 0.0])) == pytest.approx(0.25)
