import numpy as np
import pytest
from hypothesis import given, strategies as st

from wqstudio.domain.delivery import DELIVERY, Deliveries
from wqstudio.domain.fate import Fate
from wqstudio.domain.worker import Outcome
from wqstudio.ui.graphs.timeline_cells import BARS, EDGE, HELD, PRESENT, Codes, bars, be_present, draw, kind_of

LANES = np.array([-1, 0, 1])
"""Worker 1 has the first lane, worker 2 the second."""

Row = tuple[int, float, float, float, Outcome, int]
"""Worker, received, begun, ended, outcome, deliveries."""


def _rows(*rows: Row) -> Deliveries:
    made = np.zeros(len(rows), DELIVERY)
    for place, (worker, received, begun, ended, outcome, deliveries) in enumerate(rows):
        work = float("nan") if outcome is Outcome.CRASHED and begun == received else 1.0
        made[place] = (worker, place, deliveries, received, begun, ended, outcome, work, True, Fate.OPEN)
    return made


def _codes(*rows: Row, columns: int = 10) -> Codes:
    codes = np.zeros((2, columns), np.uint8)
    draw(codes, 0, bars(_rows(*rows), LANES, 1.0))
    return codes


def _kinds(codes: Codes) -> list[list[int]]:
    kinds: list[list[int]] = (codes & BARS).tolist()
    return kinds


ACKED, ACKED_AGAIN = kind_of(Outcome.ACKED, again=False), kind_of(Outcome.ACKED, again=True)
NAKED, CRASHED = kind_of(Outcome.NAKED, again=False), kind_of(Outcome.CRASHED, again=False)


def test_a_bar_fills_the_columns_from_its_beginning_to_its_end_in_its_workers_lane() -> None:
    codes = _codes((1, 2.0, 2.0, 5.0, Outcome.ACKED, 1), (2, 4.0, 4.0, 6.5, Outcome.NAKED, 1))
    assert _kinds(codes) == [
        [0, 0, ACKED, ACKED, ACKED, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, NAKED, NAKED, 0, 0, 0, 0],
    ]


def test_what_is_shorter_than_a_column_still_shows() -> None:
    assert _kinds(_codes((1, 2.5, 2.51, 2.52, Outcome.ACKED, 2)))[0][2] == ACKED_AGAIN


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_several_in_one_column_the_gravest_shows(order: tuple[int, ...]) -> None:
    rows: list[Row] = [
        (1, 2.1, 2.1, 2.2, Outcome.ACKED, 1),
        (1, 2.2, 2.25, 2.3, Outcome.CRASHED, 1),
        (1, 2.3, 2.3, 2.4, Outcome.NAKED, 1),
    ]
    assert _kinds(_codes(*(rows[place] for place in order)))[0][2] == CRASHED


def test_the_beginning_of_a_bar_is_set_off_where_there_is_room() -> None:
    codes = _codes((1, 1.0, 1.0, 5.0, Outcome.ACKED, 1), (1, 5.0, 5.0, 7.0, Outcome.ACKED, 1))
    assert np.flatnonzero(codes[0] & EDGE).tolist() == [1]


def test_what_is_held_and_not_begun_is_marked_from_its_receipt() -> None:
    codes = _codes((1, 1.0, 4.0, 6.0, Outcome.ACKED, 1), (1, 2.0, 6.0, 8.0, Outcome.ACKED, 1))
    assert np.flatnonzero(codes[0] & HELD).tolist() == [1, 2, 3, 4, 5]


def test_what_a_worker_lost_without_having_begun_it_is_marked_where_it_was_lost() -> None:
    codes = _codes((1, 1.0, 1.0, 4.0, Outcome.CRASHED, 1))
    assert np.flatnonzero(codes[0] & HELD).tolist() == [1, 2, 3]
    assert _kinds(codes)[0] == [0, 0, 0, 0, CRASHED, 0, 0, 0, 0, 0]


def test_workers_without_a_lane_are_left_out() -> None:
    assert not _codes((0, 1.0, 1.0, 4.0, Outcome.ACKED, 1), (7, 1.0, 1.0, 4.0, Outcome.ACKED, 1)).any()


def test_lanes_show_since_when_and_until_when_their_workers_were_there() -> None:
    codes = np.zeros((2, 10), np.uint8)
    be_present(codes, 100, np.array([103, 90]), np.array([1_000, 105]))
    assert np.flatnonzero(codes[0] & PRESENT).tolist() == [3, 4, 5, 6, 7, 8, 9]
    assert np.flatnonzero(codes[1] & PRESENT).tolist() == [0, 1, 2, 3, 4]


times = st.floats(-20, 40, allow_nan=False)
deliveries = st.tuples(
    st.sampled_from([1, 2]), times, times, times, st.sampled_from(list(Outcome)), st.sampled_from([1, 2])
)


@given(st.lists(deliveries, max_size=60), st.integers(1, 19))
def test_drawn_in_parts_it_is_the_same_as_drawn_at_once(rows: list[Row], split: int) -> None:
    """Of time, and of the deliveries: live, what is settled comes bit by bit, and columns do."""
    ordered = _rows(*((w, *sorted(at), outcome, n) for w, *at, outcome, n in rows))  # type: ignore[arg-type]
    whole = np.zeros((2, 20), np.uint8)
    draw(whole, 0, bars(ordered, LANES, 1.0))
    parts = np.zeros((2, 20), np.uint8)
    draw(parts[:, :split], 0, bars(ordered, LANES, 1.0))
    draw(parts[:, split:], split, bars(ordered, LANES, 1.0))
    assert np.array_equal(parts, whole)
    one_by_one = np.zeros((2, 20), np.uint8)
    for place in range(len(ordered)):
        draw(one_by_one, 0, bars(ordered[place : place + 1], LANES, 1.0))
    assert np.array_equal(one_by_one, whole)
