import pytest

from wqstudio.ui.time_view import TimeView
from wqstudio.ui.timeline_view import TimelineView

BEGAN = 1_000_000.0
EARLY, LATE = BEGAN + 4.0, BEGAN + 100.0
"""A live view trails the clock by a second."""


@pytest.fixture
def shared() -> TimeView:
    return TimeView(span=60.0)


@pytest.fixture
def view(shared: TimeView) -> TimelineView:
    return TimelineView(shared, lambda: BEGAN)


def test_what_has_just_begun_fills_the_breadth_and_later_it_is_what_all_graphs_show(
    shared: TimeView, view: TimelineView
) -> None:
    assert view.edges(EARLY) == pytest.approx((BEGAN - 0.1, BEGAN + 4.9))
    assert view.span == pytest.approx(5.0)
    assert view.live
    assert view.edges(LATE) == shared.edges(LATE)
    assert view.span == 60.0


def test_zooming_while_it_grows_zooms_what_is_seen_and_nothing_else(shared: TimeView, view: TimelineView) -> None:
    start, end = view.edges(EARLY)
    view.zoom(2.0, BEGAN + 1, EARLY)
    assert view.live
    assert shared.span == 60.0
    wider = view.edges(EARLY)
    assert wider[1] - wider[0] == pytest.approx(2 * (end - start))
    view.zoom(0.2, BEGAN + 1, EARLY)
    assert view.edges(EARLY) == pytest.approx((BEGAN + 1, BEGAN + 3))
    assert view.edges(LATE) == pytest.approx((BEGAN + 97, BEGAN + 99))
    shared.show_span(300.0)
    start, end = view.edges(LATE)
    assert start < BEGAN < end


def test_looking_closer_at_the_past_keeps_it_under_the_pointer(shared: TimeView, view: TimelineView) -> None:
    start, end = view.edges(LATE)
    at = start + 0.25 * (end - start)
    view.zoom_at(0.5, at, LATE)
    assert not shared.live
    assert view.edges(LATE + 30) == shared.edges(LATE + 30)
    near, far = view.edges(LATE + 30)
    assert (far - near, (at - near) / (far - near)) == pytest.approx((30.0, 0.25))
    view.go_live()
    view.zoom_at(0.5, view.edges(LATE)[1] - 0.1, LATE)
    view.zoom_at(2.0, view.edges(LATE)[0], LATE)
    assert view.live


def test_looking_closer_while_it_grows_keeps_what_one_points_at_and_the_others_live(
    shared: TimeView, view: TimelineView
) -> None:
    start, end = view.edges(EARLY)
    view.zoom_at(0.5, BEGAN + 1, EARLY)
    assert shared.live
    assert not view.live
    near, far = view.edges(LATE)
    assert (far - near) == pytest.approx((end - start) / 2)
    assert (BEGAN + 1 - near) / (far - near) == pytest.approx((BEGAN + 1 - start) / (end - start))


def test_dragging_while_it_grows_begins_from_what_is_seen(shared: TimeView, view: TimelineView) -> None:
    start, end = view.edges(EARLY)
    view.pan(-1.0, EARLY)
    assert not view.live
    assert shared.live
    assert view.edges(EARLY) == pytest.approx((start - 1, end - 1))
    view.go_live()
    assert view.live
    assert view.edges(EARLY) == (start, end)


def test_frozen_while_it_grows_it_stands_as_it_is(shared: TimeView, view: TimelineView) -> None:
    seen, told = view.edges(EARLY), list[bool]()
    view.live_changed.connect(told.append)
    shared.hold(EARLY)
    assert view.edges(LATE) == pytest.approx(seen)
    assert not view.live
    shared.go_live()
    assert view.edges(LATE) == shared.edges(LATE)
    assert told == [False, True]


def test_where_another_graph_is_dragged_it_shows_what_that_shows(shared: TimeView, view: TimelineView) -> None:
    view.edges(EARLY)
    shared.pan(-1.0, EARLY)
    assert view.edges(EARLY) == shared.edges(EARLY)
