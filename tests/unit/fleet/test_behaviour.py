"""Service times, failures and retry delays keep to their formulas."""

from random import Random
from statistics import fmean, stdev

import pytest
from hypothesis import given, strategies as st

from wqstudio.domain.queue import Source
from wqstudio.domain.task import Task
from wqstudio.domain.worker import FailureAction, OnFailure, Outcome, Spread, WorkerSpec
from wqstudio.fleet.behaviour import DONE, backoff, delays, service_time, settlement

SOURCE = Source("jobs", "workers")
seeds = st.integers(0, 2**32)
means = st.floats(1e-4, 1e4)


def spec(
    service_time: float = 0.1,
    spread: Spread = Spread.FIXED,
    failure_rate: float = 0.0,
    on_failure: OnFailure = OnFailure(),  # noqa: B008 (frozen)
) -> WorkerSpec:
    return WorkerSpec("w", SOURCE, service_time, spread, failure_rate=failure_rate, on_failure=on_failure)


@pytest.mark.parametrize(("spread", "deviation"), [
    (Spread.FIXED, 0.0),
    (Spread.UNIFORM, 1 / 12**0.5),
    (Spread.EXPONENTIAL, 1.0),
    (Spread.LOG_NORMAL, 0.5),
])  # fmt: skip
@given(mean=means, difficulty=st.floats(0.1, 10), seed=seeds)
def test_draws_have_the_mean_and_deviation_of_their_law(
    spread: Spread, deviation: float, mean: float, difficulty: float, seed: int
) -> None:
    rng, task = Random(seed), Task("t", difficulty)
    draws = [service_time(spec(mean, spread), task, rng) / (mean * difficulty) for _ in range(3_000)]
    assert fmean(draws) == pytest.approx(1.0, abs=0.1)
    assert stdev(draws) == pytest.approx(deviation, abs=0.2)


@given(mean=means, seed=seeds)
def test_uniform_draws_stay_within_half_the_mean_of_it(mean: float, seed: int) -> None:
    drawn = service_time(spec(mean, Spread.UNIFORM), Task("t"), Random(seed))
    assert 0.5 * mean <= drawn <= 1.5 * mean


@given(spread=st.sampled_from(Spread), mean=st.floats(0, 1e6), difficulty=st.floats(0, 1e6), seed=seeds)
def test_no_draw_is_negative_or_infinite(spread: Spread, mean: float, difficulty: float, seed: int) -> None:
    assert 0.0 <= service_time(spec(mean, spread), Task("t", difficulty), Random(seed)) < 1e16


@given(spread=st.sampled_from(Spread), seed=seeds)
def test_the_same_seed_draws_the_same_work(spread: Spread, seed: int) -> None:
    one, other = Random(seed), Random(seed)
    assert service_time(spec(1, spread), Task("t"), one) == service_time(spec(1, spread), Task("t"), other)


@given(deliveries=st.integers(1, 10**12), delay=st.floats(0, 1e6), cap=st.floats(0, 1e9))
def test_backoff_grows_to_its_cap_and_never_falls(deliveries: int, delay: float, cap: float) -> None:
    policy = OnFailure(FailureAction.BACKOFF, delay, cap)
    assert 0 <= backoff(policy, deliveries) <= backoff(policy, deliveries + 1) <= cap


def test_backoff_doubles_from_its_delay() -> None:
    policy = OnFailure(FailureAction.BACKOFF, delay=1, cap=16)
    assert [backoff(policy, n) for n in range(1, 8)] == [1, 2, 4, 8, 16, 16, 16]


@given(seed=seeds)
def test_poison_fails_at_every_worker(seed: int) -> None:
    assert settlement(spec(), Task("t", poison=True), 1, Random(seed)).outcome is Outcome.NAKED


@given(seed=seeds)
def test_a_worker_without_failures_acknowledges(seed: int) -> None:
    assert settlement(spec(), Task("t"), 1, Random(seed)) == DONE


@given(rate=st.floats(0, 1), seed=seeds)
def test_failures_come_at_their_rate(rate: float, seed: int) -> None:
    rng = Random(seed)
    failed = [settlement(spec(failure_rate=rate), Task("t"), 1, rng) != DONE for _ in range(2_000)]
    assert fmean(failed) == pytest.approx(rate, abs=0.08)


@pytest.mark.parametrize(("action", "outcome", "delay"), [
    (FailureAction.NAK, Outcome.NAKED, 0),
    (FailureAction.NAK_DELAYED, Outcome.NAKED, 3),
    (FailureAction.BACKOFF, Outcome.NAKED, 12),
    (FailureAction.TERMINATE, Outcome.TERMINATED, 0),
])  # fmt: skip
def test_a_failure_ends_as_the_policy_says(action: FailureAction, outcome: Outcome, delay: float) -> None:
    failing = spec(failure_rate=1.0, on_failure=OnFailure(action, delay=3, cap=60))
    ended = settlement(failing, Task("t"), 3, Random(0))
    assert (ended.outcome, ended.delay) == (outcome, delay)


@pytest.mark.parametrize(("policy", "expected"), [
    (OnFailure(FailureAction.NAK), set()),
    (OnFailure(FailureAction.TERMINATE), set()),
    (OnFailure(FailureAction.NAK_DELAYED, delay=3.0), {3.0}),
    (OnFailure(FailureAction.BACKOFF, delay=1.0, cap=5.0), {1.0, 2.0, 4.0, 5.0}),
    (OnFailure(FailureAction.BACKOFF, delay=0.0), set()),
])  # fmt: skip
def test_the_delays_there_may_be_are_those_of_the_policy(policy: OnFailure, expected: set[float]) -> None:
    assert delays(policy) == expected


@given(st.floats(1e-3, 1e4), st.floats(1e-3, 1e5), st.integers(1, 10_000))
def test_no_backoff_is_left_out(delay: float, cap: float, deliveries: int) -> None:
    policy = OnFailure(FailureAction.BACKOFF, delay=delay, cap=cap)
    assert backoff(policy, deliveries) in delays(policy)
