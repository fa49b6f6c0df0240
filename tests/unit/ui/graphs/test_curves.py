import numpy as np
import pytest
from hypothesis import given, strategies as st
from PySide6.QtGui import QColor

from wqstudio.ui.graphs.curves import Curve, broken, decimate, gaps, value_scale

NAN = np.nan


def _curve(times: list[float], values: list[float]) -> Curve:
    return Curve("c", QColor("red"), np.array(times), np.array(values))


def test_few_points_stay_as_they_are() -> None:
    times, values = np.arange(10.0), np.arange(10.0)
    assert decimate(times, values, 50, 10.0)[0] is times


@given(st.lists(st.floats(0, 1e6), min_size=200, max_size=2_000))
def test_decimation_keeps_the_extremes_and_the_order_of_time(values: list[float]) -> None:
    times = np.arange(float(len(values)))
    shorter, kept = decimate(times, np.array(values), 40, float(len(values)))
    assert len(shorter) <= 2 * 42
    assert (kept.min(), kept.max()) == (min(values), max(values))
    assert (np.diff(shorter) >= 0).all()


def test_decimation_leaves_a_hole_where_all_is_unknown() -> None:
    values = np.ones(1_000)
    values[400:600] = NAN
    times, kept = decimate(np.arange(1_000.0), values, 50, 1_000.0)
    assert np.isnan(kept[(times > 420) & (times < 580)]).all()
    assert not np.isnan(kept[times < 380]).any()


def test_the_buckets_do_not_move_with_the_window() -> None:
    times = np.arange(2_000.0)
    values = np.sin(times)
    early, late = decimate(times[:1_900], values[:1_900], 50, 2_000.0), decimate(times, values, 50, 2_000.0)
    assert np.array_equal(early[1][:90], late[1][:90])


@pytest.mark.parametrize(
    ("known", "least", "found"),
    [
        ([1, 1, 1, 1, 1], 1, []),
        ([1, 0, 0, 1, 1], 1, [(0.0, 3.0)]),
        ([1, 0, 1, 1, 1], 2, []),
        ([0, 1, 1, 1, 1], 1, []),
        ([0, 0, 0, 1, 1], 1, [(0.0, 3.0)]),
        ([1, 1, 0, 0, 0], 1, [(1.0, 6.0)]),
        ([0, 0, 0, 0, 0], 1, [(0.0, 6.0)]),
    ],
)
def test_unknown_rows_are_gaps(known: list[int], least: int, found: list[tuple[float, float]]) -> None:
    assert gaps(np.arange(5.0), np.array(known, bool), 6.0, least) == found


def test_rows_that_stayed_away_are_a_gap() -> None:
    times = np.array([0.0, 1.0, 2.0, 60.0, 61.0])
    assert gaps(times, np.ones(5, bool), 61.0) == [(2.0, 60.0)]
    assert gaps(times, np.ones(5, bool), 90.0) == [(2.0, 60.0), (61.0, 90.0)]


def test_a_line_is_broken_in_a_gap() -> None:
    times, values = broken(np.array([0.0, 1.0, 60.0]), np.array([5.0, 5.0, 5.0]), [(1.0, 60.0)])
    assert list(times) == [0.0, 1.0, 30.5, 60.0]
    assert np.isnan(values[2])


def test_the_value_under_the_pointer_is_that_of_the_nearest_row_if_it_is_near() -> None:
    curve = _curve([10.0, 11.0, 12.0], [1.0, 2.0, NAN])
    assert curve.at(10.9) == 2.0
    assert np.isnan(curve.at(12.0))
    assert np.isnan(curve.at(100.0))


@pytest.mark.parametrize("highest", [0.0, 1.0, 4.0, 9.0, 11.0, 99.0, 123.0, 12_345.0, 1e9, NAN])
def test_the_scale_is_round_and_has_room(highest: float) -> None:
    top, step = value_scale(highest)
    assert not top < highest
    assert 3 <= round(top / step) <= 6
    assert step / 10 ** np.floor(np.log10(step)) in (1.0, 2.0, 5.0)
