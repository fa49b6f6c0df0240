import pytest

from wqstudio.ui.run_view import End, RunView


@pytest.fixture
def view() -> RunView:
    made = RunView()
    made.fit([End(10.0, 0.0)])
    return made


def test_the_whole_of_the_longest_run_is_shown_at_first(view: RunView) -> None:
    assert view.start < 0.0
    assert view.end > 10.0
    assert view.whole


def test_zooming_keeps_what_is_under_the_pointer(view: RunView) -> None:
    share = (4.0 - view.start) / view.span
    view.zoom(0.5, 4.0)
    assert (4.0 - view.start) / view.span == pytest.approx(share)
    assert not view.whole


def test_neither_zooming_nor_moving_leaves_the_runs(view: RunView) -> None:
    start, end = view.start, view.end
    view.zoom(100.0, 4.0)
    assert view.start == start
    assert view.end == pytest.approx(end)
    view.zoom(0.5, 4.0)
    view.pan(1_000.0)
    assert view.end == pytest.approx(end)
    view.pan(-1_000.0)
    assert view.start == start
    for _ in range(100):
        view.zoom(0.5, 4.0)
    assert view.span > 0.1
    view.show_all()
    assert view.whole


def test_there_is_room_for_the_words_after_each_end_however_narrow_it_is(view: RunView) -> None:
    ends = [End(10.0, 0.1), End(9.0, 0.4), End(1.0, 0.4)]
    view.fit(ends)
    for end in ends:
        assert end.at + end.words * view.span <= view.end + 1e-9
    assert view.whole
    view.fit([End(10.0, 0.9)])
    assert view.end < 11.0  # words that would take most of the room are left out


def test_room_for_other_words_leaves_what_was_zoomed_to(view: RunView) -> None:
    view.zoom(0.25, 4.0)
    start, span = view.start, view.span
    view.fit([End(10.0, 0.3)])
    assert (view.start, view.span) == (start, span)
    assert not view.whole
