from itertools import pairwise

from hypothesis import given, strategies as st

from wqstudio.ui.models.runs import in_step, runs


def test_neighbours_are_one_run() -> None:
    assert list(runs([1, 2, 3, 7, 9, 10])) == [(1, 3), (7, 7), (9, 10)]
    assert list(runs([])) == []


@given(st.sets(st.integers(0, 60)))
def test_runs_cover_every_number_once(numbers: set[int]) -> None:
    found = list(runs(sorted(numbers)))
    assert [n for first, last in found for n in range(first, last + 1)] == sorted(numbers)
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(found))


@given(st.permutations(range(8)), st.sets(st.integers(0, 11)))
def test_those_in_step_come_in_one_order_before_and_after(now: list[int], before: set[int]) -> None:
    kept = in_step(sorted(before), now)
    assert [each for each in now if each in kept] == sorted(kept)
    assert bool(kept) == bool(before & set(now))


def test_all_are_in_step_where_some_only_came_or_went() -> None:
    assert in_step("abcd", "bxd") == {"b", "d"}
