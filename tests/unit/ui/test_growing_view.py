import pytest

from wqstudio.ui.growing_view import GrowingView


def test_all_so_far_is_shown_and_what_comes_has_room() -> None:
    view = GrowingView(lambda: 100.0)
    assert view.edges(101.0) == view.edges(105.0) == pytest.approx((99.9, 104.9))
    assert view.edges(107.0) == pytest.approx((99.8, 109.8))
    start, end = view.edges(170.0)
    assert start < 100.0
    assert end == pytest.approx(178.4)


def test_hands_do_not_move_it() -> None:
    view = GrowingView(lambda: 100.0)
    before = view.edges(105.0)
    view.zoom(0.5, 101.0, 105.0)
    view.pan(3.0, 105.0)
    view.fit(0.0, 1.0)
    assert view.edges(105.0) == before
    assert view.live
