from itertools import pairwise, permutations, product
from math import inf

import numpy as np
import pytest
from hypothesis import given, strategies as st

from wqstudio.domain.dispatch_bounds import Life, list_schedule, lower_bound

WORKS = st.lists(st.floats(0.1, 20), min_size=1, max_size=4)
SPEEDS = st.lists(st.floats(0.2, 5), min_size=1, max_size=3)


def _steady(speed: float, began: float = 0.0) -> Life:
    return Life(began, inf, ((began, speed),))


def _bounds(works: list[float], releases: list[float], lives: list[Life]) -> tuple[float, float]:
    arguments = np.array(works, np.float64), np.array(releases, np.float64), lives
    return lower_bound(*arguments), list_schedule(*arguments)


def _best_of_all(works: list[float], releases: list[float], lives: list[Life]) -> float:
    """Every order of the tasks on every share of them among the workers, without interruption."""
    return min(
        max(_played(order, owners, works, releases, lives), default=0.0)
        for order in permutations(range(len(works)))
        for owners in product(range(len(lives)), repeat=len(works))
    )


def _played(
    order: tuple[int, ...], owners: tuple[int, ...], works: list[float], releases: list[float], lives: list[Life]
) -> list[float]:
    free = [life.began for life in lives]
    for task in order:
        worker = owners[task]
        free[worker] = lives[worker].finish(max(free[worker], releases[task]), works[task])
    return [end for worker, end in enumerate(free) if worker in owners]


@given(WORKS, SPEEDS, st.data())
def test_the_best_of_all_schedules_lies_between_the_bound_and_list_scheduling(
    works: list[float], speeds: list[float], data: st.DataObject
) -> None:
    releases = data.draw(st.lists(st.floats(0, 30), min_size=len(works), max_size=len(works)))
    lives = [_steady(speed, data.draw(st.floats(0, 10))) for speed in speeds]
    bound, listed = _bounds(works, releases, lives)
    best = _best_of_all(works, releases, lives)
    assert bound <= best * (1 + 1e-9)
    assert best <= listed * (1 + 1e-9)
    if len(lives) == 1:
        assert bound == pytest.approx(best)


@given(st.lists(st.floats(0.1, 20), min_size=1, max_size=12), st.integers(1, 4))
def test_list_scheduling_on_equal_workers_keeps_grahams_guarantee(works: list[float], workers: int) -> None:
    bound, listed = _bounds(works, [0.0] * len(works), [_steady(1.0)] * workers)
    assert listed <= (2 - 1 / workers) * bound * (1 + 1e-9)


def test_grahams_own_worst_case() -> None:
    """m(m-1) tasks of 1 and then one of m: 2m - 1 against m."""
    assert _bounds([1.0] * 6 + [3.0], [0.0] * 7, [_steady(1.0)] * 3) == (3.0, 5.0)


def test_speeds_share_the_work_out() -> None:
    assert _bounds([0.1] * 12, [0.0] * 12, [_steady(2.0), _steady(1.0)]) == pytest.approx((0.4, 0.4))


def test_the_longest_tasks_bind_the_fastest_workers() -> None:
    """Two tasks of 6 on workers of speeds 2, 1 and 1: the two fastest do 12 at 3, all three could do it at 4."""
    assert _bounds([6.0, 6.0], [0.0] * 2, [_steady(2.0), _steady(1.0), _steady(1.0)])[0] == pytest.approx(4.0)


def test_tasks_that_are_released_late_bind() -> None:
    assert _bounds([1.0, 1.0, 8.0], [0.0, 10.0, 10.0], [_steady(1.0), _steady(1.0)]) == (18.0, 18.0)
    assert _bounds([1.0] * 5, [0.0, *[10.0] * 4], [_steady(1.0), _steady(1.0)]) == (12.0, 12.0)


def test_a_worker_that_speeds_up_comes_late_or_leaves() -> None:
    faster = Life(0.0, inf, ((0.0, 1.0), (4.0, 2.0)))
    assert _bounds([8.0], [0.0], [faster]) == (6.0, 6.0)
    late = [_steady(1.0), _steady(1.0, began=5.0)]
    assert _bounds([1.0] * 9, [0.0] * 9, late) == (7.0, 7.0)
    leaving = [_steady(1.0), Life(0.0, 2.5, ((0.0, 1.0),))]
    assert _bounds([1.0] * 7, [0.0] * 7, leaving) == (4.5, 5.0)


def test_while_nobody_is_there_time_passes() -> None:
    gone = [Life(0.0, 1.0, ((0.0, 1.0),)), _steady(1.0, began=10.0)]
    assert _bounds([1.0, 1.0], [0.0, 0.0], gone) == (11.0, 11.0)
    assert _bounds([1.0], [3.0], gone) == (11.0, 11.0)


@given(
    st.lists(st.tuples(st.floats(0, 5), st.floats(0, 20)), min_size=1, max_size=12),
    st.lists(
        st.lists(st.tuples(st.floats(0.1, 10), st.floats(0.2, 5)), min_size=1, max_size=3), min_size=1, max_size=4
    ),
    st.floats(0.5, 15),
)
def test_list_scheduling_is_never_better_than_the_bound(
    tasks: list[tuple[float, float]], speeds: list[list[tuple[float, float]]], leaves: float
) -> None:
    """Whatever the speeds do; all workers but the first leave."""
    lives = []
    for worker, changes in enumerate(speeds):
        times = np.cumsum([gap for gap, _ in changes]).tolist()
        pairs = tuple(zip(times, (speed for _, speed in changes), strict=True))
        assert all(before < after for (before, _), (after, _) in pairwise(pairs))
        lives.append(Life(times[0], times[-1] + leaves if worker else inf, pairs))
    bound, listed = _bounds([work for work, _ in tasks], [release for _, release in tasks], lives)
    assert max(release for _, release in tasks) <= bound <= listed * (1 + 1e-9)


def test_the_fastest_of_those_that_wait_is_the_fastest_by_then() -> None:
    slowed = Life(0.0, inf, ((0.0, 2.0), (5.0, 0.1)))
    assert _bounds([1.0], [10.0], [slowed, _steady(1.0)])[1] == 11.0
    quickened = Life(0.0, inf, ((0.0, 0.1), (5.0, 2.0)))
    assert _bounds([1.0, 1.0], [10.0, 10.0], [quickened, _steady(1.0)])[1] == 11.0
    assert _bounds([1.0], [10.0], [_steady(1.0), quickened])[1] == 10.5
