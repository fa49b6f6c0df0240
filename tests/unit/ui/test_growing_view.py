from wqstudio.ui.growing_view import GrowingView


def test_all_so_far_is_shown_and_what_comes_has_room() -> None:
    view = GrowingView(lambda: 100.0)
    assert view.edges(100.0) == view.edges(109.0) == (99.8, 110.0)
    assert view.edges(110.0) == (99.6, 120.0)
    start, end = view.edges(170.0)
    assert start < 100.0
    assert end == 180.0


def test_hands_do_not_move_it() -> None:
    view = GrowingView(lambda: 100.0)
    before = view.edges(105.0)
    view.zoom(0.5, 101.0, 105.0)
    view.pan(3.0, 105.0)
    view.fit(0.0, 1.0)
    assert view.edges(105.0) == before
    assert view.live
