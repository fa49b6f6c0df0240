import pytest

from wqstudio.ui.run_view import RunView


@pytest.fixture
def view() -> RunView:
    made = RunView()
    made.fit(10.0)
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
