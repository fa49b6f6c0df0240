from wqstudio.domain.spans import DAY, MINUTE
from wqstudio.ui.time_view import SHORTEST, TimeView

NOW = 1_000_000.0


def test_a_live_view_ends_a_beat_ago_and_goes_on() -> None:
    view = TimeView(span=60.0)
    assert view.edges(NOW) == (NOW - 61, NOW - 1)
    assert view.edges(NOW + 5) == (NOW - 56, NOW + 4)


def test_a_held_view_stands_until_it_is_live_again() -> None:
    view, told = TimeView(span=60.0), list[bool]()
    view.live_changed.connect(told.append)
    view.hold(NOW)
    assert view.edges(NOW + 100) == (NOW - 61, NOW - 1)
    view.go_live()
    assert view.edges(NOW + 100)[1] == NOW + 99
    assert told == [False, True]


def test_zooming_a_live_view_keeps_it_live() -> None:
    view = TimeView(span=60.0)
    view.zoom(2.0, NOW - 30, NOW)
    assert view.live
    assert view.span == 120.0


def test_zooming_a_held_view_keeps_the_time_under_the_pointer() -> None:
    view = TimeView(span=100.0)
    view.hold(NOW)
    start, end = view.edges(NOW)
    anchor = start + 25
    view.zoom(0.5, anchor, NOW)
    start, end = view.edges(NOW)
    assert (anchor - start, end - start) == (12.5, 50.0)


def test_zoom_and_pan_have_ends() -> None:
    view = TimeView(span=60.0)
    view.zoom(1e-6, NOW, NOW)
    assert view.span == SHORTEST
    view.pan(1e9, NOW)
    assert view.edges(NOW)[1] == NOW - view.lag
    view.pan(-1e9, NOW)
    assert view.edges(NOW)[1] == NOW - DAY


def test_dragging_holds_the_view() -> None:
    view = TimeView(span=60.0)
    view.pan(-10.0, NOW)
    assert not view.live
    assert view.edges(NOW + 50)[1] == NOW - 11


def test_a_minute_is_shown_at_first_so_that_the_demo_fills_it_soon() -> None:
    assert TimeView().span == MINUTE
