"""Counters that jump, fall and vanish, made fit to take rates from."""

import itertools

from hypothesis import given, strategies as st

from wqstudio.brokers.rabbitmq.watching.counters import Count, Counters, RetryCounts
from wqstudio.domain.reading import Unknown


def published(counters: Counters, value: int | None, now: float) -> int | None:
    """None: unknown."""
    reading = counters.read("jobs", None if value is None else Count(value, 0, 0, 0), now)
    return None if isinstance(reading, Unknown) else reading.published


def test_a_jump_is_played_out_over_the_time_it_was_gathered_in() -> None:
    counters = Counters()
    published(counters, 0, 0.0)
    published(counters, 50, 5.0)
    assert [published(counters, 50, 5.0 + second) for second in range(7)] == [0, 10, 20, 30, 40, 50, 50]


def test_a_poll_that_began_before_the_one_that_ended_first_reads_what_is_known() -> None:
    """Two may be under way at once, and clocks are set back."""
    counters = Counters()
    assert [published(counters, 7, now) for now in (5.0, 4.9)] == [7, 7]


def test_nodes_that_count_at_different_instants_make_no_spikes() -> None:
    """Two, on each of which 100 messages a second come in, the one a second after the other."""
    counters, seen = Counters(), []
    for second in range(60):
        counted = 500 * (second // 5) + 500 * ((second + 4) // 5)
        seen.append(published(counters, counted, float(second)) or 0)
    rates = [after - before for before, after in itertools.pairwise(seen[10:])]
    assert max(rates) <= 300, rates


def test_after_a_long_rest_a_jump_is_not_spread_over_the_rest() -> None:
    counters = Counters()
    published(counters, 0, 0.0)
    published(counters, 50, 1_000.0)
    assert published(counters, 50, 1_005.0) == 50


def test_a_jump_right_after_the_first_sight_is_no_spike() -> None:
    counters = Counters()
    published(counters, 0, 0.0)
    shown = [published(counters, 100, 0.1 + tenth / 10) for tenth in range(11)]
    assert shown == [10 * tenth for tenth in range(11)]


def test_what_falls_is_unknown_once_and_goes_on_from_there() -> None:
    counters = Counters()
    published(counters, 1_000, 0.0)
    assert published(counters, 3, 1.0) is None
    assert published(counters, 3, 2.0) == 3


def test_what_vanishes_is_unknown_and_comes_back_without_a_jump() -> None:
    counters = Counters()
    published(counters, 1_000, 0.0)
    assert published(counters, None, 1.0) is None
    assert published(counters, 1_200, 2.0) == 1_200


def test_a_queue_made_anew_after_it_was_gone_starts_afresh() -> None:
    counters = Counters()
    published(counters, 1_000, 0.0)
    counters.forget_all_but(set())
    assert published(counters, 3, 1.0) == 3


@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats(0.01, 20)), min_size=1, max_size=30))
def test_known_readings_never_fall_nor_run_ahead(steps: list[tuple[int, float]]) -> None:
    counters, now, value, last = Counters(), 0.0, 0, 0
    for more, seconds in steps:
        now, value = now + seconds, value + more
        reading = published(counters, value, now)
        assert reading is not None
        assert last <= reading <= value
        last = reading
    assert published(counters, value, now + 5.0) == value


def test_retries_are_summed_over_queues_that_come_and_expire() -> None:
    retried = RetryCounts()
    assert retried.read("jobs", {}) == 0
    assert retried.read("jobs", {"short": 3}) == 3
    assert retried.read("jobs", {"short": 4, "long": 1}) == 5
    retried.forget_all_but({"jobs"}, {"long"})
    assert retried.read("jobs", {"long": 1}) == 5
    assert retried.read("jobs", {"short": 2, "long": 1}) == 7, "made again, it counts from 0"
    assert retried.read("jobs", {"short": 1, "long": 1}) == 8, "its node restarted"
    assert retried.read("more", {}) == 0
