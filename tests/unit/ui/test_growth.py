from itertools import pairwise

import numpy as np
import pytest

from wqstudio.ui.growth import AIR, FIRST, edges, stretch

FRAMES = np.arange(0.0, 90.0, 1 / 30)


@pytest.mark.parametrize("most", [2.0, 5.2, 7.0, 60.0, 900.0])
def test_what_there_is_is_in_sight_as_a_whole_and_takes_half_of_the_room_or_more(most: float) -> None:
    for elapsed in FRAMES[most > FRAMES].tolist():
        start, end = edges(1_000.0, 1_000.0 + elapsed, most)
        assert start <= 1_000.0 - AIR * stretch(elapsed, most) + 1e-6 or end == 1_000.0 + elapsed
        assert 1_000.0 + elapsed <= end
        if elapsed > FIRST / 2:
            assert elapsed >= 0.45 * (end - start)


def test_it_stands_still_but_for_some_moments() -> None:
    shown = [edges(0.0, elapsed, 60.0) for elapsed in FRAMES[FRAMES < 58.0].tolist()]
    changes = [one != other for one, other in pairwise(shown)]
    assert sum(changes) < 0.05 * len(changes)
    lengths = [end - start for start, end in shown]
    assert lengths == sorted(lengths)


def test_no_frame_makes_bars_jump() -> None:
    lengths = [stretch(elapsed, 60.0) for elapsed in FRAMES.tolist()]
    assert max(after / before for before, after in pairwise(lengths)) < 1.12


def test_where_it_is_full_now_is_at_the_right_edge_without_a_jump() -> None:
    assert edges(0.0, 75.0, 60.0) == (15.0, 75.0)
    before, after = edges(0.0, 58.79, 60.0), edges(0.0, 58.81, 60.0)
    assert before == pytest.approx(after, abs=0.02)


def test_hands_may_choose_another_length() -> None:
    assert edges(0.0, 4.0, 60.0, length=2.0) == (2.0, 4.0)
    assert edges(0.0, 4.0, 60.0, length=30.0) == pytest.approx((-0.6, 29.4))
    assert edges(0.0, 4.0, 60.0, length=90.0) == edges(0.0, 4.0, 60.0, length=60.0)
