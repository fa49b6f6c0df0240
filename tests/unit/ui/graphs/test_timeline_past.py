import numpy as np
from hypothesis import given, strategies as st

from wqstudio.domain.delivery import DELIVERY, Deliveries
from wqstudio.ui.graphs.timeline_past import at, beside, between, nearest


def _rows(*rows: tuple[int, float, float, float], never: tuple[int, ...] = ()) -> Deliveries:
    """Worker, received, begun, ended; in order of the last. ``never``: those that were not begun."""
    made = np.zeros(len(rows), DELIVERY)
    made["worker"], made["received"], made["begun"], made["ended"] = zip(*rows, strict=True)
    made["work"] = 1.0
    made["work"][list(never)] = np.nan
    return made


RUN = _rows((1, 0.0, 0.0, 10.0), (2, 0.0, 5.0, 12.0), (1, 1.0, 10.0, 14.0), (1, 1.0, 14.0, 30.0), (2, 12.0, 12.0, 50.0))


def test_the_delivery_at_a_time_is_the_one_that_was_worked_on() -> None:
    assert at(RUN, 1, 5.0, 0.1) == 0
    assert at(RUN, 1, 12.0, 0.1) == 2
    assert at(RUN, 2, 2.0, 0.1) == 1  # held, and nothing was worked on
    assert at(RUN, 1, 40.0, 0.1) is None
    assert at(RUN, 7, 5.0, 0.1) is None


HOARD = _rows((1, 0.0, 0.0, 3.0), (1, 0.0, 0.0, 10.0), (1, 0.0, 3.0, 10.0), (1, 8.0, 8.0, 10.0), never=(1, 3))
"""A worker that crashed at the second of four that it held: of the others it reports when they came as their begin."""


def test_what_was_never_begun_is_not_taken_for_what_was_worked_on() -> None:
    for time in (4.9, 5.0, 6.5, 9.1, 9.9, 10.0, 10.04):
        assert at(HOARD, 1, time, 0.1) == 2
    assert at(HOARD, 1, 2.0, 0.1) == 0
    assert nearest(HOARD, 1, 5.0) == 2
    assert nearest(HOARD, 1, 9.9) == 2
    assert nearest(HOARD[[1, 3]], 1, 9.0) == 0  # nothing else is there


def test_what_was_never_begun_is_found_where_its_bar_is() -> None:
    """Where it ended: it expired after the worker had done what it was at."""
    rows = _rows((1, 0.0, 0.0, 3.0), (1, 0.0, 3.5, 3.5), (1, 0.0, 4.0, 9.0), never=(1,))
    assert (at(rows, 1, 3.45, 0.1), at(rows, 1, 3.55, 0.1)) == (1, 1)
    assert (at(rows, 1, 2.9, 0.1), at(rows, 1, 4.1, 0.1)) == (0, 2)
    assert at(rows, 1, 3.2, 0.1) == 1  # held, and the next to be come to


def test_one_steps_from_delivery_to_delivery_of_a_worker() -> None:
    assert (beside(RUN, 1, 0, 1), beside(RUN, 1, 3, -1)) == (2, 2)
    assert beside(RUN, 1, 3, 1) is None
    assert beside(RUN, 1, len(RUN), -1) == 3


def test_the_nearest_delivery_of_a_worker() -> None:
    assert (nearest(RUN, 2, 0.0), nearest(RUN, 2, 99.0), nearest(RUN, 7, 0.0)) == (1, 4, None)


spans = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 20)), max_size=50)


@given(spans, st.floats(0, 100), st.floats(0.1, 50))
def test_nothing_that_is_in_sight_is_missed(held: list[tuple[float, float]], start: float, length: float) -> None:
    rows = np.zeros(len(held), DELIVERY)
    rows["task"] = range(len(held))
    rows["received"] = [received for received, _ in held]
    rows["ended"] = [received + took for received, took in held]
    rows = rows[np.argsort(rows["ended"], kind="stable")]
    found = set(between(rows, start, start + length)["task"].tolist())
    for row in rows:
        if row["ended"] >= start and row["received"] < start + length:
            assert int(row["task"]) in found
