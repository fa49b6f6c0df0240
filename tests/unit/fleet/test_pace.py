"""A producer's pace: rate, bursts, and what is made up for."""

import pytest
from hypothesis import given, strategies as st

from wqstudio.fleet.pace import Pace


def send(pace: Pace, start: float, seconds: float) -> list[float]:
    """The times at which a prompt sender sends."""
    times, now = [], start
    while (now := now + pace.wait(now)) < start + seconds:
        pace.sent(now)
        times.append(now)
    return times


@given(rate=st.floats(0.5, 500), burst=st.integers(1, 50))
def test_the_rate_is_kept_whatever_the_burst(rate: float, burst: int) -> None:
    seconds = 20 * max(1, burst) / rate
    assert len(send(Pace(rate, burst, 0), 0, seconds)) == pytest.approx(rate * seconds, abs=burst + 1)


def test_a_burst_goes_out_at_once() -> None:
    assert send(Pace(10, 5, 0), 0, 1.4) == [0.0] * 5 + [0.5] * 5 + [1.0] * 5


def test_no_rate_means_no_waiting() -> None:
    pace = Pace(0, 1, 0)
    pace.sent(0)
    assert pace.wait(0) == 0


def test_a_long_stall_is_not_made_up_for() -> None:
    pace = Pace(100, 1, 0)
    assert len(send(pace, 0, 1)) == pytest.approx(100, abs=1)
    assert len(send(pace, 60, 1)) == pytest.approx(110, abs=2)


def test_a_new_rate_holds_at_once() -> None:
    pace = Pace(0.01, 1, 0)
    pace.sent(0)
    assert pace.wait(1) == pytest.approx(99)
    pace.set_rate(1_000, 1)
    assert pace.wait(1) == 0
