from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.domain.commands import EnsureQueue, StartProducer, StartWorker
from wqstudio.domain.delivery import NO_DELIVERIES, BegunDelivery, ConfirmedTasks, Deliveries, FleetBatch, deliveries
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.fate import Fate
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.settled import FOREIGN, SettledDelivery, pack_delivery
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import FailureAction, OnFailure, Outcome, Phase, ProducerSpec, WorkerSpec, WorkerState
from wqstudio.engine.drawing.recorded import recorded
from wqstudio.engine.studio import Studio
from wqstudio.engine.timeline.again import TakenBack
from wqstudio.engine.timeline.steps import few
from wqstudio.engine.timeline.timeline import Finished, Incident, Timeline


def _task(sequence: int) -> int:
    return TaskId("run", 7, sequence).number


def _row(
    task: int,
    received: float,
    ended: float,
    *,
    begun: float | None = None,
    worker: int = 1,
    deliveries: int = 1,
    outcome: Outcome = Outcome.ACKED,
    work: float = 1.0,
    fate: Fate = Fate.OPEN,
) -> SettledDelivery:
    begun = received if begun is None else begun
    return SettledDelivery(worker, task, deliveries, received, begun, ended, outcome, work, fate=fate)


def _columns(rows: Iterable[SettledDelivery]) -> Deliveries:
    return deliveries(b"".join(pack_delivery(*row) for row in rows))


def _settle(*rows: SettledDelivery) -> FleetBatch:
    return FleetBatch(settled=_columns(rows))


def _confirm(first: int, count: int, at: float) -> FleetBatch:
    return FleetBatch(confirmed=(ConfirmedTasks(7, first, count, at),))


def _worker(
    received: int = 0, phase: Phase = Phase.WORKING, speed: float = 1.0, id_: int = 1, name: str = "one"
) -> FleetBatch:
    spec = WorkerSpec(name, Source("jobs"), speed=speed)
    return FleetBatch(workers=(WorkerState(id_, spec, phase, host=1, received=received),))


class _Clock:
    """Unix seconds, as a test wants them."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_task_waits_from_its_confirm_to_its_first_delivery() -> None:
    timeline = Timeline()
    timeline.take(_confirm(0, 3, 10.0))
    timeline.take(_settle(_row(_task(0), 11.0, 12.0, outcome=Outcome.NAKED), _row(_task(1), 12.0, 12.5)))
    timeline.take(_settle(_row(_task(0), 13.0, 14.0, deliveries=2)))
    times, counts = timeline.waiting(9.0, 20.0)
    assert dict(zip(times.tolist(), counts.tolist(), strict=True)).items() >= {9: 0, 10: 3, 11: 2, 12: 1}.items()
    assert timeline.published()[0].tolist() == [10.0] * 3
    assert timeline.published()[1].tolist() == [_task(0), _task(1), _task(2)]


def test_a_task_that_was_taken_back_waits_again_until_it_is_given_out_anew_or_can_come_no_more() -> None:
    timeline = Timeline()
    timeline.take(_confirm(0, 4, 10.0))
    lost = (_row(_task(n), 11.0, 13.0, outcome=Outcome.EXPIRED, work=float("nan")) for n in (0, 1, 2))
    timeline.take(_settle(*lost, _row(_task(3), 11.0, 13.0, outcome=Outcome.CRASHED, fate=Fate.EXHAUSTED)))
    assert timeline.waiting(10.0, 20.0)[1].tolist() == [4, 0, 3]
    timeline.take(FleetBatch(begun=(BegunDelivery(2, _task(0), 2, 14.0, 14.5, 60.0, 60.0),)))
    timeline.take(_settle(_row(_task(1), 15.0, 16.0, deliveries=2)))
    times, counts = timeline.waiting(10.0, 20.0)
    assert dict(zip(times.tolist(), counts.tolist(), strict=True)).items() >= {13: 3, 14: 2, 15: 1}.items()
    assert timeline.waiting(10.0, 20.0, points=2)[1].max() == 4
    timeline.take(_settle(_row(_task(2), 10.5, 17.0)))  # by one who had it all the time, and had told nobody
    assert timeline.waiting(17.0, 20.0)[1].tolist() == [0]


def test_what_was_taken_back_waits_on_whatever_is_forgotten() -> None:
    timeline = Timeline(most=8, clock=_Clock())
    timeline.take(_confirm(0, 30, 10.0))
    timeline.take(_settle(_row(_task(0), 11.0, 12.0, outcome=Outcome.CRASHED)))
    timeline.clear()
    assert timeline.waiting(12.0, 13.0)[1].tolist() == [30]
    for n in range(1, 30):
        timeline.take(_settle(_row(_task(n), 12.0 + n, 13.0 + n)))
    assert timeline.dropped
    assert timeline.waiting(50.0, 60.0)[1].tolist() == [1]
    timeline.take(_settle(_row(_task(0), 55.0, 56.0, deliveries=2)))
    assert timeline.waiting(50.0, 60.0)[1].tolist() == [1, 0]
    timeline.take(_settle(_row(_task(1), 57.0, 58.0, deliveries=2, outcome=Outcome.CRASHED)))
    assert timeline.waiting(57.0, 60.0)[1].tolist() == [0, 1]
    timeline.clear(waits=False)
    assert timeline.waiting(57.0, 60.0)[1].tolist() == [0]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.integers(1, 3),
            st.integers(0, 20),
            st.integers(0, 9),
            st.sampled_from([Outcome.ACKED, Outcome.CRASHED, Outcome.EXPIRED, Outcome.NAKED]),
        ),
        max_size=12,
    )
)
def test_what_waits_again_is_the_same_however_it_is_told(drawn: list[tuple[int, int, int, int, Outcome]]) -> None:
    rows = [
        _row(_task(task), start + number / 100, start + lasted + number / 100, deliveries=again, outcome=outcome)
        for number, (task, again, start, lasted, outcome) in enumerate(drawn)
    ]
    at, whole = np.arange(0.0, 31.0, 0.5), _columns(rows)
    at_once, bit_by_bit = TakenBack(100), TakenBack(100)
    at_once.take(whole, whole)
    for number in range(len(rows)):
        bit_by_bit.take(whole[number : number + 1], whole[: number + 1])
    assert bit_by_bit.waits(()).by(at).tolist() == at_once.waits(()).by(at).tolist()
    at_once.forget(15.0)
    assert at_once.waits(()).by(at[at > 15.0]).tolist() == bit_by_bit.waits(()).by(at[at > 15.0]).tolist()


def test_what_was_given_back_and_is_held_again_is_not_taken_from_the_line_twice() -> None:
    clock = _Clock()
    timeline = Timeline(clock=clock)
    timeline.take(_confirm(0, 10, 10.0))
    clock.now = 11.0
    timeline.take(_worker(received=5))
    assert timeline.waiting(11.0, 11.0)[1].tolist() == [5]
    clock.now = 12.0
    back = _settle(*(_row(_task(n), 11.0, 12.0, outcome=Outcome.NAKED) for n in range(5)))
    timeline.take(replace(back, workers=_worker(received=5).workers))
    clock.now = 13.0
    timeline.take(_worker(received=10))
    assert timeline.waiting(13.0, 13.0)[1].tolist() == [5]
    clock.now = 14.0
    timeline.take(_worker(received=13))
    assert timeline.waiting(13.0, 14.0)[1].tolist() == [5, 2]
    done = _settle(*(_row(_task(n), 13.0, 15.0, deliveries=2) for n in range(5)))
    timeline.take(replace(done, workers=_worker(received=13).workers))
    assert timeline.waiting(13.0, 16.0)[1].tolist() == [5, 2]


def test_what_was_given_back_for_later_is_not_what_is_held_before() -> None:
    clock = _Clock()
    timeline = Timeline(clock=clock)
    timeline.take(_confirm(0, 10, 10.0))
    spec = WorkerSpec("one", Source("jobs"), on_failure=OnFailure(FailureAction.NAK_DELAYED, delay=5.0))
    state = WorkerState(1, spec, Phase.WORKING, host=1)
    for now, received in ((11.0, 0), (13.0, 6), (18.0, 8)):
        clock.now = now
        failed = [_row(_task(n), 10.5, 11.0, outcome=Outcome.NAKED) for n in range(2)] if not received else []
        timeline.take(replace(_settle(*failed), workers=(replace(state, received=max(2, received)),)))
    assert timeline.waiting(11.0, 20.0)[1].tolist() == [8, 4, 4]


def test_the_story_of_what_can_come_no_more_says_so() -> None:
    timeline = Timeline()
    timeline.take(_settle(_row(_task(0), 11.0, 13.0, outcome=Outcome.NAKED)))
    assert timeline.story(_task(0)).fate is Fate.OPEN
    last = _row(_task(0), 14.0, 15.0, deliveries=2, outcome=Outcome.NAKED, fate=Fate.DEAD_LETTERED)
    timeline.take(_settle(last))
    assert timeline.story(_task(0)).fate is Fate.DEAD_LETTERED


def test_a_story_ends_with_the_delivery_that_ended_it_and_open_where_one_was_acknowledged() -> None:
    timeline = Timeline()
    rejected = _row(_task(0), 10.0, 16.0, outcome=Outcome.TERMINATED, fate=Fate.DEAD_LETTERED)
    timeline.take(replace(_settle(rejected), begun=(BegunDelivery(2, _task(0), 2, 15.0, 15.0, 60.0, 60.0),)))
    story = timeline.story(_task(0))
    assert (story.fate, story.ended_by) == (Fate.DEAD_LETTERED, story.chapters[0])
    late = _row(_task(1), 10.0, 19.0)
    last = _row(_task(1), 15.0, 18.0, deliveries=2, outcome=Outcome.CRASHED, fate=Fate.EXHAUSTED)
    timeline.take(_settle(late, last))
    story = timeline.story(_task(1))
    assert (story.fate, story.ended_by) == (Fate.OPEN, None)


def test_what_is_being_worked_on_waits_no_longer() -> None:
    timeline = Timeline()
    timeline.take(_confirm(0, 2, 10.0))
    begun = BegunDelivery(1, _task(0), 1, 11.0, 12.0, 60.0, 60.0)
    timeline.take(FleetBatch(begun=(begun,)))
    assert timeline.open == (begun,)
    assert timeline.waiting(11.0, 11.0)[1].tolist() == [1]
    assert timeline.hoarded(11.0, 20.0)[1].tolist() == [1, 0]
    timeline.take(_settle(_row(_task(0), 11.0, 72.0, begun=12.0)))
    assert len(timeline.open) == 0
    assert timeline.waiting(11.0, 80.0)[1][-1] == 1
    assert timeline.hoarded(11.0, 80.0)[1].tolist() == [1, 0]


def test_what_a_worker_holds_is_known_by_number_before_it_is_settled() -> None:
    clock = _Clock()
    timeline = Timeline(clock=clock)
    timeline.take(_confirm(0, 10, 10.0))
    clock.now = 12.0
    timeline.take(_worker(received=4))
    timeline.take(FleetBatch(begun=(BegunDelivery(1, _task(0), 1, 11.9, 12.0, 60.0, 60.0),)))
    assert timeline.hoarded(12.0, 13.0)[1].tolist() == [3]
    assert timeline.waiting(12.0, 13.0)[1].tolist() == [6]
    clock.now = 14.0
    settled = _settle(_row(_task(0), 11.9, 14.0, begun=12.0))
    timeline.take(replace(settled, workers=_worker(received=4).workers))
    assert timeline.hoarded(14.0, 15.0)[1].tolist() == [3]
    assert timeline.waiting(12.0, 15.0)[1].tolist() == [6]
    timeline.take(_settle(*(_row(_task(n), 11.9, 15.0, outcome=Outcome.CRASHED, work=float("nan")) for n in (1, 2, 3))))
    timeline.take(_worker(phase=Phase.CRASHED))
    times, counts = timeline.hoarded(11.0, 16.0)
    assert dict(zip(times.tolist(), counts.tolist(), strict=True)) == {11.0: 0, 11.9: 4, 12.0: 3, 15.0: 0}


def test_what_was_settled_before_a_worker_told_of_itself_is_held_no_more() -> None:
    clock = _Clock()
    timeline = Timeline(clock=clock)
    settled = _settle(*(_row(_task(n), 10.0, 10.01) for n in range(3)))
    timeline.take(replace(settled, workers=_worker(received=0).workers))
    timeline.take(_worker(received=4))
    assert [hoard.count for hoard in timeline.hoards()] == [1]
    timeline.take(replace(_settle(_row(_task(3), 10.02, 10.5)), workers=_worker(received=4).workers))
    assert timeline.hoards() == ()


def test_what_is_taken_up_at_once_was_not_hoarded() -> None:
    """A prefetch of 1 hands over within microseconds, which would draw a line at 1 for as long as anybody works."""
    timeline = Timeline()
    timeline.take(_settle(_row(_task(0), 1.0, 2.0, begun=1.0001), _row(_task(1), 3.0, 5.0, begun=4.0)))
    timeline.take(FleetBatch(begun=(BegunDelivery(1, _task(2), 1, 6.0, 6.0001, 60.0, 60.0),)))
    assert timeline.hoarded(0.0, 2.9, points=9)[1].max() == 0
    assert timeline.hoarded(5.0, 9.0, points=9)[1].max() == 0
    assert timeline.hoarded(0.0, 9.0, points=9)[1].max() == 1


def test_a_delivery_before_its_confirm_never_makes_the_line_negative() -> None:
    timeline = Timeline()
    timeline.take(_settle(_row(_task(0), 10.0, 11.0), _row(FOREIGN, 10.0, 11.0)))
    assert timeline.waiting(9.0, 20.0)[1].tolist() == [0]
    timeline.take(_confirm(0, 2, 10.5))
    times, counts = timeline.waiting(9.0, 20.0)
    assert counts.min() == 0
    assert counts[-1] == 1, times


def test_a_task_confirmed_twice_waits_once() -> None:
    timeline = Timeline()
    timeline.take(_confirm(0, 1, 10.0))
    timeline.take(_confirm(0, 1, 11.0))
    assert timeline.waiting(12.0, 12.0)[1].tolist() == [1]


_ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20), st.integers(0, 5), st.integers(0, 5)), max_size=30)


@given(_ROWS, st.lists(st.integers(0, 20), min_size=6, max_size=6))
def test_lines_agree_with_counting_one_by_one(drawn: list[tuple[int, int, int, int]], published: list[int]) -> None:
    """Each task is confirmed before its first delivery; batches of three, in order of receipt."""
    rows = [
        _row(
            _task(task),
            published[task] + after,
            published[task] + after + held + 1,
            begun=published[task] + after + held,
            worker=worker,
        )
        for task, after, held, worker in drawn
    ]
    rows.sort(key=lambda row: row.received)
    timeline = Timeline()
    for sequence, at in enumerate(published):
        timeline.take(_confirm(sequence, 1, float(at)))
    for start in range(0, len(rows), 3):
        timeline.take(_settle(*rows[start : start + 3]))
    firsts = [min((row.received for row in rows if row.task == _task(n)), default=1e9) for n in range(6)]
    times, counts = timeline.waiting(0.0, 60.0)
    for at, count in zip(times.tolist(), counts.tolist(), strict=True):
        assert count == sum(came <= at < first for came, first in zip(published, firsts, strict=True))
    times, counts = timeline.hoarded(0.0, 60.0)
    for at, count in zip(times.tolist(), counts.tolist(), strict=True):
        assert count == sum(row.received <= at < row.begun for row in rows)
    for line in (timeline.waiting, timeline.hoarded):
        (times, most), (whole, exact) = line(0.0, 60.0, points=7), line(0.0, 60.0)
        for first, last, found in zip(times, np.append(times[1:], np.inf), most.tolist(), strict=True):
            begin = np.searchsorted(whole, first, side="right") - 1
            assert found == exact[begin:][whole[begin:] < last].max()


def test_a_burst_between_two_points_shows() -> None:
    """40 tasks are there for a tenth of a second of an hour; for as long 30 lie unbegun with their worker."""
    timeline = Timeline()
    timeline.take(_confirm(0, 1, 0.0))
    timeline.take(_confirm(1, 40, 1_000.01))
    timeline.take(_settle(_row(_task(0), 0.0, 1.0)))
    timeline.take(
        _settle(*(_row(_task(n), 1_000.11, 1_000.3 + n / 1e4, begun=1_000.2 + n / 1e4) for n in range(1, 31)))
    )
    timeline.take(_settle(*(_row(_task(n), 1_000.11, 1_000.2) for n in range(31, 41)), _row(_task(41), 3_600, 3_601)))
    for looks in (3, 10_000):
        assert timeline.waiting(0.0, 3_600.0, 50, looks=looks)[1].max() == 40
        assert timeline.hoarded(0.0, 3_600.0, 50, looks=looks)[1].max() == 30
    run = recorded(timeline)
    assert (run.waiting[1].max(), run.hoarded[1].max()) == (40, 30)


def test_of_very_many_times_the_last_of_each_stretch_is_looked_at() -> None:
    assert few([np.arange(10.0)], 3).tolist() == [9, 5, 1]
    assert few([np.arange(4.0), np.arange(10.0, 16.0)], 5).tolist() == [3, 1, 15, 13, 11]
    assert sorted(few([np.arange(10.0)], 10).tolist()) == list(range(10))
    assert not len(few([], 3))


def test_sampled_points_stay_where_they_are_while_the_window_slides() -> None:
    timeline = Timeline()
    before = set(timeline.waiting(100.0, 200.0, points=50)[0][1:-1].tolist())
    after = set(timeline.waiting(103.3, 203.3, points=50)[0][1:-1].tolist())
    assert len(before & after) >= 46


@given(st.lists(st.integers(1, 9), min_size=1, max_size=40), st.integers(4, 20))
def test_the_newest_deliveries_are_kept(batches: list[int], most: int) -> None:
    timeline = Timeline(most)
    sent = 0
    views = []
    for count in batches:
        timeline.take(_settle(*(_row(_task(sent + n), float(sent + n), sent + n + 0.5) for n in range(count))))
        sent += count
        views.append((timeline.dropped, timeline.deliveries))
    for dropped, view in views:  # nobody who looks at an older view sees it change
        assert view["task"].tolist() == [_task(dropped + n) for n in range(len(view))]
    assert timeline.dropped + len(timeline.deliveries) == sent
    assert min(sent, most) <= len(timeline.deliveries) <= max(most + most // 4, 9)
    with pytest.raises(ValueError, match="read-only"):
        timeline.deliveries["task"] = 0


def test_counts_stay_right_when_old_steps_are_dropped() -> None:
    timeline = Timeline(most=100)
    timeline.take(_confirm(0, 5_000, 10.0))
    for start in range(0, 4_000, 50):
        timeline.take(_settle(*(_row(_task(n), 20.0 + n, 20.5 + n) for n in range(start, start + 50))))
    times, counts = timeline.waiting(0.0, 10_000.0)
    assert times[0] > 10.0
    assert counts[-1] == 1_000
    assert counts[0] == 5_000 - np.count_nonzero(np.arange(5_000) + 20.0 <= times[0])


def test_a_redelivery_leads_to_the_delivery_before() -> None:
    timeline = Timeline()
    timeline.take(_settle(_row(_task(0), 1.0, 2.0, outcome=Outcome.NAKED), _row(_task(1), 1.5, 3.0)))
    timeline.take(_settle(_row(_task(0), 4.0, 5.0, deliveries=2, outcome=Outcome.NAKED), _row(FOREIGN, 4.0, 5.0)))
    assert [timeline.earlier(row) for row in range(4)] == [None, None, 0, None]
    timeline.take(_settle(_row(FOREIGN, 5.0, 6.0, deliveries=2), _row(_task(0), 6.0, 7.0, deliveries=3)))
    assert [timeline.earlier(row) for row in range(6)] == [None, None, 0, None, None, 2]


def test_a_delivery_that_ends_late_still_comes_before_the_one_that_took_its_place() -> None:
    timeline = Timeline()
    timeline.take(_settle(_row(_task(0), 4.0, 5.0, deliveries=2)))
    assert timeline.earlier(0) is None
    timeline.take(_settle(_row(_task(0), 1.0, 9.0, outcome=Outcome.EXPIRED, worker=2)))
    assert timeline.earlier(0) == 1
    assert timeline.links().tolist() == [1, -1]


def test_links_end_with_the_delivery_they_lead_to() -> None:
    timeline = Timeline(most=8)
    timeline.take(_settle(_row(_task(0), 1.0, 2.0, outcome=Outcome.NAKED)))
    timeline.take(_settle(*(_row(_task(n), float(n), n + 0.5) for n in range(2, 8))))
    timeline.take(_settle(_row(_task(0), 9.0, 9.5, deliveries=2)))
    assert timeline.earlier(7) == 0
    timeline.take(_settle(*(_row(_task(n), float(n), n + 0.5) for n in range(10, 1_100))))
    assert timeline.earlier(7) is None


def test_the_story_of_a_message() -> None:
    timeline = Timeline()
    timeline.take(_worker())
    timeline.take(_worker(id_=2, name="two"))
    timeline.take(_confirm(0, 2, 10.0))
    timeline.take(_settle(_row(_task(0), 11.0, 15.0, outcome=Outcome.CRASHED, work=float("nan"))))
    timeline.take(FleetBatch(begun=(BegunDelivery(2, _task(0), 2, 16.0, 17.0, 60.0, 60.0),)))
    story = timeline.story(_task(0))
    assert story.published == 10.0
    first, second = story.chapters
    assert (first.name, first.received, first.begun, first.ended, first.waited) == ("one", 11.0, None, 15.0, 1.0)
    assert first.outcome is Outcome.CRASHED
    assert (second.name, second.begun, second.ended, second.outcome, second.waited) == ("two", 17.0, None, None, 1.0)
    assert timeline.story(_task(1)).chapters == ()
    assert timeline.story(FOREIGN).published is None


def test_a_lane_tells_of_changes_of_speed_and_of_its_end() -> None:
    clock = _Clock()
    timeline = Timeline(clock=clock)
    for at, batch in enumerate(
        (
            _worker(phase=Phase.STARTING),
            _worker(phase=Phase.WAITING),
            _worker(speed=2.0),
            _worker(speed=2.0),
            _worker(phase=Phase.STOPPED, speed=2.0),
        )
    ):
        clock.now = float(at)
        timeline.take(batch)
    (lane,) = timeline.lanes
    assert (lane.name, lane.speed, lane.began, lane.ended) == ("one", 2.0, 1.0, 4.0)
    assert lane.speeds == ((1.0, 1.0), (2.0, 2.0))


def test_a_lane_begins_with_its_first_message_whenever_the_worker_tells_that_it_is_there() -> None:
    clock = _Clock()
    timeline = Timeline(clock=clock)
    timeline.take(_worker(phase=Phase.STARTING))
    timeline.take(FleetBatch(begun=(BegunDelivery(1, _task(0), 1, 9.9, 9.9, 60.0, 60.0),)))
    clock.now = 10.0
    timeline.take(_worker())
    timeline.take(_worker(id_=2, name="two"))
    timeline.take(_settle(_row(_task(1), 9.8, 11.0, worker=2), _row(_task(2), 9.0, 11.0, worker=2)))
    assert [lane.began for lane in timeline.lanes] == [9.9, 9.0]
    assert [lane.speeds for lane in timeline.lanes] == [((9.9, 1.0),), ((9.0, 1.0),)]
    timeline.take(_settle(_row(_task(3), 8.0, 12.0, worker=2)))  # no longer the first that it is heard of
    assert timeline.lanes[1].began == 9.0


def test_a_worker_that_never_came_to_work_is_nobody_among_whom_work_is_shared() -> None:
    ticks = iter(np.arange(1.0, 10.0, 0.001).tolist())
    timeline = Timeline(clock=lambda: next(ticks))  # each reading of a clock is a later one
    for phase in (Phase.STARTING, Phase.FAILED):
        timeline.take(_worker(phase=phase, id_=2, name="refused"))
    timeline.take(_worker())
    timeline.take(_confirm(0, 2, 1.0))
    timeline.take(_settle(_row(_task(0), 1.5, 2.5), _row(_task(1), 2.5, 3.5)))
    figures = timeline.figures()
    assert isinstance(figures, Figures)
    assert ([worker.name for worker in figures.workers], figures.fairness) == (["one"], 1.0)


def test_forgetting_the_past_keeps_who_waits_and_who_lives() -> None:
    clock = _Clock()
    timeline = Timeline(clock=clock)
    timeline.take(_worker())
    timeline.take(_worker(id_=2, phase=Phase.STOPPED))
    timeline.take(_confirm(0, 5, 1.0))
    timeline.take(_settle(_row(_task(0), 2.0, 3.0)))
    clock.now = 4.0
    version = timeline.version
    timeline.clear()
    assert timeline.version > version
    assert [lane.worker for lane in timeline.lanes] == [1]
    assert len(timeline.deliveries) == 0
    timeline.take(_settle(_row(_task(1), 5.0, 6.0)))
    times, counts = timeline.waiting(0.0, 10.0)
    assert dict(zip(times.tolist(), counts.tolist(), strict=True)) == {4.0: 4, 5.0: 3}
    timeline.take(FleetBatch(settled=NO_DELIVERIES))


def test_there_is_something_to_see_since_somebody_came_or_something_was_published() -> None:
    clock = _Clock()
    clock.now = 10.0
    timeline = Timeline(clock=clock)
    clock.now = 60.0
    assert timeline.first == 60.0
    timeline.take(_worker())
    assert timeline.first == 60.0
    timeline.take(_confirm(0, 5, 55.0))
    clock.now = 70.0
    timeline.take(_settle(_row(_task(0), 62.0, 63.0)))
    assert timeline.first == 55.0
    timeline.clear()
    clock.now = 71.0
    timeline.take(_settle(_row(_task(1), 40.0, 70.5)))  # it was held from before
    assert timeline.first == 70.0


def test_what_has_ended_stays_until_somebody_comes() -> None:
    timeline = Timeline(clock=_Clock())
    timeline.take(_worker())
    timeline.take(_settle(_row(_task(0), 2.0, 3.0)))
    ended = Finished(2.0, 3.0, timeline.figures())
    timeline.finish(ended)
    timeline.take(_worker(phase=Phase.STOPPED))
    assert timeline.finished is ended
    assert timeline.whole == (2.0, 3.0)
    assert len(timeline.deliveries) == 1
    timeline.take(_worker(id_=2))
    assert timeline.finished is None
    assert [lane.worker for lane in timeline.lanes] == [2]
    assert not len(timeline.deliveries)


def test_what_comes_after_the_end_is_no_part_of_it() -> None:
    timeline = Timeline(clock=_Clock())
    timeline.take(_worker())
    timeline.take(_settle(_row(_task(0), 2.0, 3.0)))
    during, after, of_the_next = (Incident(at, "connection lost") for at in (2.5, 3600.0, 3700.0))
    timeline.note(during)
    timeline.finish(Finished(2.0, 3.0, timeline.figures()))
    timeline.note(after)
    assert timeline.incidents == (during,)
    assert recorded(timeline).end == 3.0
    timeline.take(_worker(id_=2))
    timeline.note(of_the_next)
    assert timeline.incidents == (of_the_next,)


def test_where_nobody_is_left_nothing_waits_for_what_begins() -> None:
    timeline = Timeline(clock=_Clock())
    timeline.take(_confirm(0, 5, 1.0))
    timeline.clear(waits=False)
    assert timeline.waiting(0.0, 10.0)[1].tolist() == [0]


@pytest.fixture
async def studio(nats_server: NatsServer) -> AsyncIterator[Studio]:
    studio = await Studio.open(nats_server.connection, worker_hosts=1)
    yield studio
    await studio.close()


async def test_a_real_run_is_recorded_to_the_last_delivery(studio: Studio) -> None:
    source = Source("work", "workers")
    await studio.executor.run(EnsureQueue(QueueSpec("work", ("work.>",), consumers=(ConsumerSpec("workers"),))))
    again = OnFailure(FailureAction.NAK)
    for name, rate in (("good", 0.0), ("bad", 0.5)):
        spec = WorkerSpec(name, source, service_time=0.001, failure_rate=rate, on_failure=again, prefetch=5)
        await studio.executor.run(StartWorker(spec))
    await studio.executor.run(StartProducer(ProducerSpec("p", "work", "work.{n}", rate=0.0, count=300)))
    await until(lambda: sum(one.acked for one in studio.fleet.workers.values()) == 300, within=30)
    await studio.settle()
    rows = studio.timeline.deliveries
    assert np.count_nonzero(rows["outcome"] == Outcome.ACKED) == 300
    assert (rows["received"] <= rows["begun"]).all()
    assert (rows["begun"] <= rows["ended"]).all()
    assert sorted(studio.timeline.published()[1].tolist()) == sorted(set(rows["task"].tolist()))
    again_at = np.flatnonzero(rows["deliveries"] > 1)
    assert len(again_at)
    for row in again_at.tolist():
        before = studio.timeline.earlier(row)
        assert before is not None
        assert rows["deliveries"][before] == rows["deliveries"][row] - 1
        story = studio.timeline.story(int(rows["task"][row]))
        assert [chapter.deliveries for chapter in story.chapters] == list(range(1, len(story.chapters) + 1))
        assert story.chapters[-1].outcome is Outcome.ACKED
    end = float(rows["ended"].max())
    assert studio.timeline.waiting(end, end)[1].tolist() == [0]
    assert studio.timeline.hoarded(end, end)[1].tolist() == [0]
    assert studio.timeline.waiting(float(rows["received"].min()), end)[1].max() > 0
    assert {lane.name for lane in studio.timeline.lanes if lane.ended is not None} == {"good", "bad"}
