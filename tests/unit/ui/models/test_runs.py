from itertools import pairwise

from hypothesis import given, strategies as st

from wqstudio.ui.models.runs import runs


def test_neighbours_are_one_run() -> None:
    assert list(runs([1, 2, 3, 7, 9, 10])) == [(1, 3), (7, 7), (9, 10)]
    assert list(runs([])) == []


@given(st.sets(st.integers(0, 60)))
def test_runs_cover_every_number_once(numbers: set[int]) -> None:
    found = list(runs(sorted(numbers)))
    assert [n for first, last in found for n in range(first, last + 1)] == sorted(numbers)
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(found))
